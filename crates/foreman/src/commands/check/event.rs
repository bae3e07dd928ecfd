//! `foreman check --event`: shows an event, the rules that match it, and where the other rules
//! fail.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, anyhow};
use events::{AttributeNames, EventView, Reads, StreamAttribute, json as event_json};
use filter::{Explainer, Explanation, Part, RuleExplainer, SeenEvents, show_value};
use report::Time;
use serde_json::{Value, json};
use storage::{EventRange, ReadPlan, StorageError, Store};

use super::counting::all_reads;
use super::other_names::OtherNames;
use super::rules::{Checked, FILTER, Members};
use crate::exit::Failure;

/// The maximum number of failed comparisons of a rule that are shown.
const MAXIMUM_SHOWN: usize = 5;

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
    attributes: Vec<(String, String)>,
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

/// Reads the event and explains it.
pub(super) fn explain(
    store: &Path,
    number: i64,
    checked: &Checked,
    all: bool,
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
            (Explained::new(event, &files, filter.as_ref()), other_names)
        });
        explained = Some(read.map_err(|unreadable| anyhow!("event {number} cannot be read: {unreadable}")));
        Ok::<_, StorageError>(())
    })?;
    let (explained, other_names) = explained.unwrap_or_else(|| Err(no_such_event(&store, number)))?;
    let mut members = explained.members(number);
    members.extend(other_names.members());
    Ok((explained.text(number, all, checked) + &other_names.text(), members))
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
    fn new(event: &EventView<'_>, files: &[(String, RuleExplainer)], filter: Option<&Explainer>) -> Self {
        let data_type = event.data.map(|data| String::from_utf8_lossy(data.data_type()).into_owned());
        let data_type = data_type.unwrap_or_default();
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
            attributes: attributes(event),
            labels: event.labels.to_vec(),
            files: files.iter().map(|(name, file)| (name.clone(), explain(file))).collect(),
            filter: filter.map(|filter| filter.explain(event)),
            data_type,
        }
    }

    fn text(&self, number: i64, all: bool, checked: &Checked) -> String {
        let Self { time, description, data_type, attributes, labels, files, filter } = self;
        let time = time.map_or("no time".to_owned(), |time| time.to_string());
        let mut text = format!("event {number}: {time}, {description}\n  data type  {data_type}");
        if !labels.is_empty() {
            let _ = write!(text, "\n  labels     {}", labels.join(", "));
        }
        let width = attributes.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default().min(40);
        for (name, value) in attributes {
            let _ = write!(text, "\n    {name:<width$}  {value}");
        }
        for (source, rules) in files {
            let matching = rules.iter().filter(|rule| rule.explanation.holds).count();
            let _ = write!(text, "\n\n{source}: {matching} of {} rules match", rules.len());
            let brief = checked.is_brief(source);
            let is_shown = |rule: &&Rule| all || rule.is_about && !brief || rule.explanation.holds;
            rules.iter().filter(is_shown).for_each(|rule| rule.write(source, &mut text));
            let others = rules.iter().filter(|rule| !is_shown(rule)).count();
            if others > 0 {
                let why = if brief { "do not match" } else { "are for other data types" };
                let _ = write!(text, "\n  {others} rules {why}; --all shows them, too");
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
        let Self { time, description, data_type, attributes, labels, files, filter } = self;
        let attributes: serde_json::Map<_, _> =
            attributes.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let rule = |rule: &Rule| {
            json!({
                "label": rule.label,
                "line": rule.line,
                "matches": rule.explanation.holds,
                "is_about_data_type": rule.is_about,
                "explanation": tree_json(&rule.explanation),
            })
        };
        let file = |(source, rules): &(String, Vec<Rule>)| json!({"name": source, "rules": rules.iter().map(rule).collect::<Vec<_>>()});
        let event = json!({
            "number": number,
            "time": time,
            "timestamp_desc": description,
            "data_type": data_type,
            "labels": labels,
            "attributes": attributes,
        });
        vec![
            ("event", event),
            ("rules", json!(files.iter().map(file).collect::<Vec<_>>())),
            ("filter", filter.as_ref().map_or(Value::Null, tree_json)),
        ]
    }
}

/// Returns all attributes of the event that an expression can name. Values have the form that an
/// expression uses.
fn attributes(event: &EventView<'_>) -> Vec<(String, String)> {
    let hidden = |name: &[u8]| name.starts_with(b"__") || name == b"data_type";
    let mut attributes = Vec::new();
    for (name, json) in event.data.into_iter().flat_map(|data| data.members()) {
        let name = String::from_utf8_lossy(name);
        let in_stream =
            event.stream.is_some() && StreamAttribute::ALL.iter().any(|known| known.name() == name);
        if !hidden(name.as_bytes()) && !in_stream {
            let value = shown(json);
            attributes.push((name.into_owned(), value));
        }
    }
    for attribute in StreamAttribute::ALL {
        if let Some(text) = event.stream_attribute(attribute) {
            let is_json = matches!(attribute, StreamAttribute::PathSpec | StreamAttribute::YaraMatch);
            let value = if is_json { shown(text.as_bytes()) } else { shown_text(text) };
            attributes.push((attribute.name().to_owned(), value));
        }
    }
    attributes.sort();
    attributes
}

/// Returns a value in the form that an expression uses. A value that an expression cannot express
/// is returned as it is stored.
fn shown(json: &[u8]) -> String {
    match event_json::value(json) {
        Ok(events::Value::Object) => {
            let text = shown_text(&String::from_utf8_lossy(json));
            text.trim_matches('\'').to_owned()
        }
        Ok(value) => show_value(&value),
        Err(error) => format!("(unreadable: {error})"),
    }
}

fn shown_text(text: &str) -> String {
    show_value(&events::Value::String(text.into()))
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
    if let Part::Comparison { text, attribute, value } = &explanation.part {
        let seen = match value {
            Some(value) => format!("{attribute} is {value}"),
            None => format!("{attribute} is missing"),
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

fn tree_json(explanation: &Explanation) -> Value {
    let Explanation { holds, columns, part } = explanation;
    let all = |parts: &[Explanation]| parts.iter().map(tree_json).collect::<Vec<_>>();
    let mut json = json!({"holds": holds, "column": columns.start, "end_column": columns.end});
    match part {
        Part::And(parts) => json["and"] = json!(all(parts)),
        Part::Or(parts) => json["or"] = json!(all(parts)),
        Part::Not(part) => json["not"] = tree_json(part),
        Part::Comparison { text, attribute, value } => {
            json["comparison"] = json!(**text);
            json["attribute"] = json!(**attribute);
            json["value"] = json!(value);
        }
    }
    json
}
