//! What labels mean.
//!
//! A store has only the names of labels, except for those of Sigma rules, whose plugin stores what
//! each rule says about itself. What labels mean is taken from the tagging files that the user
//! gives, then from the store, and then from the built-in rules.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use events::{ResultColumn, ResultValue};
use filter::{LabelMeaning, LabelSeverity, Rules, SigmaTexts, tagging_file};
use storage::{StorageError, Store};

use crate::found_indicators::label_meanings;
use crate::labels::RECOVERED;
use crate::meaning::Meaning;
use crate::table::short;
use crate::{Count, Table};

/// The maximum size of what a store says about the rules of its labels, in bytes of text.
const MAXIMUM_STORED: usize = 16 << 20;

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

/// What the label means that Plaso gives to what it recovered.
static OF_RECOVERED: LazyLock<LabelMeaning> = LazyLock::new(|| LabelMeaning {
    severity: Some(LabelSeverity::Informational),
    description:
        "Plaso recovered the record from space of the file that is no longer in use. Parts of such a \
                  record may be missing or belong to another one."
            .to_owned(),
    ..LabelMeaning::default()
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

    /// Returns what the files say of a label, or what foreman says of Plaso's own, or else what the
    /// built-in rules say whose rules for the label fit the data types of the store.
    fn find(&self, label: &str) -> Vec<(&str, &LabelMeaning)> {
        let of_files =
            self.files.iter().filter_map(|(name, labels)| Some((name.as_str(), said(labels, label)?)));
        let of_files: Vec<_> = of_files.take(MAXIMUM_SETS).collect();
        if !of_files.is_empty() {
            return of_files;
        }
        if label == RECOVERED {
            return vec![("Plaso", &*OF_RECOVERED)];
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
