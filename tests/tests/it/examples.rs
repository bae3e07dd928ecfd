//! The programs that show how to use the crates.

use std::path::Path;

use tests::{Program, Store, places};

fn matching_events(store: &Path, filter: &str) -> Program {
    let program = places::program("examples/matching_events");
    Program::new(&program, [store.as_os_str(), filter.as_ref()])
}

#[test]
fn matching_events_are_printed() {
    let store = Store::of("sample");
    let run = matching_events(store.path(), "data_type is 'bash:history:entry' and command contains 'wget'");
    insta::assert_snapshot!("matching_events", run.succeed().stdout);
    let logins = matching_events(store.path(), "data_type is 'syslog:ssh:login'").succeed();
    assert_eq!(logins.stdout.lines().count(), 21);
}

#[test]
fn the_example_says_what_is_wrong() {
    let store = Store::of("sample");
    let filter = matching_events(store.path(), "command contians 'x'").expect(1);
    assert!(filter.stderr.contains("did you mean `contains`?"), "{}", filter.stderr);
    let missing = matching_events(&store.folder().join("none.plaso"), "command contains 'x'").expect(1);
    assert!(missing.stderr.contains("cannot open"), "{}", missing.stderr);
}
