//! A power cut: the store is as it was or complete, and exit status 0 means that it stays complete.

use tests::power_cut::{Moment, journal_of};
use tests::random::Random;
use tests::{Store, foreman};

use crate::support::{analyze, slow_store};

/// The removal of the journal is on the disk before anything is removed that the run could be
/// resumed from.
#[test]
fn the_change_is_on_the_disk_before_the_run_is_forgotten() {
    let store = Store::of("sample");
    let elsewhere = Store::empty();
    let trace = elsewhere.folder().join("trace");
    let plan = format!("trace {}", trace.display());
    let Some(run) = analyze(&store).on_faulty_disk(store.path(), &plan) else { return };
    run.succeed();
    let trace = std::fs::read_to_string(trace).unwrap();
    let steps: Vec<&str> = trace.lines().collect();
    let at = |step: &str| {
        steps.iter().rposition(|line| *line == step).unwrap_or_else(|| panic!("{step}: {trace}"))
    };
    let (journal, store, removed) = (at("sync journal"), at("sync store"), at("remove journal"));
    let run_forgotten =
        steps.iter().position(|line| line.ends_with("remove finished.jsonl")).expect("it is removed");
    assert!(journal < store && store < removed, "{trace}");
    assert_eq!(steps[removed + 1], "sync folder", "{trace}");
    assert!(removed + 1 < run_forgotten, "{trace}");
}

/// What the disk holds at random moments of a run opens as the old or the new store.
#[test]
fn the_power_is_cut_at_random_moments() {
    let whole = slow_store();
    let original = whole.bytes();
    analyze(&whole).succeed();
    let mut random = Random::new(12);
    let store = Store::with_bytes(&original);
    let mut moments = Vec::new();
    let mut running = analyze(&store).start();
    // The journal is there only in the merge and the commit, which is where the moments matter.
    let merges = running.until(|_| journal_of(store.path()).exists().then_some(()));
    while merges.is_some() && running.until(|_| Some(())).is_some() && moments.len() < 12 {
        let Some(moment) = Moment::of(&running, &store) else { break };
        if moments.last() != Some(&moment) {
            moments.push(moment);
        }
        std::thread::sleep(std::time::Duration::from_micros(random.below(2_000)));
    }
    running.wait().expect(0);
    assert!(!moments.is_empty(), "the run was over before it could be looked at");
    for moment in moments {
        let lost =
            if moment.is_hot() { moment.with_lost_writes(&original, &mut random) } else { moment.clone() };
        for disk in [moment, lost] {
            let found = Store::with_bytes(&[]);
            disk.restore(&found);
            foreman(["clean"]).arg(found.path()).succeed();
            if found.bytes() != original {
                found.dump().assert_same(&whole.dump());
            }
        }
    }
}
