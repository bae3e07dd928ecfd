//! Rules and stores that several tests use.

use std::path::Path;

use serde_json::json;
use tests::{Compression, NewStore, Program, Store, foreman};

/// Rules for the sample: several labels, by attributes of event data and of streams.
pub(crate) const RULES: &str = "\
# What the sample is asked for.
login_failed
  reporter is 'sshd' AND message_body contains 'failed password'
  reporter is 'sshd' AND body contains 'failed password'

files
  data_type is 'fs:stat'

hashed
  sha256_hash contains 'a' AND data_type is 'fs:stat'
";

/// An analysis of `store` with [`RULES`] and sessionize.
pub(crate) fn analyze(store: &Store) -> Program {
    let rules = store.folder().with_extension("rules");
    std::fs::write(&rules, RULES).unwrap();
    analyze_with(&rules).arg(store.path())
}

/// An analysis with these rules and sessionize; what it works on is still to be named.
pub(crate) fn analyze_with(rules: &Path) -> Program {
    foreman(["analyze", "--analysis", "tagging,sessionize", "--tagging-file"]).arg(rules)
}

/// Rules over a [`slow_store`]: one that takes a backtracking matcher long and never matches, and one that matches every
/// third event.
pub(crate) const SLOW_RULES: &str = "\
never
  text regexp '(a+(?!c))+b'

third
  text contains 'third'
";

/// How many events a [`slow_store`] has: six tasks.
pub(crate) const SLOW_EVENTS: i64 = 6 * 1_024;

/// A store over which [`SLOW_RULES`] take seconds, by the nature of the rule and not by the machine: long enough for
/// something to happen in the middle.
pub(crate) fn slow_store() -> Store {
    let mut store = NewStore::new(Compression::Zlib);
    for number in 1..=SLOW_EVENTS {
        let third = if number % 3 == 0 { " third" } else { "" };
        let data = store
            .event_data(json!({"data_type": "test:event", "text": format!("{}{third}", "a".repeat(13))}));
        store.event(number * 1_000_000, data);
    }
    store.finish()
}
