//! Attributes and data types that Plaso has renamed: both names work on stores of both formats.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::{Compression, NewStore, Store, foreman};

/// How many events have each label after an analysis.
fn labels(store: &Store, rules: &str, options: &[&str]) -> BTreeMap<String, u64> {
    let run = foreman(["analyze", "--analysis", "tagging", "--tagging-file", rules]).args(options);
    run.arg(store.path()).succeed();
    store.dump().labels_in_tags
}

/// Returns the output of `foreman check` with this filter.
fn check(store: &Store, filter: &str) -> Value {
    let run = foreman(["check", "--format", "json", "--filter", filter]).arg(store.path()).succeed();
    serde_json::from_str(&run.stdout).unwrap()
}

/// How many events match.
fn matches(store: &Store, filter: &str) -> Value {
    check(store, filter)["matches"][0]["labels"][0]["events"].clone()
}

/// Both samples were made of the same files.
#[test]
fn both_samples_get_the_same_labels() {
    let [old, new] = ["sample-20230327", "sample"].map(|name| labels(&Store::of(name), "linux", &[]));
    assert_eq!(old, new);
    assert_eq!(new.values().sum::<u64>(), 1415);
    // Plaso's rules and filters know only the names that are stored.
    let [old, new] = ["sample-20230327", "sample"]
        .map(|name| labels(&Store::of(name), "linux", &["--strict-compat"]).values().sum::<u64>());
    assert_eq!((old, new), (922, 1415));
}

#[test]
fn a_filter_may_use_either_name() {
    for name in ["sample-20230327", "sample"] {
        let store = Store::of(name);
        let number = matches(&store, "body contains 'failed password'");
        assert_eq!(number, 240, "{name}");
        assert_eq!(matches(&store, "message_body contains 'failed password'"), number, "{name}");
    }
    let filtered = |options: &[&str]| {
        let store = Store::of("sample-20230327");
        let run = foreman(["analyze", "--analysis", "sessionize", "--force"]).args(options).arg(store.path());
        run.arg("message_body contains 'failed password'").succeed();
        store.dump().tags.len()
    };
    assert_eq!((filtered(&[]), filtered(&["--strict-compat"])), (240, 0));
}

#[test]
fn check_says_which_name_was_used() {
    let store = Store::of("sample-20230327");
    let filter = "message_body contains 'failed password' and reporter is 'sshd'";
    let expected = json!([{
        "name": "message_body",
        "stored_as": "body",
        "data_types": ["linux:dpkg_log:entry", "syslog:cron:task_run", "syslog:line", "syslog:ssh:login"],
    }]);
    assert_eq!(check(&store, filter)["renamed_attributes"], expected);
    assert_eq!(check(&store, filter)["renamed_data_types"], json!([]));
    let text = foreman(["check", "--filter", filter]).arg(store.path()).succeed().stdout;
    assert!(
        text.contains("note: `message_body` is stored as `body` in events of `linux:dpkg_log:entry`"),
        "{text}"
    );
    // There is no message for a store that has the name itself.
    for (store, filter) in [("sample", filter), ("sample-20230327", "body contains 'failed password'")] {
        assert_eq!(check(&Store::of(store), filter)["renamed_attributes"], json!([]), "{store}");
    }
}

#[test]
fn check_says_of_an_event_which_name_was_used() {
    let mut store = NewStore::new(Compression::Zlib);
    let data = store.event_data(json!({"data_type": "syslog:line", "body": "abc"}));
    store.event(1, data);
    let store = store.finish();
    let run = foreman(["check", "--event", "1", "--filter", "message_body contains 'b'"]);
    let text = run.arg(store.path()).succeed().stdout;
    assert!(text.contains("✓ message_body contains 'b'  (message_body is 'abc')"), "{text}");
    assert!(text.contains("note: `message_body` is stored as `body` in events of `syslog:line`"), "{text}");
}

#[test]
fn rules_may_use_either_name_of_a_data_type() {
    const RULES: &str = "\
old
  data_type is 'winrar:history' and entries contains 'a'

new
  data_type is 'windows:registry:winrar:history' and entries contains 'a'

neither
  data_type is not 'windows:registry:winrar:history'
";
    for (stored, strict) in [("winrar:history", "old"), ("windows:registry:winrar:history", "new")] {
        let made = || {
            let mut store = NewStore::new(Compression::Zlib);
            let data = store.event_data(json!({"data_type": stored, "entries": "a"}));
            store.event(1, data);
            store.finish()
        };
        let given = |options: &[&str]| {
            let store = made();
            let rules = store.beside("rules.txt", RULES);
            labels(&store, &rules.to_string_lossy(), options).into_keys().collect::<Vec<_>>()
        };
        assert_eq!(given(&[]), ["new", "old"], "{stored}");
        let others: &[&str] = if strict == "old" { &["neither", "old"] } else { &["new"] };
        assert_eq!(given(&["--strict-compat"]), others, "{stored}");
        let store = made();
        let other = if strict == "old" { "windows:registry:winrar:history" } else { "winrar:history" };
        let filter = format!("data_type is '{other}'");
        assert_eq!(matches(&store, &filter), 1);
        assert_eq!(
            check(&store, &filter)["renamed_data_types"],
            json!([{"name": other, "stored_as": stored}])
        );
    }
}
