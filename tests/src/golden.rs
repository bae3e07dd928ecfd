//! The results of Plaso in stores, and runs of foreman to compare with them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Deserialize;

use crate::{Dump, Finished, Program, Store, foreman, places};

/// A run for which Plaso's results are known.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// The name of the run, and of the file with Plaso's results.
    pub name: &'static str,
    /// The store.
    pub store: &'static str,
    /// The plugins.
    pub plugins: &'static [&'static str],
    /// The rules, if the run needs rules.
    pub rules: Option<Rules>,
    /// Other options.
    pub options: &'static [&'static str],
    /// The filter, if there is one.
    pub filter: Option<&'static str>,
}

/// Rules with which Plaso ran.
#[derive(Debug, Clone, Copy)]
pub enum Rules {
    /// This file of the project's own test data, so that the run needs nothing else.
    Own(&'static str),
    /// Plaso's own rules for this system, which may be beside the checkout.
    Plaso(&'static str),
}

const OWN: Rules = Rules::Own("golden-rules.txt");
const ONE: Case = Case { name: "", store: "testdata", plugins: &[], rules: None, options: &[], filter: None };
const TAGGING: Case = Case { plugins: &["tagging"], ..ONE };
const SESSIONIZE: Case = Case { plugins: &["sessionize"], ..ONE };
const SAMPLE: Case = Case {
    plugins: &["tagging", "sessionize", "browser_search", "unique_domains_visited", "chrome_extension"],
    rules: Some(Rules::Plaso("linux")),
    ..ONE
};
const OLD_SAMPLE: Case =
    Case { plugins: &["tagging", "sessionize", "browser_search", "unique_domains_visited"], ..SAMPLE };

/// The runs.
pub const CASES: [Case; 14] = [
    Case { name: "sample.own_rules", store: "sample", rules: Some(OWN), ..SAMPLE },
    Case { name: "sample-20230327.own_rules", store: "sample-20230327", rules: Some(OWN), ..OLD_SAMPLE },
    Case {
        name: "evtx-sample.own_rules",
        store: "evtx-sample",
        plugins: &["tagging", "sessionize"],
        rules: Some(Rules::Own("golden-evtx-rules.txt")),
        ..ONE
    },
    Case { name: "sample.all", store: "sample", ..SAMPLE },
    Case { name: "sample-20230327.all", store: "sample-20230327", ..OLD_SAMPLE },
    Case { name: "chrome.chrome_extension", store: "chrome", plugins: &["chrome_extension"], ..ONE },
    Case { name: "testdata.tagging_windows", rules: Some(Rules::Plaso("windows")), ..TAGGING },
    Case { name: "testdata.tagging_linux", rules: Some(Rules::Plaso("linux")), ..TAGGING },
    Case { name: "testdata.tagging_macos", rules: Some(Rules::Plaso("macos")), ..TAGGING },
    Case { name: "testdata.sessionize", ..SESSIONIZE },
    Case {
        name: "testdata.sessionize_60_windows",
        options: &["--maximum-pause", "60"],
        filter: Some("data_type contains 'windows'"),
        ..SESSIONIZE
    },
    Case {
        name: "testdata.three_plugins",
        plugins: &["tagging", "sessionize", "browser_search"],
        rules: Some(Rules::Plaso("windows")),
        ..ONE
    },
    Case { name: "testdata.browser_search", plugins: &["browser_search"], ..ONE },
    // With the filter, foreman does not find a domain that Plaso misses.
    Case {
        name: "testdata.unique_domains_visited",
        plugins: &["unique_domains_visited"],
        options: &["--strict-compat"],
        ..ONE
    },
];

/// The result of a comparison with Plaso.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// There are no differences.
    Same,
    /// The differences.
    Differs(Vec<String>),
    /// The run was skipped, because shared data beside the checkout is missing.
    Skipped,
}

impl Case {
    /// Returns the case of this name.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[must_use]
    pub fn named(name: &str) -> Self {
        CASES.into_iter().find(|case| case.name == name).expect("a case of this name")
    }

    /// Runs foreman on a copy of the store, and compares the results with Plaso's. The evidence
    /// must not change.
    ///
    /// # Panics
    ///
    /// If the run fails.
    #[must_use]
    pub fn compare(&self) -> Comparison {
        self.compare_run(Program::succeed)
    }

    /// Like [`compare`](Self::compare), but `go` runs the program.
    ///
    /// # Panics
    ///
    /// If `go` panics.
    #[must_use]
    pub fn compare_run(&self, go: impl FnOnce(Program) -> Finished) -> Comparison {
        let Some((golden, store)) = load(self.name).zip(self.store()) else { return Comparison::Skipped };
        let mut run = foreman(["analyze", "--analysis", &self.plugins.join(",")]).args(self.options);
        if let Some(rules) = self.rules {
            let Some(rules) = self.tagging_file(&store, rules) else { return Comparison::Skipped };
            run = run.arg("--tagging-file").arg(rules);
        }
        let (evidence, before) = (store.digest_of_evidence(), store.dump());
        go(run.arg(store.path()).args(self.filter));
        let dump = store.dump();
        // The labels from before are not in the counts that psort stores.
        let mut differences = dump.only(self.plugins).differences(&golden.only(self.plugins));
        let has_kept =
            |(event, labels)| dump.tags.get(event).is_some_and(|now| BTreeSet::is_subset(labels, now));
        if !before.tags.iter().all(has_kept) {
            differences.push("labels from before the run are gone".into());
        }
        if dump.tag_rows != dump.tags.len() as u64 {
            differences.push(format!("{} tags for {} events", dump.tag_rows, dump.tags.len()));
        }
        if dump.sessions != golden.sessions {
            differences.push(format!("{} sessions instead of {}", dump.sessions, golden.sessions));
        }
        if store.digest_of_evidence() != evidence {
            differences.push("evidence has changed".into());
        }
        if differences.is_empty() { Comparison::Same } else { Comparison::Differs(differences) }
    }

    fn store(&self) -> Option<Store> {
        let own = places::data(&format!("{}.plaso", self.store));
        if own.exists() { Some(Store::copy_of(&own)) } else { Store::shared(self.store) }
    }

    fn tagging_file(&self, store: &Store, rules: Rules) -> Option<PathBuf> {
        let system = match rules {
            Rules::Own(file) => return Some(places::data(file)),
            Rules::Plaso(system) => system,
        };
        let path = places::shared(&format!("data/plaso-tags/tag_{system}.txt"))?;
        let rules = std::fs::read_to_string(path).unwrap();
        // These are the rules of the newer Plaso. The older one used another name for the text of a
        // syslog line, in its rules and in the event data.
        let rules =
            if self.store == "sample-20230327" { rules.replace("message_body", "body") } else { rules };
        Some(store.beside("rules.txt", &rules))
    }
}

/// The events that Plaso matches with a filter expression.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FilterAnswer {
    /// The expression.
    pub expr: String,
    /// Why Plaso refuses the expression, or `None` if it accepts it.
    pub error: Option<String>,
    /// The number of matching events.
    pub matched: Option<usize>,
    /// A digest of the numbers of the matching events.
    pub sha256: Option<String>,
    /// The first of these numbers.
    #[serde(default)]
    pub first: Vec<i64>,
    /// The number of events for which Plaso raises an error. They count as not matching.
    #[serde(default)]
    pub raised: u64,
}

/// Returns Plaso's results: `sample.all` and similar ones from the test data, others from the
/// shared data beside the checkout. If the file does not exist, reports that the test is skipped.
///
/// # Panics
///
/// If the file is not valid.
#[must_use]
pub fn load(name: &str) -> Option<Dump> {
    let json = std::fs::read(file(&format!("{name}.json"))?).unwrap();
    Some(serde_json::from_slice(&json).unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// Returns Plaso's answers for `testdata.plaso`. If the file does not exist, reports that the test
/// is skipped.
///
/// # Panics
///
/// If the file is not valid.
#[must_use]
pub fn filter_answers() -> Option<Vec<FilterAnswer>> {
    let lines = std::fs::read_to_string(file("testdata.filters.jsonl")?).unwrap();
    Some(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn file(name: &str) -> Option<PathBuf> {
    let own = places::data("golden").join(name);
    if own.exists() { Some(own) } else { places::shared(&format!("parity/golden/{name}")) }
}
