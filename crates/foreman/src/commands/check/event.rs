//! `foreman check --event`: shows an event, the rules that match it, and where the other rules
//! fail.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, anyhow};
use events::{AttributeNames, EventView, Reads, StreamAttribute};
use filter::{Explainer, Explanation, MatchedText, Part, RuleExplainer, SeenEvents};
use messages::{Attributes, Formats, Parties};
use report::{StoredValue, Time, compared_value, cut};
use serde_json::{Value, json};
use storage::{EventRange, ReadPlan, StorageError, Store};

use super::counting::all_reads;
use super::other_names::OtherNames;
use super::rules::{Checked, FILTER, Members};
use crate::exit::Failure;

/// The maximum number of failed comparisons of a rule that are shown.
const MAXIMUM_SHOWN: usize = 5;
/// The maximum number of characters of a message that is not shown whole.
const MAXIMUM_MESSAGE: usize = 400;

/// Reads an event's number: its row, or a reference such as Plaso writes.
pub(super) fn parse_number(text: &str) -> Result<i64, String> {
    let number = text.strip_prefix("event.").unwrap_or(text).parse().ok();
    number
        .filter(|number| *number > 0)
        .ok_or_else(|| "expected an event's number, such as 17 or event.17".into())
}

/// An event, and how the rules and the filter evaluate it.
struct Explained {
    time: Option<Time>,
    description: String,
    data_type: String,
    message: String,
    parties: Parties,
    attributes: BTreeMap<String, StoredValue>,
    /// The values of the fields inside attributes that the rules compare.
    fields: BTreeMap<String, StoredValue>,
    labels: Vec<String>,
    files: Vec<(String, Vec<Rule>)>,
    filter: Option<Explanation>,
}

struct Rule {
    label: String,
    line: usize,
    /// Whether the rule is for events of this data type.
    is_about: bool,
    explanation: Explanation,
}

/// How an event is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'s> {
    /// Whether rules for other data types are shown, too.
    pub(super) all: bool,
    /// Whether values are shown whole. Otherwise, long ones are cut.
    pub(super) whole: bool,
    /// How the event becomes a message.
    pub(super) formats: &'s Formats,
}

/// Reads the event and explains it.
pub(super) fn explain(
    store: &Path,
    number: i64,
    checked: &Checked,
    shown: Shown<'_>,
) -> Result<(String, Members), Failure> {
    let mut names = AttributeNames::default();
    let mut files = Vec::new();
    for file in &checked.files {
        let explainer = RuleExplainer::compile(file, &mut names).map_err(Failure::usage)?;
        files.push((file.name().to_owned(), explainer));
    }
    let filter = checked.filter.as_ref().map(|filter| Explainer::compile(filter, &mut names));
    let filter = filter.transpose().map_err(Failure::usage)?;
    names.accept_other_names();
    let store = Store::open(store)?;
    let reads = files.iter().map(|(_, file)| file.reads()).chain(filter.as_ref().map(Explainer::reads));
    let reads = Reads { stream: StreamAttribute::ALL.into(), labels: true, ..all_reads(reads) };
    let plan = ReadPlan::new(names.clone(), &reads);
    let mut explained = None;
    store.event_reader(plan)?.visit(EventRange { first: number, last: number }, |event| {
        let read = event.examine(|event| {
            let mut seen = SeenEvents::default();
            seen.see(event);
            let other_names = OtherNames::find(checked, &names, &seen);
            (Explained::new(event, &files, filter.as_ref(), shown.formats), other_names)
        });
        explained = Some(read.map_err(|unreadable| anyhow!("event {number} cannot be read: {unreadable}")));
        Ok::<_, StorageError>(())
    })?;
    let (explained, other_names) = explained.unwrap_or_else(|| Err(no_such_event(&store, number)))?;
    let mut members = explained.members(number);
    members.extend(other_names.members());
    Ok((explained.text(number, shown, checked) + &other_names.text(), members))
}

fn no_such_event(store: &Store, number: i64) -> anyhow::Error {
    match store.event_range() {
        Ok(Some(EventRange { first, last })) => {
            anyhow!("{} has no event {number}; its events are {first} to {last}", store.path().display())
        }
        Ok(None) => anyhow!("{} has no events", store.path().display()),
        Err(error) => error.into(),
    }
}

impl Explained {
    fn new(
        event: &EventView<'_>,
        files: &[(String, RuleExplainer)],
        filter: Option<&Explainer>,
        formats: &Formats,
    ) -> Self {
        let of_event = Attributes::of(event);
        let data_type = of_event.data_type().to_owned();
        let explain = |file: &RuleExplainer| {
            let rules = file.rules().iter();
            rules
                .map(|rule| Rule {
                    label: rule.label().to_string(),
                    line: rule.line(),
                    is_about: rule.is_about(&data_type),
                    explanation: rule.explain(event),
                })
                .collect()
        };
        Self {
            time: event.event.timestamp.map(Time),
            description: event.event.timestamp_description.to_string(),
            message: formats.message(&of_event),
            parties: Parties::of(&of_event),
            attributes: attributes(event, &of_event),
            fields: BTreeMap::new(),
            labels: event.labels.to_vec(),
            files: files.iter().map(|(name, file)| (name.clone(), explain(file))).collect(),
            filter: filter.map(|filter| filter.explain(event)),
            data_type,
        }
        .with_fields(event, &of_event)
    }

    /// Adds the values of fields inside attributes that the rules compare.
    fn with_fields(mut self, event: &EventView<'_>, of_event: &Attributes<'_>) -> Self {
        let of_rules = self.files.iter().flat_map(|(_, rules)| rules).map(|rule| &rule.explanation);
        for comparison in of_rules.chain(&self.filter).flat_map(Explanation::comparisons) {
            if let Part::Comparison { attribute, .. } = &comparison.part
                && attribute.contains('.')
                && !self.fields.contains_key(&**attribute)
                && let Some(value) = compared_value(attribute, event, of_event)
            {
                self.fields.insert(attribute.to_string(), value);
            }
        }
        self
    }

    fn text(&self, number: i64, shown: Shown<'_>, checked: &Checked) -> String {
        let Self { time, description, labels, files, filter, .. } = self;
        let time = time.map_or("no time".to_owned(), |time| time.to_string());
        let mut text = format!("event {number}: {time}, {description}");
        let Parties { host, user, file } = &self.parties;
        let message = if shown.whole { self.message.clone() } else { cut(&self.message, MAXIMUM_MESSAGE) };
        for (name, value) in [
            ("message", Some(&message)),
            ("host", host.as_ref()),
            ("user", user.as_ref()),
            ("file", file.as_ref()),
            ("data type", Some(&self.data_type)),
            ("labels", Some(&labels.join(", "))),
        ] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                let _ = write!(text, "\n  {name:<9}  {value}");
            }
        }
        let names = self.attributes.keys().map(|name| name.chars().count());
        let width = names.max().unwrap_or_default().min(40);
        for (name, value) in &self.attributes {
            let _ = write!(text, "\n    {name:<width$}  {}", value.literal(shown.whole));
        }
        for (source, rules) in files {
            let matching = rules.iter().filter(|rule| rule.explanation.holds).count();
            let _ = write!(text, "\n\n{source}: {matching} of {} rules match", rules.len());
            let (matches, fails): (Vec<_>, Vec<_>) = rules.iter().partition(|rule| rule.explanation.holds);
            // There are many Sigma rules for each data type.
            let brief = checked.sigma.contains(source);
            let (near, others): (Vec<_>, Vec<_>) =
                fails.into_iter().partition(|rule| shown.all || rule.is_about && !brief);
            matches.into_iter().chain(near).for_each(|rule| rule.write(source, &mut text));
            if !others.is_empty() {
                let why = if brief { "do not match" } else { "are for other data types" };
                let _ = write!(text, "\n  {} rules {why}; --all shows them, too", others.len());
            }
        }
        if let Some(explanation) = filter {
            let outcome = if explanation.holds { "matches" } else { "does not match" };
            let _ = write!(text, "\n\n{FILTER}: {outcome}");
            write_tree(explanation, 1, &mut text);
        }
        text
    }

    fn members(&self, number: i64) -> Members {
        let Self { time, description, data_type, message, parties, attributes, labels, files, .. } = self;
        let rule = |rule: &Rule| {
            json!({
                "label": rule.label,
                "line": rule.line,
                "matches": rule.explanation.holds,
                "is_about_data_type": rule.is_about,
                "explanation": self.tree_json(&rule.explanation),
            })
        };
        let file = |(source, rules): &(String, Vec<Rule>)| json!({"name": source, "rules": rules.iter().map(rule).collect::<Vec<_>>()});
        let event = json!({
            "number": number,
            "time": time,
            "timestamp_desc": description,
            "data_type": data_type,
            "message": message,
            "host": parties.host,
            "user": parties.user,
            "file": parties.file,
            "labels": labels,
            "attributes": attributes,
        });
        vec![
            ("event", event),
            ("rules", json!(files.iter().map(file).collect::<Vec<_>>())),
            ("filter", self.filter.as_ref().map_or(Value::Null, |filter| self.tree_json(filter))),
        ]
    }

    fn tree_json(&self, explanation: &Explanation) -> Value {
        let Explanation { holds, columns, part } = explanation;
        let all = |parts: &[Explanation]| parts.iter().map(|part| self.tree_json(part)).collect::<Vec<_>>();
        let mut json = json!({"holds": holds, "column": columns.start, "end_column": columns.end});
        match part {
            Part::And(parts) => json["and"] = json!(all(parts)),
            Part::Or(parts) => json["or"] = json!(all(parts)),
            Part::Not(part) => json["not"] = self.tree_json(part),
            Part::Comparison { text, attribute, value, matched } => {
                let found = self.attributes.get(&**attribute).or_else(|| self.fields.get(&**attribute));
                json["comparison"] = json!(**text);
                json["attribute"] = json!(**attribute);
                json["value"] = match (&**attribute, found) {
                    (_, Some(found)) => json!(found),
                    ("data_type", None) => json!(self.data_type),
                    ("timestamp_desc", None) => json!(self.description),
                    ("tag", None) => json!(self.labels),
                    ("timestamp" | "date" | "datetime" | "time", None) => json!(self.time),
                    _ => json!(value),
                };
                json["matched"] = json!(matched.as_ref().map(|matched| &matched.text));
            }
        }
        json
    }
}

/// Returns all attributes of the event that an expression can name.
fn attributes(event: &EventView<'_>, of_event: &Attributes<'_>) -> BTreeMap<String, StoredValue> {
    let hidden = |name: &[u8]| name.starts_with(b"__") || name == b"data_type";
    let of_data = event.data.into_iter().flat_map(|data| data.members());
    let of_data = of_data
        .filter(|(name, _)| !hidden(name))
        .map(|(name, stored)| (String::from_utf8_lossy(name).into_owned(), StoredValue::of_stored(stored)));
    let mut attributes: BTreeMap<_, _> = of_data.collect();
    if event.stream.is_some() {
        for name in StreamAttribute::ALL.map(StreamAttribute::name) {
            attributes.remove(name);
            let value = compared_value(name, event, of_event);
            attributes.extend(value.map(|value| (name.to_owned(), value)));
        }
    }
    attributes
}

impl Rule {
    fn write(&self, source: &str, text: &mut String) {
        let Self { label, line, explanation, .. } = self;
        let _ = write!(text, "\n  {} {label}  {source}:{line}", sign(explanation.holds));
        let decisive = explanation.decisive();
        for comparison in decisive.iter().take(MAXIMUM_SHOWN) {
            write_comparison(comparison, 3, text);
        }
        if decisive.len() > MAXIMUM_SHOWN {
            let _ = write!(text, "\n      … and {} more", decisive.len() - MAXIMUM_SHOWN);
        }
    }
}

fn sign(holds: bool) -> char {
    if holds { '✓' } else { '✗' }
}

fn write_comparison(explanation: &Explanation, depth: usize, out: &mut String) {
    if let Part::Comparison { text, attribute, value, matched } = &explanation.part {
        let seen = match (matched, value) {
            (Some(MatchedText { before, text, after }), _) => {
                format!("{attribute} has '{text}' in: {before}{text}{after}").replace('\n', " ")
            }
            (None, Some(value)) => format!("{attribute} is {value}"),
            (None, None) => format!("{attribute} is missing"),
        };
        let sign = sign(explanation.holds);
        let _ = write!(out, "\n{:indentation$}{sign} {text}", "", indentation = 2 * depth);
        if seen != **text {
            let _ = write!(out, "  ({seen})");
        }
    }
}

fn write_tree(explanation: &Explanation, depth: usize, out: &mut String) {
    let (word, parts): (_, &[Explanation]) = match &explanation.part {
        Part::Comparison { .. } => return write_comparison(explanation, depth, out),
        Part::And(parts) => ("all of", parts),
        Part::Or(parts) => ("any of", parts),
        Part::Not(part) => ("not", std::slice::from_ref(&**part)),
    };
    let _ = write!(out, "\n{:indentation$}{} {word}", "", sign(explanation.holds), indentation = 2 * depth);
    parts.iter().for_each(|part| write_tree(part, depth + 1, out));
}
