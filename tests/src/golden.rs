//! What Plaso leaves in a store, for comparison.

use std::path::PathBuf;

use serde::Deserialize;

use crate::{Dump, places};

/// What Plaso matches with a filter expression.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FilterAnswer {
    /// The expression.
    pub expr: String,
    /// Why Plaso does not take it, if so.
    pub error: Option<String>,
    /// How many events match.
    pub matched: Option<usize>,
    /// A digest over their numbers.
    pub sha256: Option<String>,
    /// The first numbers.
    #[serde(default)]
    pub first: Vec<i64>,
    /// How many events Plaso cannot judge; they count as not matching.
    #[serde(default)]
    pub raised: u64,
}

/// What Plaso left: `sample.all` and the like from the test data, others from the data that may lie beside the checkout.
/// If it is not there, says that the test is skipped.
///
/// # Panics
///
/// If the file cannot be understood.
#[must_use]
pub fn load(name: &str) -> Option<Dump> {
    let json = std::fs::read(file(&format!("{name}.json"))?).unwrap();
    Some(serde_json::from_slice(&json).unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// What Plaso matches over `testdata.plaso`; if the file is not there, says that the test is skipped.
///
/// # Panics
///
/// If the file cannot be understood.
#[must_use]
pub fn filter_answers() -> Option<Vec<FilterAnswer>> {
    let lines = std::fs::read_to_string(file("testdata.filters.jsonl")?).unwrap();
    Some(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn file(name: &str) -> Option<PathBuf> {
    let own = places::data("golden").join(name);
    if own.exists() { Some(own) } else { places::shared(&format!("parity/golden/{name}")) }
}
