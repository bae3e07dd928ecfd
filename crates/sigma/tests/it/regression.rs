//! SigmaHQ's own regression data: each rule finds what its authors say.

use testing::places;

use crate::found::{find, golden, live_rules};

#[test]
fn rules_find_what_their_authors_say() {
    let (Some(mut rules), Some(store)) = (live_rules(), places::shared_store("sigma-regression")) else {
        return;
    };
    let found = find(&mut rules, &store).matches;
    let expected = golden("regression.expected");
    assert_eq!(expected.len(), 202);
    for (rule, file, least) in expected {
        let records = found.iter().filter(|(id, path, _)| *id == rule && *path == file).count();
        // `>=1` or a number.
        let least: usize = least.trim_start_matches(">=").parse().unwrap();
        assert!(records >= least, "{rule}: {records} of {least} records in {file}");
    }
}
