//! `--slice`: which events are analysed.

use serde_json::json;
use tests::{Compression, NewStore, Program, Store, foreman};

fn sliced(store: &Store, slice: &str, size: &str) -> Program {
    foreman(["analyze", "--analysis", "sessionize", "--maximum-pause", "1000000", "--slice", slice])
        .args(["--slice-size", size])
        .arg(store.path())
}

/// The numbers of lines that psort 20260720 writes with `--slice … --slice_size … -a`, without the
/// heading.
const WHAT_PSORT_WRITES: [(&str, &str, u64); 8] = [
    // There are events at both ends of this slice.
    ("2026-09-07T23:17:27+00:00", "5", 302),
    ("2026-09-08T01:17:27+02:00", "5", 302),
    ("2026-09-07T23:17:27", "5", 302),
    ("2026-09-07T23:17:27.999999+00:00", "5", 302),
    ("2026-09-07T23:17:28Z", "5", 301),
    ("2026-09-07T23:17:27+00:00", "0", 1),
    ("2026-09-07", "60", 31),
    ("2026-09-07T23:17", "60", 427),
];

#[test]
fn the_events_that_psort_writes_are_those_that_are_analysed() {
    for (slice, size, events) in WHAT_PSORT_WRITES {
        let store = Store::of("sample");
        let finished = sliced(&store, slice, size).succeed();
        let dump = store.dump();
        assert_eq!(dump.labels_in_tags["session_0"], events, "{slice} {size}");
        let filtered = format!("  filtered         {},{:03}", (4547 - events) / 1000, (4547 - events) % 1000);
        assert!(finished.stdout.contains(&filtered), "{slice} {size}: {}", finished.stdout);
    }
    let none = sliced(&Store::of("sample"), "2031-01-01", "5").arg("--force").succeed();
    assert!(none.stdout.contains("labels           no event has a label"), "{}", none.stdout);
}

/// A slice gives the same result as the filter that the report shows for it, alone or together with
/// another filter.
#[test]
fn a_slice_is_a_filter() {
    let filter = "data_type is 'apache:access_log:entry'";
    let (store, other) = (Store::of("sample"), Store::of("sample"));
    sliced(&store, "2026-09-07T23:17:27", "60").arg(filter).succeed();
    let (dump, session) =
        (store.dump(), "SELECT command_line_arguments FROM session ORDER BY _identifier DESC");
    let said = dump.reports[0].filter.clone().unwrap();
    assert!(
        said.starts_with(
            "(data_type is 'apache:access_log:entry') and timestamp >= DATETIME('2026-09-07T22:17:27"
        ),
        "{said}"
    );
    foreman(["analyze", "--analysis", "sessionize", "--maximum-pause", "1000000"])
        .arg(other.path())
        .arg(&said)
        .succeed();
    other.dump().assert_same(&dump);
    assert_eq!(dump.labels_in_tags["session_0"], 418);
    assert!(store.texts(session)[0].contains("--slice 2026-09-07T23:17:27 --slice-size 60"));
}

/// Event data of other times is not even decompressed, so errors in it do not matter.
#[test]
fn other_times_are_not_read() {
    let mut store = NewStore::new(Compression::Zlib);
    let good = store.event_data(json!({"data_type": "test:event"}));
    let broken = store.event_data_stored(&"no zlib".as_bytes());
    store.event(1_000_000, good);
    store.event(100_000_000_000, broken);
    store.insert("event", &[("_event_data_identifier", &"nonsense"), ("timestamp", &100_000_000_001_i64)]);
    let store = store.finish();
    let run = |slice| {
        let run = foreman(["analyze", "--analysis", "tagging", "--tagging-file", "linux", "--slice", slice]);
        run.arg("--dry-run").arg(store.path())
    };
    run("1970-01-01T00:00:01").succeed();
    let met = run("1970-01-02T03:46:40").expect(3);
    assert_eq!(met.stdout.matches("was skipped").count(), 2, "{}", met.stdout);
}

#[test]
fn what_is_no_time() {
    let store = Store::of("chrome");
    for slice in ["2026", "soon", "20260920T10:00:00+00:00"] {
        let refused = sliced(&store, slice, "5").expect(2);
        assert!(refused.stderr.contains("expected a date and time such as"), "{}", refused.stderr);
    }
    let alone =
        foreman(["analyze", "--analysis", "sessionize", "--slice-size", "5"]).arg(store.path()).expect(2);
    assert!(alone.stderr.contains("--slice <DATE_TIME>"), "{}", alone.stderr);
}
