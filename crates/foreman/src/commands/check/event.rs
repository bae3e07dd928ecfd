//! `foreman check --event`: shows an event, the rules that match it, and where the other rules
//! fail.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, anyhow};
use events::{AttributeNames, EventView, Reads, Shown as _, StreamAttribute};
use filter::{Explainer, Explanation, ExplanationLimit, Outcomes, Part, SeenEvents};
use messages::{Attributes, Formats, Parties};
use report::{StoredValue, Time, compared_value};
use serde_json::{Value, json};
use storage::{EventRange, ReadPlan, SameStore, StorageError, Store};

use super::counting::all_reads;
use super::other_names::OtherNames;
use super::rules::{Checked, Members};
use crate::exit::Failure;

/// The maximum number of rules of a file that are shown although they do not match.
const MAXIMUM_FAILED: usize = 200;

/// Reads an event's number: its row, or a reference such as Plaso writes.
pub(super) fn parse_number(text: &str) -> Result<i64, String> {
    let number = text.strip_prefix("event.").unwrap_or(text).parse().ok();
    number
        .filter(|number| *number > 0)
        .ok_or_else(|| "expected an event's number, such as 17 or event.17".into())
}

/// An event, and how the rules and the filter evaluate it.
pub(super) struct Explained {
    pub(super) time: Option<Time>,
    pub(super) description: String,
    pub(super) data_type: String,
    pub(super) message: String,
    pub(super) parties: Parties,
    pub(super) attributes: BTreeMap<String, StoredValue>,
    /// The values of the fields inside attributes that the rules compare.
    fields: BTreeMap<String, StoredValue>,
    pub(super) labels: Vec<String>,
    pub(super) files: Vec<(String, Vec<Rule>)>,
    pub(super) filter: Option<ExplainedFilter>,
}

/// How the filter evaluates an event.
pub(super) struct ExplainedFilter {
    pub(super) matches: bool,
    /// `None` if it would take too long.
    pub(super) explanation: Option<Explanation>,
}

/// How a rule evaluates an event.
pub(super) struct Rule {
    pub(super) label: String,
    pub(super) line: usize,
    pub(super) matches: bool,
    /// Whether the rule is for events of this data type.
    pub(super) is_about: bool,
    /// Whether the rule is shown.
    pub(super) is_shown: bool,
    /// `None` if the rule is not shown, or it would take too long.
    pub(super) explanation: Option<Explanation>,
}

/// How an event is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'s> {
    /// Whether all rules are shown.
    pub(super) all: bool,
    /// Whether values are shown whole. Otherwise, long ones are cut.
    pub(super) whole: bool,
    /// How the event becomes a message.
    pub(super) formats: &'s Formats,
}

/// Reads the event and explains it. Returns also under which other names its attributes are known.
pub(super) fn explain(
    store: &SameStore,
    number: i64,
    checked: &Checked,
    shown: Shown<'_>,
) -> Result<(Explained, OtherNames), Failure> {
    let mut names = AttributeNames::default();
    let mut files = Vec::new();
    for file in &checked.files {
        let explainer = Explainer::of_rules(file, &mut names).map_err(Failure::usage)?;
        files.push((file.name().to_owned(), explainer));
    }
    let filter = checked.filter.as_ref().map(|filter| Explainer::of_filter(filter, &mut names));
    let filter = filter.transpose().map_err(Failure::usage)?;
    names.accept_other_names();
    let store = store.open()?;
    let reads = files.iter().map(|(_, file)| file.reads()).chain(filter.as_ref().map(Explainer::reads));
    let reads = Reads { stream: StreamAttribute::ALL.into(), labels: true, ..all_reads(reads) };
    let plan = ReadPlan::new(names.clone(), &reads);
    let mut explained = None;
    store.event_reader(plan)?.visit(EventRange { first: number, last: number }, |event| {
        let read = event.examine(|event| {
            let mut seen = SeenEvents::default();
            seen.see(event);
            let other_names = OtherNames::find(checked, &names, &seen);
            let explained = Explained::new(event, shown.formats);
            (explained.with_outcomes(event, &files, filter.as_ref(), checked, shown.all), other_names)
        });
        explained = Some(read.map_err(|unreadable| anyhow!("event {number} cannot be read: {unreadable}")));
        Ok::<_, StorageError>(())
    })?;
    Ok(explained.unwrap_or_else(|| Err(no_such_event(&store, number)))?)
}

fn no_such_event(store: &Store, number: i64) -> anyhow::Error {
    match store.event_range() {
        Ok(Some(EventRange { first, last })) => {
            anyhow!("{} has no event {number}; its events are {first} to {last}", store.path().shown())
        }
        Ok(None) => anyhow!("{} has no events", store.path().shown()),
        Err(error) => error.into(),
    }
}

impl Explained {
    fn new(event: &EventView<'_>, formats: &Formats) -> Self {
        let of_event = Attributes::of(event);
        Self {
            time: event.event.timestamp.map(Time),
            description: event.event.timestamp_description.to_string(),
            message: formats.message(&of_event),
            parties: Parties::of(&of_event),
            attributes: attributes(event, &of_event),
            fields: BTreeMap::new(),
            labels: event.labels.to_vec(),
            files: Vec::new(),
            filter: None,
            data_type: of_event.data_type().to_owned(),
        }
    }

    /// Adds how the rules and the filter evaluate the event, and explains what is shown: first the
    /// filter and the rules that match, then the other rules, as long as that is not too much.
    fn with_outcomes(
        mut self,
        event: &EventView<'_>,
        files: &[(String, Explainer)],
        filter: Option<&Explainer>,
        checked: &Checked,
        all: bool,
    ) -> Self {
        let mut limit = ExplanationLimit::default();
        self.filter = filter.map(|filter| {
            let outcomes = filter.outcomes(event);
            ExplainedFilter { matches: outcomes.matches(0), explanation: outcomes.explain(0, &mut limit) }
        });
        let outcomes: Vec<_> = files.iter().map(|(_, file)| file.outcomes(event)).collect();
        for ((name, file), outcomes) in files.iter().zip(&outcomes) {
            self.files.push((name.clone(), self.rules(file, outcomes, checked.sigma.contains(name), all)));
        }
        for matches in [true, false] {
            for ((_, rules), outcomes) in self.files.iter_mut().zip(&outcomes) {
                for (position, rule) in rules.iter_mut().enumerate() {
                    if rule.is_shown && rule.matches == matches {
                        rule.explanation = outcomes.explain(position, &mut limit);
                    }
                }
            }
        }
        self.with_fields(event, &mut limit)
    }

    /// Returns the rules of a file, not explained yet. `are_many` says that there are many rules
    /// for each data type, so only those that match are shown.
    fn rules(&self, file: &Explainer, outcomes: &Outcomes<'_, '_>, are_many: bool, all: bool) -> Vec<Rule> {
        let mut failed = 0;
        let rules = file.rules().iter().enumerate().map(|(position, rule)| {
            let (matches, is_about) = (outcomes.matches(position), rule.is_about(&self.data_type));
            let is_near = !matches && is_about && !are_many;
            failed += usize::from(is_near);
            Rule {
                label: rule.label().to_string(),
                line: rule.line(),
                matches,
                is_about,
                is_shown: all || matches || is_near && failed <= MAXIMUM_FAILED,
                explanation: None,
            }
        });
        rules.collect()
    }

    /// Adds the values of fields inside attributes that the rules compare.
    fn with_fields(mut self, event: &EventView<'_>, limit: &mut ExplanationLimit) -> Self {
        let of_event = Attributes::of(event);
        let of_rules =
            self.files.iter().flat_map(|(_, rules)| rules).filter_map(|rule| rule.explanation.as_ref());
        let of_filter = self.filter.iter().filter_map(|filter| filter.explanation.as_ref());
        let compared = of_rules.chain(of_filter).flat_map(Explanation::comparisons);
        let names: BTreeSet<_> = compared
            .filter_map(|comparison| match &comparison.part {
                Part::Comparison { attribute, .. } if attribute.contains('.') => Some(attribute),
                _ => None,
            })
            .collect();
        for name in names {
            if limit.take(event, 1)
                && let Some(value) = compared_value(name, event, &of_event)
            {
                self.fields.insert(name.to_string(), value);
            }
        }
        self
    }

    pub(super) fn members(&self, number: i64) -> Members {
        let Self { time, description, data_type, message, parties, attributes, labels, files, .. } = self;
        let rule = |rule: &Rule| {
            json!({
                "label": rule.label,
                "line": rule.line,
                "matches": rule.matches,
                "is_about_data_type": rule.is_about,
                "explanation": rule.explanation.as_ref().map(|explanation| self.tree_json(explanation)),
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
            "user_role": parties.role.as_str(),
            "by": parties.by,
            "address": parties.address,
            "file": parties.file,
            "labels": labels,
            "attributes": attributes,
        });
        vec![
            ("event", event),
            ("rules", json!(files.iter().map(file).collect::<Vec<_>>())),
            ("filter", self.filter.as_ref().map_or(Value::Null, |filter| self.filter_json(filter))),
        ]
    }

    fn filter_json(&self, filter: &ExplainedFilter) -> Value {
        match &filter.explanation {
            Some(explanation) => self.tree_json(explanation),
            None => json!({"holds": filter.matches}),
        }
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
