//! What labels mean.
//!
//! A store has only the names of labels, except for those of Sigma rules, whose plugin stores what
//! each rule says about itself. What labels mean is taken from the tagging files that the user
//! gives, then from the store, and then from the built-in rules.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;
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
    /// What its events are, or an empty text. If several sets of rules describe the label
    /// otherwise, there is a line for each, which begins with the name of the set.
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
    /// Returns the first sentence of the description, for lists. If several sets of rules describe
    /// the label, it has the first sentence of each.
    #[must_use]
    pub fn summary(&self) -> String {
        self.description.lines().map(first_sentence).collect::<Vec<_>>().join("; ")
    }

    /// Returns the identifiers of the techniques, such as `T1003.001, T1078`.
    #[must_use]
    pub fn technique_ids(&self) -> String {
        self.techniques.iter().map(|technique| technique.id.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Puts together what sets of rules say of a label, each with its name.
    fn of(said: &[(&str, &LabelMeaning)]) -> Self {
        let mut meaning =
            Self { severity: said.iter().filter_map(|(_, of)| of.severity).max(), ..Self::default() };
        let descriptions: Vec<_> = said.iter().filter(|(_, of)| !of.description.is_empty()).collect();
        let is_same = descriptions.windows(2).all(|two| two[0].1.description == two[1].1.description);
        let mut lines: Vec<String> = Vec::new();
        for (name, of) in descriptions {
            match is_same {
                true => lines = vec![short(&of.description)],
                false => lines.push(short(&format!("{name}: {}", of.description))),
            }
        }
        meaning.description = lines.join("\n");
        for (_, of) in said {
            for id in &of.techniques {
                let is_known = meaning.techniques.iter().any(|known| known.id == *id);
                if !is_known && meaning.techniques.len() < MAXIMUM_NAMED {
                    meaning.techniques.push(technique(id));
                }
            }
            for text in of.references.iter().map(|text| short(text)) {
                if !meaning.references.contains(&text) && meaning.references.len() < MAXIMUM_NAMED {
                    meaning.references.push(text);
                }
            }
        }
        meaning
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
    /// The files, each with its name.
    files: Vec<(String, ByLabel)>,
    /// The built-in rules by name, in the order in which they are asked.
    built_in: Vec<&'static (&'static str, ByLabel)>,
    /// The data types of the store, or nothing if they are not known.
    data_types: Vec<String>,
    /// The built-in rules that fit these.
    fitting: Vec<&'static str>,
}

/// The maximum number of sets of rules that describe a label.
const MAXIMUM_SETS: usize = 8;

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
        let file_name = |rules: &Rules| {
            let name = Path::new(rules.name());
            name.file_name().map_or_else(String::new, |name| short(&name.to_string_lossy()))
        };
        let files = files.into_iter().map(|rules| (file_name(rules), by_label(rules)));
        Self {
            files: files.collect(),
            built_in: BUILT_IN.iter().collect(),
            data_types: Vec::new(),
            fitting: Vec::new(),
        }
    }

    /// Adds what the labels of Sigma rules mean, as the plugin `sigma` has stored it.
    pub(crate) fn add_sigma(&mut self, store: &Store) -> Result<(), StorageError> {
        let columns =
            ["result_type", "label", "title", "description", "level", "rule_tags", "rule_references"];
        let (mut rules, mut left) = (ByLabel::new(), MAXIMUM_STORED);
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
                rules.insert(label.to_owned(), meaning);
            }
        })?;
        self.files.push(("Sigma rules".to_owned(), rules));
        Ok(())
    }

    /// Adds what the labels of indicator lists mean, as the plugin `ioc` has stored it.
    pub(crate) fn add_indicators(&mut self, store: &Store) -> Result<(), StorageError> {
        self.files.push(("indicators".to_owned(), label_meanings(store)?));
        Ok(())
    }

    /// Sorts the built-in rules so that those which fit the events of a store best are asked first.
    pub(crate) fn fit(&mut self, data_types: &Table<Count>) {
        let counts: Vec<_> =
            data_types.rows.iter().map(|count| (count.name.as_str(), count.number)).collect();
        let fits = tagging_file::fits(&counts);
        self.built_in.sort_by_key(|(name, _)| fits.iter().position(|fit| fit.name == *name));
        self.fitting = tagging_file::fitting(&counts);
        self.data_types = counts.iter().map(|(name, _)| (*name).to_owned()).collect();
    }

    /// Returns what a label means. If nothing is known of it, the parts of the meaning are empty.
    #[must_use]
    pub fn of(&self, label: &str) -> Meaning {
        Meaning::of(&self.find(label))
    }

    /// Returns what the files say of a label, or else what the built-in rules say whose rules for
    /// the label fit the data types of the store.
    fn find(&self, label: &str) -> Vec<(&str, &LabelMeaning)> {
        let of_files =
            self.files.iter().filter_map(|(name, labels)| Some((name.as_str(), said(labels, label)?)));
        let of_files: Vec<_> = of_files.take(MAXIMUM_SETS).collect();
        if !of_files.is_empty() {
            return of_files;
        }
        let built_in = self.built_in.iter().filter_map(|(name, labels)| Some((*name, said(labels, label)?)));
        let mut built_in: Vec<_> = built_in.collect();
        let data_types = || self.data_types.iter().map(String::as_str);
        // Sets of several systems name `syslog:line`. Only those count that fit the whole store.
        let fits =
            |name: &str| self.fitting.contains(&name) && tagging_file::label_fits(name, label, data_types());
        if built_in.iter().any(|(name, _)| fits(name)) {
            built_in.retain(|(name, _)| fits(name));
        } else {
            built_in.truncate(1);
        }
        built_in
    }
}

/// Returns what these rules say of a label, if they say something.
fn said<'l>(labels: &'l ByLabel, label: &str) -> Option<&'l LabelMeaning> {
    labels.get(label).filter(|meaning| **meaning != LabelMeaning::default())
}

fn by_label(rules: &Rules) -> ByLabel {
    rules.meanings().map(|(label, meaning)| (label.as_str().to_owned(), meaning.clone())).collect()
}
