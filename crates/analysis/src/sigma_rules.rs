//! `sigma`: labels events by Sigma rules, and counts the records that each rule finds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use events::{
    AttributeId, AttributeNames, Counter, EventView, Key, Note, Reduced, ResultColumn, ResultRow,
    ResultTable, Value,
};
use filter::{LabelMeaning, RuleSet};
use sigma::{Collection, Level, Placeholders, Selection, Status, UsedRule};

use crate::description::{FileRole, OptionDescription, OptionKind, PluginDescription};
use crate::error::PrepareError;
use crate::plugin::{AnalysisPlugin, DataTypes, EventFindings, Needs, PluginError, ReduceInput, RunContext};
use crate::settings::Settings;
use crate::spec::Spec;

const RULES: OptionDescription = OptionDescription::new(
    "--sigma-rules",
    OptionKind::File(FileRole::Collection("sigma-rules.txt")),
    "A file with Sigma rules, or a folder with such files; several are separated by commas.",
)
.required("a file or a folder with Sigma rules");

const LEVEL: OptionDescription = OptionDescription::new(
    "--sigma-level",
    OptionKind::Choice { name: "LEVEL", words: &["informational", "low", "medium", "high", "critical"] },
    "Use only rules of this level and above.",
);

const STATUS: OptionDescription = OptionDescription::new(
    "--sigma-status",
    OptionKind::Text("STATUS,…"),
    "Use only rules with one of these states: stable, test, experimental, deprecated or unsupported. By default, \
     deprecated and unsupported rules are left out.",
);

const EXCLUDE: OptionDescription = OptionDescription::new(
    "--sigma-exclude",
    OptionKind::Text("ID|FILE,…"),
    "Leave out rules with these identifiers, or in these files.",
);

const PLACEHOLDERS: OptionDescription = OptionDescription::new(
    "--sigma-placeholders",
    OptionKind::File(FileRole::Data),
    "A YAML file with the values of placeholders in rules: a list for each name.",
);

/// In alphabetical order.
const RESULTS: ResultTable = ResultTable {
    name: "sigma_analysis_result",
    columns: &[
        ResultColumn::Text("author"),
        ResultColumn::Text("description"),
        ResultColumn::Text("label"),
        ResultColumn::Text("level"),
        ResultColumn::Integer("number_of_events"),
        ResultColumn::Integer("number_of_records"),
        ResultColumn::Text("rule_file"),
        ResultColumn::Text("rule_identifier"),
        ResultColumn::Text("rule_references"),
        ResultColumn::Text("rule_status"),
        ResultColumn::Text("rule_tags"),
        ResultColumn::Text("title"),
    ],
};

pub(crate) const SPEC: Spec = Spec {
    collect: Some(collect),
    results: Some(&RESULTS),
    ..Spec::new(
        PluginDescription {
            name: "sigma",
            summary: "Labels events by Sigma rules.",
            reads: "The events of the rules' log sources, with the attributes that the rules use.",
            writes: "A label for each rule that matches; sigma_analysis_result has the rule's title, author, level and other \
                     facts, and how many events and records it matches; the report counts each label, and the events with a \
                     label as event_tags.",
            options: &[RULES, LEVEL, STATUS, EXCLUDE, PLACEHOLDERS],
        },
        prepare,
    )
};

/// Returns one text with all rules that an option names.
fn collect(path: &Path) -> Result<String, PrepareError> {
    Ok(sigma::kept(&sigma::read(path)?)?)
}

fn prepare(
    settings: &Settings<'_>,
    names: &mut AttributeNames,
    context: &RunContext,
) -> Result<Box<dyn AnalysisPlugin>, PrepareError> {
    if context.strict_compat {
        return Err(PrepareError::NotInPlaso(SPEC.description.name));
    }
    let placeholders = match settings.path_if_given(&PLACEHOLDERS)? {
        Some(path) => Placeholders::load(&path)?,
        None => Placeholders::default(),
    };
    let selection = Selection {
        level: settings.text_if_given(&LEVEL)?.and_then(|word| word.parse().ok()),
        statuses: statuses(settings)?,
        exclude: words(settings.text_if_given(&EXCLUDE)?),
        placeholders,
    };
    let collection = Collection::read(&sigma::read(&settings.path(&RULES)?)?, &selection);
    if collection.used.is_empty() {
        return Err(PrepareError::NoSigmaRule(collection.summary()));
    }
    Ok(Box::new(Sigma::new(collection, names)?))
}

fn statuses(settings: &Settings<'_>) -> Result<BTreeSet<Status>, PrepareError> {
    let words = words(settings.text_if_given(&STATUS)?);
    words.iter().map(|word| word.parse().map_err(PrepareError::SigmaStatus)).collect()
}

fn words(list: Option<String>) -> Vec<String> {
    let list = list.unwrap_or_default();
    list.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Counts the events that got a label, in addition to the counts of labels.
const TAGGED_EVENTS: &str = "event_tags";

/// The most bytes of a part of a record's identity. Windows has far shorter ones.
const LONGEST_PART: usize = 256;

struct Sigma {
    set: RuleSet,
    /// In the order of the labels.
    rules: Vec<UsedRule>,
    summary: String,
    xml: AttributeId,
    needs: Needs,
    /// The labels that match the current event, as positions in the rule set.
    matched: Vec<usize>,
}

impl Sigma {
    fn new(mut collection: Collection, names: &mut AttributeNames) -> Result<Self, PrepareError> {
        let summary = collection.summary();
        let rules = collection.take_rules("Sigma rules");
        let set = RuleSet::compile_owned(rules, names)?;
        let needs = Needs { data_types: DataTypes::Any, reads: set.reads().clone() };
        let xml = names.register("xml_string");
        Ok(Self { set, rules: collection.used, summary, xml, needs, matched: Vec::new() })
    }

    /// Returns a text that the events of one record of a Windows event log have in common. Any
    /// other event is a record of its own.
    fn record(&self, event: &EventView<'_>) -> String {
        if let Some(Value::String(xml)) = event.data.and_then(|data| data.get(self.xml)) {
            let between = |start, end| between(&xml, start, end);
            let number = between("<EventRecordID>", "<");
            if !number.is_empty() {
                let time = between("<TimeCreated SystemTime=\"", "\"");
                let (computer, channel) = (between("<Computer>", "<"), between("<Channel>", "<"));
                return [computer, channel, number, time].join("\u{1f}");
            }
        }
        format!("event {}", event.event.id)
    }
}

/// Returns the text between two others, without tabs, which separate the parts of a key.
fn between(text: &str, start: &str, end: &str) -> String {
    let after = text.split_once(start).map_or("", |(_, after)| after);
    let found = after.split_once(end).map_or("", |(found, _)| found);
    let end = found.char_indices().map(|(at, _)| at).nth(LONGEST_PART).unwrap_or(found.len());
    found[..end].replace('\t', " ")
}

impl AnalysisPlugin for Sigma {
    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn introduction(&self) -> Option<String> {
        Some(self.summary.clone())
    }

    fn label_meanings(&self) -> Vec<(String, LabelMeaning)> {
        self.rules.iter().map(|rule| (rule.label.clone(), rule.metadata.meaning())).collect()
    }

    fn examine(&mut self, event: &EventView<'_>, found: &mut EventFindings) -> Result<(), PluginError> {
        self.set.matches(event, &mut self.matched);
        if self.matched.is_empty() {
            return Ok(());
        }
        found.tag_all(self.matched.iter().map(|&position| &self.set.labels()[position]));
        found.count_labels();
        found.count(TAGGED_EVENTS);
        let rules: Vec<_> = self.matched.iter().map(usize::to_string).collect();
        found.defer(Key::Text(format!("{}\t{}", self.record(event), rules.join(",")).into()));
        Ok(())
    }

    fn reduces(&self) -> bool {
        true
    }

    /// Counts the records of each rule. A record is two events, and Plaso also stores recovered
    /// copies of it, all of which have the same beginning of their keys.
    fn reduce(&mut self, input: &mut dyn ReduceInput) -> Result<Reduced, PluginError> {
        let mut records = BTreeMap::<usize, u64>::new();
        let mut current = (String::new(), BTreeSet::new());
        while let Some(key) = input.next_key()? {
            let Key::Text(key) = key else { continue };
            let (record, rules) = key.split_once('\t').unwrap_or((&key, ""));
            if record != current.0 {
                current = (record.to_owned(), BTreeSet::new());
            }
            for rule in rules.split(',').filter_map(|rule| rule.parse().ok()) {
                if current.1.insert(rule) {
                    *records.entry(rule).or_default() += 1;
                }
            }
        }
        let row = |(rule, records): (usize, u64)| Some(row(self.rules.get(rule)?, records, input.counter()));
        Ok(Reduced { results: records.into_iter().filter_map(row).collect(), ..Reduced::default() })
    }

    fn take_notes(&mut self) -> Vec<Note> {
        self.set.take_notes()
    }
}

fn row(rule: &UsedRule, records: u64, counter: &Counter) -> ResultRow {
    let UsedRule { metadata, label, .. } = rule;
    let text = |text: Option<&str>| text.unwrap_or_default().into();
    ResultRow(vec![
        metadata.author.as_str().into(),
        metadata.description.as_str().into(),
        label.as_str().into(),
        text(metadata.level.map(Level::as_str)),
        counter.get(label).copied().unwrap_or_default().into(),
        records.into(),
        metadata.file.as_str().into(),
        text(metadata.id.as_deref()),
        metadata.references.join("\n").into(),
        text(metadata.status.map(Status::as_str)),
        metadata.tags.join(", ").into(),
        metadata.title.as_str().into(),
    ])
}
