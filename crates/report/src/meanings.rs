//! What labels mean.
//!
//! A store has only the names of labels, except for those of Sigma rules, whose plugin stores what
//! each rule says about itself. What labels mean is taken from the tagging files that the user
//! gives, then from the store, and then from the built-in rules.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use events::{ResultColumn, ResultValue};
use filter::{LabelMeaning, LabelSeverity, Rules, SigmaTexts, attack, first_sentence, tagging_file};
use serde::{Serialize, Serializer};
use storage::{StorageError, Store};

use crate::found_indicators::label_meanings;
use crate::table::short;
use crate::{Count, Table};

/// The maximum number of techniques, and of references, of a label.
const MAXIMUM_NAMED: usize = 32;

/// The maximum size of what a store says about the rules of its labels, in bytes of text.
const MAXIMUM_STORED: usize = 16 << 20;

/// How serious the events of a label are, from the least serious.
pub use filter::LabelSeverity as Severity;

/// What a label means.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Meaning {
    /// How serious its events are, if that is known.
    #[serde(serialize_with = "severity_word")]
    pub severity: Option<Severity>,
    /// What its events are, or an empty text.
    pub description: String,
    /// The techniques of attackers that its events may show.
    pub techniques: Vec<TechniqueFacts>,
    /// Where more can be read.
    pub references: Vec<String>,
}

/// A technique in ATT&CK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TechniqueFacts {
    /// The identifier, such as `T1003.001`.
    pub id: String,
    /// The name, or an empty text if it is not known.
    pub name: String,
    /// The names of its tactics.
    pub tactics: Vec<&'static str>,
}

impl Meaning {
    /// Returns the first sentence of the description, for lists.
    #[must_use]
    pub fn summary(&self) -> &str {
        first_sentence(&self.description)
    }

    /// Returns the identifiers of the techniques, such as `T1003.001, T1078`.
    #[must_use]
    pub fn technique_ids(&self) -> String {
        self.techniques.iter().map(|technique| technique.id.as_str()).collect::<Vec<_>>().join(", ")
    }

    fn of(meaning: &LabelMeaning) -> Self {
        Self {
            severity: meaning.severity,
            description: short(&meaning.description),
            techniques: meaning.techniques.iter().take(MAXIMUM_NAMED).map(|id| technique(id)).collect(),
            references: meaning.references.iter().take(MAXIMUM_NAMED).map(|text| short(text)).collect(),
        }
    }
}

/// Returns the key by which labels are listed: the most serious first, then those with the most
/// events, then by name. Labels without a severity come last.
pub(crate) fn order(severity: Option<Severity>, events: u64, label: &str) -> impl Ord + use<'_> {
    (Reverse(severity), Reverse(events), label)
}

fn technique(id: &str) -> TechniqueFacts {
    let known = attack::technique(id);
    TechniqueFacts {
        id: id.into(),
        name: known.map(|known| known.name.clone()).unwrap_or_default(),
        tactics: known.map(|known| known.tactics().map(|tactic| tactic.name).collect()).unwrap_or_default(),
    }
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
pub(crate) fn severity_word<S: Serializer>(
    severity: &Option<Severity>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    severity.map(LabelSeverity::as_str).serialize(serializer)
}

/// Where the meaning of labels is looked up: in the tagging files of the user, in their order, then
/// in the store, then in the built-in rules.
#[derive(Debug, Clone)]
pub struct Meanings {
    files: Vec<ByLabel>,
    stored: ByLabel,
    /// The built-in rules by name, in the order in which they are asked.
    built_in: Vec<&'static (&'static str, ByLabel)>,
}

type ByLabel = BTreeMap<String, LabelMeaning>;

/// The labels of the built-in rules, with the name of the rules.
static BUILT_IN: LazyLock<Vec<(&str, ByLabel)>> = LazyLock::new(|| {
    let names = tagging_file::BUILT_IN.into_iter();
    names.filter_map(|name| Some((name, by_label(&tagging_file::built_in(name)?)))).collect()
});

impl Meanings {
    /// Reads what the labels of these tagging files, and of the built-in rules, mean.
    #[must_use]
    pub fn new<'r>(files: impl IntoIterator<Item = &'r Rules>) -> Self {
        Self {
            files: files.into_iter().map(by_label).collect(),
            stored: ByLabel::new(),
            built_in: BUILT_IN.iter().collect(),
        }
    }

    /// Adds what a store says about the Sigma rules that matched in it.
    pub(crate) fn read_stored(&mut self, store: &Store) -> Result<(), StorageError> {
        let columns =
            ["result_type", "label", "title", "description", "level", "rule_tags", "rule_references"];
        let mut left = MAXIMUM_STORED;
        store.visit_results("sigma_analysis_result", &columns.map(ResultColumn::Text), |row| {
            let texts = row.0.iter().map(|value| match value {
                ResultValue::Text(text) => text.as_str(),
                ResultValue::Integer(_) => "",
            });
            let texts: Vec<_> = texts.collect();
            let [kind, label, title, description, level, tags, references] = texts[..] else { return };
            // The row of the correlation says more.
            if kind == "firing" {
                return;
            }
            let size = texts.iter().map(|text| text.len()).sum();
            if let Some(rest) = left.checked_sub(size) {
                left = rest;
                let sigma = SigmaTexts { title, description, level };
                let meaning = LabelMeaning::of_sigma(sigma, tags.split(", "), references.lines());
                self.stored.insert(label.to_owned(), meaning);
            }
        })
    }

    /// Adds what the labels of indicator lists mean, as the plugin `ioc` has stored it.
    pub(crate) fn add_indicators(&mut self, store: &Store) -> Result<(), StorageError> {
        self.files.push(label_meanings(store)?);
        Ok(())
    }

    /// Sorts the built-in rules so that those which fit the events of a store best are asked first.
    pub(crate) fn fit(&mut self, data_types: &Table<Count>) {
        let counts: Vec<_> =
            data_types.rows.iter().map(|count| (count.name.as_str(), count.number)).collect();
        let fits = tagging_file::fits(&counts);
        self.built_in.sort_by_key(|(name, _)| fits.iter().position(|fit| fit.name == *name));
    }

    /// Returns what a label means. If nothing is known of it, the parts of the meaning are empty.
    #[must_use]
    pub fn of(&self, label: &str) -> Meaning {
        self.find(label).map(Meaning::of).unwrap_or_default()
    }

    fn find(&self, label: &str) -> Option<&LabelMeaning> {
        let built_in = self.built_in.iter().map(|(_, labels)| labels);
        let said = |meaning: &&LabelMeaning| **meaning != LabelMeaning::default();
        self.files
            .iter()
            .chain([&self.stored])
            .chain(built_in)
            .find_map(|labels| labels.get(label).filter(said))
    }
}

fn by_label(rules: &Rules) -> ByLabel {
    rules.meanings().map(|(label, meaning)| (label.as_str().to_owned(), meaning.clone())).collect()
}
