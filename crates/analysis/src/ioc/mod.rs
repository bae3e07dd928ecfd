//! `ioc`: labels events that have values of indicator lists, and counts the events of each
//! indicator.

mod known;
mod labels;
mod rules;
mod tally;

use std::io::{self, Write};
use std::path::Path;

use events::{
    AttributeNames, EventView, Key, Label, Note, Reduced, ResultColumn, ResultTable, Shown as _, Timestamp,
};
use indicators::matching::{Finding, FindingId, Matcher, Options};
use indicators::{Indicators, ReadOptions};
use messages::{Attributes, Parties};
use rustc_hash::FxHashMap;

use crate::description::{FileRole, OptionDescription, OptionKind, PluginDescription};
use crate::error::PrepareError;
use crate::plugin::{AnalysisPlugin, DataTypes, EventFindings, Needs, PluginError, ReduceInput, RunContext};
use crate::settings::Settings;
use crate::sigma_rules::warning;
use crate::spec::Spec;
use known::KnownGood;
use labels::Labels;
use rules::ListRules;
pub use rules::sigma_rules_of_lists;
use tally::Tallies;

const LISTS: OptionDescription = OptionDescription::new(
    "--ioc",
    OptionKind::File(FileRole::Collection("ioc-lists")),
    "A file with indicators of compromise, or a folder with such files; several are separated by commas.",
)
.required("a file or a folder with indicators");

const WARNINGLISTS: OptionDescription = OptionDescription::new(
    "--ioc-warninglists",
    OptionKind::File(FileRole::Collection("ioc-warninglists")),
    "A folder with the warninglists of MISP. An indicator on one of them is reported as known good.",
);

const LABEL: OptionDescription = OptionDescription::new(
    "--ioc-label",
    OptionKind::Text("LABEL"),
    "The label of all lists. By default, each list has a label of its own: ioc_ and its title, or the name of its file.",
);

const TEXT: OptionDescription = OptionDescription::new(
    "--ioc-text",
    OptionKind::Switch,
    "Also search for values in texts, such as messages, command lines and records of event logs.",
);

const STRICT: OptionDescription = OptionDescription::new(
    "--ioc-strict",
    OptionKind::Switch,
    "End with an error if a list has something that cannot be used. By default, the rest of the list is used.",
);

const COLUMN: OptionDescription = OptionDescription::new(
    "--ioc-column",
    OptionKind::Text("NAME"),
    "The name of the column of CSV files that has the indicators.",
);

const URL_PREFIX: OptionDescription = OptionDescription::new(
    "--ioc-url-prefix",
    OptionKind::Switch,
    "A URL of a list also means all URLs that begin with it.",
);

/// In alphabetical order.
const RESULTS: ResultTable = ResultTable {
    name: "ioc_analysis_result",
    columns: &[
        ResultColumn::Text("comment"),
        ResultColumn::Text("events"),
        ResultColumn::Text("expired"),
        ResultColumn::Text("first_time"),
        ResultColumn::Text("hosts"),
        ResultColumn::Text("indicator"),
        ResultColumn::Text("indicator_type"),
        ResultColumn::Text("known_good"),
        ResultColumn::Text("label"),
        ResultColumn::Text("last_time"),
        ResultColumn::Text("list_file"),
        ResultColumn::Integer("list_line"),
        ResultColumn::Text("list_title"),
        ResultColumn::Integer("number_of_events"),
        ResultColumn::Text("score"),
        ResultColumn::Text("seen"),
        ResultColumn::Text("tags"),
        ResultColumn::Text("threat_level"),
    ],
};

pub(crate) const SPEC: Spec = Spec {
    collect: Some(collect),
    kept_digest: Some(kept_digest),
    results: Some(&RESULTS),
    ..Spec::new(
        PluginDescription {
            name: "ioc",
            summary: "Labels events that have values of indicator lists: MISP, STIX, OpenIOC, Loki, CSV or text.",
            reads: "All events: hashes, addresses, hosts, URLs, paths, registry keys and other values.",
            writes: "A label for each list, and ioc_known_good; ioc_analysis_result has each indicator that was found, with its \
                     list, comment and tags, and its events, times and hosts; the report counts each label, the events with a \
                     label as event_tags, and all events as events_compared.",
            options: &[LISTS, WARNINGLISTS, LABEL, TEXT, STRICT, COLUMN, URL_PREFIX],
        },
        prepare,
    )
};

/// Writes all lists that an option names into one file.
fn collect(path: &Path, to: &mut dyn Write) -> Result<(), PrepareError> {
    Ok(indicators::keep(path, to)?)
}

/// Returns the digest of the lists that a file was made of.
fn kept_digest(path: &Path) -> Result<Option<String>, PrepareError> {
    Ok(indicators::kept_digest(path)?)
}

fn prepare(
    settings: &Settings<'_>,
    names: &mut AttributeNames,
    context: &RunContext,
) -> Result<Box<dyn AnalysisPlugin>, PrepareError> {
    if context.strict_compat {
        return Err(PrepareError::NotInPlaso(SPEC.description.name));
    }
    let lists = settings.path(&LISTS)?;
    let options = Options { text: settings.is_on(&TEXT)?, url_prefix: settings.is_on(&URL_PREFIX)? };
    let matcher = match Matcher::load(&lists, options)? {
        Some((kept, digest)) => {
            context.rules_read.add(&lists, digest);
            kept
        }
        None => {
            let indicators = read(settings, &lists)?;
            context.rules_read.add_collection(&lists, indicators.digest().to_owned());
            Matcher::new(indicators, options)?
        }
    };
    let indicators = matcher.indicators();
    let rules = ListRules::new(indicators, names)?;
    if indicators.is_empty() && rules.is_none() {
        return Err(PrepareError::NoIndicator(summary(indicators)));
    }
    let label = settings.text_if_given(&LABEL)?.map(|label| Label::new(&label)).transpose()?;
    let labels = Labels::new(indicators, label)?;
    let warninglists = settings.path_if_given(&WARNINGLISTS)?;
    let known = KnownGood::read(warninglists.as_deref())?;
    if let Some(path) = &warninglists {
        known.add_digests(path, &context.rules_read);
    }
    let mut summary = summary(indicators);
    let mut reads = matcher.reads();
    if let Some(rules) = &rules {
        summary = format!("{summary}; Sigma rules of lists: {}", rules.summary);
        reads.merge(rules.reads());
    }
    if let Some(of_known) = known.summary() {
        summary = format!("{summary}; {of_known}");
    }
    let needs = Needs { data_types: DataTypes::Any, reads };
    Ok(Box::new(Ioc { matcher, rules, labels, known, label_of: FxHashMap::default(), summary, needs }))
}

/// Reads lists, as their owner has written them.
fn read(settings: &Settings<'_>, lists: &Path) -> Result<Indicators, PrepareError> {
    let options = ReadOptions { column: settings.text_if_given(&COLUMN)? };
    let indicators = indicators::read(lists, &options)?;
    if settings.is_on(&STRICT)? {
        let rules = sigma_rules_of_lists(&indicators);
        let of_rules = rules.errors().map(|(rule, problem)| format!("{}: {problem}", rule.metadata.file));
        let mut all = indicators.problems().iter().map(ToString::to_string).chain(of_rules);
        if let Some(problem) = all.next() {
            let others = indicators.number_of_problems() + rules.errors().count() as u64 - 1;
            return Err(PrepareError::IocProblem { problem, others });
        }
    }
    Ok(indicators)
}

/// Returns the numbers of lists, indicators and of what is not used, in words.
fn summary(indicators: &Indicators) -> String {
    let lists = indicators.lists();
    let left_out: u64 =
        lists.iter().flat_map(|list| list.left_out.values()).map(|count| u64::from(*count)).sum();
    let problems = indicators.number_of_problems();
    let counted =
        |count: u64, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let others = match indicators.other_files() {
        [] => String::new(),
        [first, ..] => format!(
            "; {}, the first is {}: {}",
            counted(indicators.other_files().len() as u64, "file is no list", "files are no lists"),
            first.file.shown(),
            first.reason
        ),
    };
    format!(
        "{} in {}: {left_out} left out, {problems} not usable; `foreman check --ioc` says which and why{others}",
        counted(indicators.len() as u64, "indicator", "indicators"),
        counted(lists.len() as u64, "list", "lists"),
    )
}

/// Counts the events that got a label, in addition to the counts of labels.
const TAGGED_EVENTS: &str = "event_tags";

/// Counts all events that were compared with the indicators.
const COMPARED_EVENTS: &str = "events_compared";

/// How many findings of an event are kept. Lists may have the same value many times.
const MOST_FINDINGS: usize = 1_000;

/// The longest name of a host, in bytes.
const LONGEST_HOST: usize = 256;

struct Ioc {
    matcher: Matcher,
    /// The Sigma rules of lists, if they have some. Their findings have the numbers behind those of
    /// the matcher.
    rules: Option<ListRules>,
    labels: Labels,
    known: KnownGood,
    /// The label of each finding so far: whether a value is known to be good is decided once.
    label_of: FxHashMap<FindingId, Label>,
    summary: String,
    needs: Needs,
}

impl AnalysisPlugin for Ioc {
    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn introduction(&self) -> Option<String> {
        Some(self.summary.clone())
    }

    fn keep(&self, option: &str, to: &mut dyn Write) -> Option<io::Result<()>> {
        (option == LISTS.name).then(|| self.matcher.save(to))
    }

    fn examine(&mut self, event: &EventView<'_>, found: &mut EventFindings) -> Result<(), PluginError> {
        found.count(COMPARED_EVENTS);
        let mut findings: Vec<_> = self.matcher.find(event).iter().copied().take(MOST_FINDINGS).collect();
        for finding in &findings {
            let label = self.label_of.entry(*finding).or_insert_with(|| {
                let described = self.matcher.finding(*finding);
                let is_known = described.indicator.is_some_and(|indicator| self.known.has(&indicator));
                let label = if is_known { self.labels.known_good() } else { self.labels.of(described.list) };
                label.clone()
            });
            found.tag(label);
        }
        if let Some(rules) = &mut self.rules {
            for position in rules.find(event).to_vec() {
                found.tag(self.labels.of(rules.list(position)));
                findings.push(FindingId((self.matcher.count() + position) as u32));
            }
        }
        if findings.is_empty() {
            return Ok(());
        }
        found.count_labels();
        found.count(TAGGED_EVENTS);
        found.defer(Key::Text(key(event, &findings).into()));
        Ok(())
    }

    fn reduces(&self) -> bool {
        true
    }

    /// Counts the events of each indicator.
    fn reduce(&mut self, input: &mut dyn ReduceInput) -> Result<Reduced, PluginError> {
        let mut tallies = Tallies::default();
        while let Some(key) = input.next_key()? {
            if let Key::Text(key) = key {
                tallies.add(&key);
            }
        }
        let compared = input.counter().get(COMPARED_EVENTS).copied().unwrap_or_default();
        let mut reduced = Reduced::default();
        if let Some(refused) = self.rules.as_ref().and_then(|rules| rules.refused.clone()) {
            reduced.warnings.push(warning(&refused));
            reduced.notes.push(refused);
        }
        for (finding, tally) in tallies.into_iter() {
            let Some((kind, described)) = self.described(finding) else { continue };
            let list = self.matcher.indicators().list(described.list);
            reduced.warnings.extend(tally.suspicion(kind, &described, list, compared));
            let known = described.indicator.map(|indicator| self.known.names(&indicator)).unwrap_or_default();
            let label = match known.is_empty() {
                true => self.labels.of(described.list),
                false => self.labels.known_good(),
            };
            reduced.results.push(tally.row(kind, &described, list, label, &known));
        }
        Ok(reduced)
    }

    fn take_notes(&mut self) -> Vec<Note> {
        let mut notes = self.rules.as_mut().map(ListRules::take_notes).unwrap_or_default();
        let count = self.matcher.take_given_up();
        let message = "ioc: a pattern was not tried on a value, which is too long for it".into();
        notes.extend((count > 0).then_some(Note { message, count }));
        notes
    }
}

impl Ioc {
    /// Returns what a finding is, in words and in detail. Returns `None` if there is no such
    /// finding.
    fn described(&self, finding: FindingId) -> Option<(&'static str, Finding<'_>)> {
        match (finding.0 as usize).checked_sub(self.matcher.count()) {
            None => {
                let described = self.matcher.finding(finding);
                Some((described.kind.map_or("combination", |kind| kind.as_str()), described))
            }
            Some(position) => Some(("Sigma rule", self.rules.as_ref()?.finding(position)?)),
        }
    }
}

/// Returns what the reduce step needs to know of an event: its number, time, host and findings.
fn key(event: &EventView<'_>, findings: &[FindingId]) -> String {
    let host = Parties::of(&Attributes::of(event)).host.unwrap_or_default();
    let end = host.floor_char_boundary(LONGEST_HOST);
    let host = host[..end].replace(['\t', '\n'], " ");
    let findings: Vec<_> = findings.iter().map(|finding| finding.0.to_string()).collect();
    let time = event.event.timestamp.map(|Timestamp(time)| time.to_string()).unwrap_or_default();
    format!("{}\t{time}\t{host}\t{}", event.event.id.rowid(), findings.join(","))
}
