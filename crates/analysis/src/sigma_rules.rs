//! `sigma`: labels events by Sigma rules, and counts the records that each rule finds.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use events::{AttributeId, AttributeNames, EventView, Key, KeyLabel, Label, Note, RECOVERED, Reduced, Value};
use filter::{LabelMeaning, RuleSet};
use sigma::{Collection, Correlation, Placeholders, Role, Selection, StateEvents, Status, UsedRule};

use crate::description::{FileRole, OptionDescription, OptionKind, PluginDescription};
use crate::error::{PrepareError, UnreadableFile};
use crate::file_sample::sample;
use crate::plugin::{AnalysisPlugin, DataTypes, EventFindings, Needs, PluginError, ReduceInput, RunContext};
use crate::settings::Settings;
use crate::sigma_correlation::{Correlations, FieldReader, MatchedRecord, MatchedRecords, identity};
use crate::sigma_results::{RESULTS, RuleTally, correlation_rows, rule_rows};
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
    "Leave out rules and filters with these identifiers, or in these files.",
);

const PLACEHOLDERS: OptionDescription = OptionDescription::new(
    "--sigma-placeholders",
    OptionKind::File(FileRole::Data),
    "A YAML file with the values of placeholders in rules: a list for each name.",
);

const STATE: OptionDescription = OptionDescription::new(
    "--sigma-state",
    OptionKind::Switch,
    "Also apply rules to what a system remembers: creation times of files, browser and shell histories, registry hives.",
);

pub(crate) const SPEC: Spec = Spec {
    collect: Some(collect),
    results: Some(&RESULTS),
    ..Spec::new(
        PluginDescription {
            name: "sigma",
            summary: "Labels events by Sigma rules.",
            reads: "The events of the rules' log sources, with the attributes that the rules use.",
            writes: "A label for each rule that matches, and for each correlation that fires; sigma_analysis_result has the \
                     rule's title, author, level and other facts, how many events and records it matches, and the firings \
                     of correlations; the report counts each label, and the events that rules label as event_tags.",
            options: &[RULES, LEVEL, STATUS, EXCLUDE, PLACEHOLDERS, STATE],
        },
        prepare,
    )
};

/// Writes all rules that an option names.
fn collect(path: &Path, to: &mut dyn Write) -> Result<(), PrepareError> {
    let kept = sigma::kept(&sigma::read(path)?)?;
    to.write_all(kept.as_bytes()).map_err(PrepareError::Copy)
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
        Some(path) => {
            let (placeholders, bytes) = Placeholders::load(&path)?;
            let length = bytes.len() as u64;
            let digest = sample(io::Cursor::new(bytes), length);
            let digest = digest.map_err(|source| UnreadableFile { path: path.clone(), source })?;
            context.rules_read.add(&path, digest);
            placeholders
        }
        None => Placeholders::default(),
    };
    let selection = Selection {
        level: settings.text_if_given(&LEVEL)?.and_then(|word| word.parse().ok()),
        statuses: statuses(settings)?,
        exclude: words(settings, &EXCLUDE)?,
        placeholders,
        state: StateEvents::of_option(settings.is_on(&STATE)?),
    };
    let path = settings.path(&RULES)?;
    let (files, read) = sigma::read_with_digests(&path)?;
    context.rules_read.add(&path, read.digest);
    context.rules_read.add_collection(&path, read.of_kept);
    let collection = Collection::read(&files, &selection);
    let not_read = sigma::not_read(&path)?;
    if let [first, ..] = selection.unmatched_exclusions(&collection)[..] {
        return Err(PrepareError::SigmaExclude(first.to_owned()));
    }
    if collection.count_used() == 0 {
        return Err(PrepareError::NoSigmaRule(collection.summary()));
    }
    let mut plugin = Sigma::new(collection, names)?;
    if let Some(of_files) = text_of_not_read(&not_read) {
        plugin.summary = format!("{}; {of_files}", plugin.summary);
    }
    Ok(Box::new(plugin))
}

/// Returns what to say at the end of a run of rules that were refused: nothing was searched for
/// with them.
pub(crate) fn refused_rules(plugin: &str, collection: &Collection) -> Option<Note> {
    let (count, which) = collection.refused()?;
    Some(Note {
        message: format!("{plugin}: a Sigma rule was refused and not used: {which}"),
        count: count as u64,
    })
}

/// Returns what to say at the end of a run of filters that are not added to rules that they name,
/// or that ask for fields that no event has: their events are found all the same.
fn filters_without_effect(plugin: &str, collection: &Collection) -> Option<Note> {
    let (count, which) = collection.without_effect()?;
    Some(Note {
        message: format!("{plugin}: a Sigma filter, or a part of it, has no effect: {which}"),
        count: count as u64,
    })
}

/// Returns what to say at the end of a run of filters that are added to rules: the rules find less
/// with them, which a reader of the results cannot see elsewhere.
fn effective_filters(plugin: &str, collection: &Collection) -> Option<Note> {
    let (count, which) = collection.effective_filters()?;
    let message = format!("{plugin}: a Sigma filter is added to rules, which find less with it: {which}");
    Some(Note { message, count: count as u64 })
}

/// Returns the analysis warning for a note.
pub(crate) fn warning(note: &Note) -> String {
    format!("{} ({} times)", note.message, note.count)
}

fn statuses(settings: &Settings<'_>) -> Result<BTreeSet<Status>, PrepareError> {
    let words = words(settings, &STATUS)?;
    words.iter().map(|word| word.parse().map_err(PrepareError::SigmaStatus)).collect()
}

/// Returns how many files of folders are no rules by their names, and the first of these, in words.
#[must_use]
pub fn text_of_not_read(names: &[String]) -> Option<String> {
    let first = &names[..names.len().min(5)];
    if first.is_empty() {
        return None;
    }
    let more = if names.len() > first.len() { ", …" } else { "" };
    Some(format!(
        "files that were not read, because their names do not end in .yml or .yaml: {} ({}{more})",
        names.len(),
        first.join(", ")
    ))
}

/// Returns the words of a list, which is refused if it has none.
fn words(settings: &Settings<'_>, option: &OptionDescription) -> Result<Vec<String>, PrepareError> {
    let Some(list) = settings.text_if_given(option)? else { return Ok(Vec::new()) };
    let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
    let words: Vec<_> = words.map(str::to_owned).collect();
    if words.is_empty() {
        return Err(PrepareError::NoWord { option: option.name, list });
    }
    Ok(words)
}

/// Counts the events that got a label from a rule, in addition to the counts of labels.
const TAGGED_EVENTS: &str = "event_tags";

struct Sigma {
    set: RuleSet,
    /// In the order of the labels.
    rules: Vec<UsedRule>,
    /// The correlations, each with its label.
    correlations: Vec<Correlation>,
    correlation_labels: Vec<Label>,
    fields: FieldReader,
    summary: String,
    /// What to say of rules that were refused, and of filters.
    notes: Vec<Note>,
    xml: AttributeId,
    needs: Needs,
    /// The labels that match the current event, as positions in the rule set.
    matched: Vec<usize>,
}

impl Sigma {
    fn new(mut collection: Collection, names: &mut AttributeNames) -> Result<Self, PrepareError> {
        let summary = collection.summary();
        let notes = [
            refused_rules("sigma", &collection),
            effective_filters("sigma", &collection),
            filters_without_effect("sigma", &collection),
        ];
        let rules = collection.take_rules("Sigma rules");
        let set = RuleSet::compile_owned(rules, names)?;
        let Collection { used, correlations, .. } = collection;
        let mut needs = Needs { data_types: DataTypes::Any, reads: set.reads().clone() };
        // Only correlations ask which copy of a record is a recovered one.
        needs.reads.labels |= !correlations.is_empty();
        let xml = names.register("xml_string");
        let labels = correlations.iter().map(|correlation| Label::new(&correlation.label));
        Ok(Self {
            set,
            correlation_labels: labels.collect::<Result<_, _>>()?,
            fields: FieldReader::new(&used, names),
            rules: used,
            correlations,
            summary,
            notes: notes.into_iter().flatten().collect(),
            xml,
            needs,
            matched: Vec::new(),
        })
    }

    /// Returns the record of the current event, with the rules that match it.
    fn record(&self, event: &EventView<'_>) -> MatchedRecord {
        let xml = event.data.and_then(|data| data.get(self.xml));
        let xml = if let Some(Value::String(xml)) = &xml { Some(xml.as_ref()) } else { None };
        let (time, identity) = identity(event, xml);
        let rules = self.matched.iter().map(|rule| (*rule, self.fields.values(*rule, event.data)));
        let is_recovered = event.labels.iter().any(|label| label == RECOVERED);
        MatchedRecord { time, identity, is_recovered, rules: rules.collect() }
    }
}

impl AnalysisPlugin for Sigma {
    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn introduction(&self) -> Option<String> {
        Some(self.summary.clone())
    }

    fn label_meanings(&self) -> Vec<(String, LabelMeaning)> {
        let rules = self.rules.iter().map(|rule| (&rule.label, &rule.metadata));
        let correlations = self.correlations.iter().map(|rule| (&rule.label, &rule.metadata));
        rules.chain(correlations).map(|(label, metadata)| (label.clone(), metadata.meaning())).collect()
    }

    fn examine(&mut self, event: &EventView<'_>, found: &mut EventFindings) -> Result<(), PluginError> {
        self.set.matches(event, &mut self.matched);
        if self.matched.is_empty() {
            return Ok(());
        }
        let labels = || self.matched.iter().filter(|rule| self.rules[**rule].role == Role::Labels);
        if labels().next().is_some() {
            found.tag_all(labels().map(|rule| &self.set.labels()[*rule]));
            found.count_labels();
            found.count(TAGGED_EVENTS);
        }
        found.defer(Key::Text(self.record(event).key().into()));
        Ok(())
    }

    fn reduces(&self) -> bool {
        true
    }

    /// Counts the records of each rule, and evaluates the correlations. A record is two events, and
    /// Plaso also stores recovered copies of it. The keys of all of these have the same beginning.
    fn reduce(&mut self, input: &mut dyn ReduceInput) -> Result<Reduced, PluginError> {
        let mut tallies = vec![RuleTally::default(); self.rules.len()];
        let mut correlations = Correlations::new(&self.correlations);
        let mut records = MatchedRecords::default();
        while let Some(record) = records.next(input)? {
            for rule in record.rules.keys() {
                if let Some(tally) = tallies.get_mut(*rule) {
                    tally.add(record.time);
                }
            }
            for (correlation, key) in correlations.add(&record) {
                let key = Key::Text((*key).into());
                let label = self.correlation_labels[correlation].clone();
                input.label(KeyLabel { first: key.clone(), last: key, label })?;
            }
        }
        let mut results = rule_rows(&self.rules, &tallies, input.counter());
        let (firings, without_time) = correlations.finish();
        let (rows, mut warnings) = correlation_rows(&self.correlations, firings);
        results.extend(rows);
        if without_time > 0 {
            warnings
                .push(format!("{without_time} records have no usable time, and no correlation counts them"));
        }
        let warnings = self.notes.iter().map(warning).chain(warnings).collect();
        Ok(Reduced { results, warnings, notes: self.notes.clone(), ..Reduced::default() })
    }

    fn take_notes(&mut self) -> Vec<Note> {
        self.set.take_notes()
    }
}
