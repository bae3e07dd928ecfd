//! The events that have a label.
//!
//! A store keeps that an event has a label, not why. If the rules that may have given it are at
//! hand, those that match the event now are named; else the attributes that the built-in rules for
//! that label look at are shown, and if there are none, all attributes of the event data.

use std::collections::BinaryHeap;
use std::sync::Arc;

use events::{AttributeId, AttributeNames, EventDataId, EventId, EventView, StreamAttribute, Value, json};
use filter::{Diagnostics, Explanation, Part, RuleExplainer, Rules, tagging_file};
use serde::Serialize;
use storage::{EventRange, ReadPlan, StorageError, Store};

use crate::collect::Steps;
use crate::findings::{LabelFacts, Timeline};
use crate::info::{StoreFacts, short, store_facts};
use crate::labels::{SESSION, numbered};
use crate::timeline::{Axis, Bins, Coarse};
use crate::words::cut;
use crate::{FORMAT_VERSION, Progress, Rest, Table, Time};

/// How many events are described at most.
const MAXIMUM_EVENTS: usize = 20_000;
/// How many bytes of text the descriptions have at most, but for the last.
const MAXIMUM_BYTES: usize = 16 << 20;
/// How many characters of an attribute are shown.
const MAXIMUM_VALUE: usize = 400;
/// How many attributes of an event are shown.
const MAXIMUM_ATTRIBUTES: usize = 24;
/// How many labels are named where one is asked for that is not there.
const MAXIMUM_NAMED: usize = 40;

/// The events that have a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelReport {
    /// The version of this form, [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The store.
    pub store: StoreFacts,
    /// The label, how many events have it and when.
    pub label: LabelFacts,
    /// How its events lie in time; nothing if there are none.
    pub timeline: Option<Timeline>,
    /// The tagging file whose rules are named.
    pub tagging_file: Option<String>,
    /// The events, earliest first.
    pub events: Table<LabelledEvent>,
    /// What is to be known about this.
    pub notes: Vec<String>,
}

/// An event that has the label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelledEvent {
    /// Its row in the store.
    pub event: i64,
    /// When it was; nothing if there is no such event, or it has no readable time.
    pub time: Option<Time>,
    /// What happened then, such as `Content Modification Time`.
    pub description: String,
    /// The data type of its event data.
    pub data_type: String,
    /// Where it was found.
    pub source: String,
    /// The lines of the tagging file with the rules that match it.
    pub rules: Vec<usize>,
    /// The attributes that matched, or what comes closest.
    pub attributes: Vec<Attribute>,
    /// Why nothing more can be said, if that is so.
    pub problem: Option<String>,
}

/// An attribute of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its value, cut if it is long.
    pub value: String,
}

impl LabelReport {
    /// Reads the events that have a label, with the rules of `tagging_file` if there is one. At
    /// most `maximum` events are described.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or the rules cannot be used.
    pub fn read(
        store: &Store,
        label: &str,
        tagging_file: Option<(&str, &Rules)>,
        maximum: usize,
        progress: Progress<'_>,
    ) -> Result<Self, LabelError> {
        let progress = &mut { progress };
        let rules = CandidateRules::new(label, tagging_file)?;
        let mut found = Found { maximum: maximum.min(MAXIMUM_EVENTS), ..Found::default() };
        let mut others = std::collections::BTreeSet::new();
        each(store, label, progress, |event, time, labels| {
            if labels.iter().any(|known| known == label) {
                found.add(event, time);
            } else if found.events == 0 && others.len() < MAXIMUM_NAMED {
                // Sessions have more labels than anybody wants to read.
                let named = labels.iter().filter(|label| !matches!(numbered(label), Some((SESSION, _))));
                others.extend(named.take(MAXIMUM_NAMED).map(|label| short(label)));
            }
        })?;
        let axis = Axis::of(&found.coarse);
        let mut bins = axis.as_ref().map(Bins::new);
        if let (Some(axis), Some(bins)) = (&axis, &mut bins) {
            each(store, label, progress, |_, time, labels| {
                if let (Some(time), true) = (time, labels.iter().any(|known| known == label)) {
                    bins.add(axis, time);
                }
            })?;
        }
        let mut notes = Vec::new();
        if found.events == 0 {
            let others: Vec<_> = others.into_iter().collect();
            notes.push(match others.as_slice() {
                [] => "no event has this label, nor any but those of sessions".to_owned(),
                others => format!("no event has this label; there are: {}", others.join(", ")),
            });
        }
        let facts = LabelFacts {
            label: short(label),
            events: found.events,
            first: found.span.map(|(first, _)| first),
            last: found.span.map(|(_, last)| last),
            histogram: None,
        };
        Ok(Self {
            format_version: FORMAT_VERSION,
            store: store_facts(store)?,
            label: facts,
            timeline: axis.zip(bins).map(|(axis, bins)| Timeline::new(&axis, bins)),
            tagging_file: tagging_file.map(|(name, _)| name.to_owned()),
            events: found.describe(store, &rules)?,
            notes,
        })
    }
}

/// Why the events of a label cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StorageError),
    /// The rules.
    #[error(transparent)]
    Rules(#[from] Diagnostics),
}

/// Shows `visit` each tag, with the time of those that have the label.
fn each(
    store: &Store,
    label: &str,
    progress: &mut Progress<'_>,
    mut visit: impl FnMut(EventId, Option<Time>, &[String]),
) -> Result<(), StorageError> {
    let mut steps = Steps::new(progress, "event tags");
    store.visit_tags(
        |labels| labels.iter().any(|known| known == label),
        |tag| {
            steps.row();
            if let (Some(event), Some(labels)) = (tag.event, &tag.labels) {
                visit(event, tag.timestamp.map(Time), labels);
            }
        },
    )
}

/// The events of the label: how many, when, and the earliest of them.
#[derive(Default)]
struct Found {
    maximum: usize,
    events: u64,
    span: Option<(Time, Time)>,
    coarse: Coarse,
    earliest: BinaryHeap<(Option<Time>, EventId)>,
}

impl Found {
    fn add(&mut self, event: EventId, time: Option<Time>) {
        self.events += 1;
        if let Some(time) = time {
            let (first, last) = self.span.unwrap_or((time, time));
            self.span = Some((first.min(time), last.max(time)));
            self.coarse.add(time);
        }
        self.earliest.push((time, event));
        if self.earliest.len() > self.maximum {
            self.earliest.pop();
        }
    }

    fn describe(self, store: &Store, rules: &CandidateRules) -> Result<Table<LabelledEvent>, StorageError> {
        let mut reader = store.event_reader(rules.plan.clone())?;
        let mut table = Table::default();
        let mut bytes = 0;
        for (time, id) in self.earliest.into_sorted_vec() {
            if bytes > MAXIMUM_BYTES {
                break;
            }
            let range = EventRange { first: id.rowid(), last: id.rowid() };
            let mut described = LabelledEvent {
                event: id.rowid(),
                time,
                description: String::new(),
                data_type: String::new(),
                source: String::new(),
                rules: Vec::new(),
                attributes: Vec::new(),
                problem: Some("there is no such event".into()),
            };
            let mut data = None;
            reader.visit::<StorageError>(range, |_, event| {
                match event {
                    Ok(event) => {
                        described.problem = None;
                        rules.describe(event, &mut described);
                        data = Some(event.event.data);
                    }
                    Err(problem) => described.problem = Some(problem.to_string()),
                }
                Ok(())
            })?;
            if let Some(data) = data.filter(|_| described.attributes.is_empty()) {
                described.attributes = all_attributes(store, data)?;
            }
            bytes += described.bytes();
            table.rows.push(described);
        }
        table.more = Rest { rows: self.events - table.rows.len() as u64, number: 0 };
        Ok(table)
    }
}

impl LabelledEvent {
    fn bytes(&self) -> usize {
        let Self { description, data_type, source, attributes, .. } = self;
        let of_attributes = attributes.iter().map(|attribute| attribute.name.len() + attribute.value.len());
        description.len() + data_type.len() + source.len() + of_attributes.sum::<usize>()
    }
}

/// The rules that may have given a label.
struct CandidateRules {
    label: String,
    explainers: Vec<RuleExplainer>,
    /// Whether they are those of a file that was named, so that their lines mean something.
    are_named: bool,
    plan: ReadPlan,
}

impl CandidateRules {
    fn new(label: &str, tagging_file: Option<(&str, &Rules)>) -> Result<Self, Diagnostics> {
        let built_in: Vec<Rules>;
        let files: Vec<&Rules> = match tagging_file {
            Some((_, file)) => vec![file],
            None => {
                built_in =
                    tagging_file::BUILT_IN.iter().filter_map(|name| tagging_file::built_in(name)).collect();
                built_in.iter().filter(|file| file.labels().any(|known| known.as_str() == label)).collect()
            }
        };
        let mut names = AttributeNames::default();
        let mut explainers = Vec::new();
        for file in files {
            let mut file = file.clone();
            file.accept_other_data_types();
            explainers.push(RuleExplainer::compile(&file, &mut names)?);
        }
        names.accept_other_names();
        let labels = explainers.iter().any(|explainer| explainer.reads().labels);
        let plan = ReadPlan {
            names: Arc::new(names),
            event_data: true,
            stream: true,
            labels,
            ..ReadPlan::default()
        };
        Ok(Self { label: label.into(), explainers, are_named: tagging_file.is_some(), plan })
    }

    fn describe(&self, event: &EventView<'_>, described: &mut LabelledEvent) {
        described.time = event.event.timestamp.map(Time);
        described.description = short(&event.event.timestamp_description);
        let data_type = event.data.and_then(|data| data.get(AttributeId::DATA_TYPE));
        described.data_type = data_type.as_ref().and_then(Value::as_str).map(short).unwrap_or_default();
        described.source =
            event.stream_attribute(StreamAttribute::PathSpec).and_then(path_of).unwrap_or_default();
        for rule in self.explainers.iter().flat_map(RuleExplainer::rules) {
            if rule.label().as_str() != self.label || !rule.is_about(&described.data_type) {
                continue;
            }
            let explanation = rule.explain(event);
            if !explanation.holds {
                continue;
            }
            if self.are_named {
                described.rules.push(rule.line());
            }
            for part in explanation.decisive() {
                add_attribute(part, &mut described.attributes);
            }
        }
    }
}

/// Adds what a comparison has seen, but for what is told of every event anyhow.
fn add_attribute(comparison: &Explanation, attributes: &mut Vec<Attribute>) {
    if let Part::Comparison { attribute, value: Some(value), .. } = &comparison.part
        && !matches!(&**attribute, "data_type" | "timestamp" | "timestamp_desc")
        && attributes.len() < MAXIMUM_ATTRIBUTES
        && attributes.iter().all(|known| known.name != **attribute)
    {
        attributes.push(Attribute { name: short(attribute), value: cut(value, MAXIMUM_VALUE) });
    }
}

/// The attributes of an event data that are not Plaso's own, as they are stored.
fn all_attributes(store: &Store, id: EventDataId) -> Result<Vec<Attribute>, StorageError> {
    let read = |stored: &[u8]| {
        let mut attributes = Vec::new();
        let Ok(mut members) = json::Members::of(stored) else {
            return attributes;
        };
        while let Ok(Some((key, span))) = members.next_member() {
            let name = String::from_utf8_lossy(key);
            if name.starts_with('_') || name == "data_type" {
                continue;
            }
            if attributes.len() == MAXIMUM_ATTRIBUTES {
                break;
            }
            let value = match json::value(&stored[span.clone()]) {
                Ok(Value::String(text)) => cut(&text, MAXIMUM_VALUE),
                Ok(Value::Object | Value::Null) => continue,
                _ => cut(&String::from_utf8_lossy(&stored[span]), MAXIMUM_VALUE),
            };
            if !value.is_empty() {
                attributes.push(Attribute { name: short(&name), value });
            }
        }
        attributes
    };
    Ok(store.event_data_json(id, read)?.unwrap_or_default())
}

/// Where something lies, of Plaso's path specification: its own place and what that lies in.
fn path_of(specification: &str) -> Option<String> {
    let mut places = Vec::new();
    let mut json = specification.as_bytes();
    // A disk image in a partition in a container has about six; there is no end to what somebody
    // can make up.
    for _ in 0..16 {
        let mut members = json::Members::of(json).ok()?;
        let mut parent = None;
        while let Some((key, span)) = members.next_member().ok()? {
            match key {
                b"location" => {
                    if let Ok(Value::String(location)) = json::value(&json[span]) {
                        places.push(short(&location));
                    }
                }
                b"parent" => parent = Some(&json[span]),
                _ => {}
            }
        }
        match parent {
            Some(parent) => json = parent,
            None => break,
        }
    }
    (!places.is_empty()).then(|| places.join(" in "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let path = |json| path_of(json);
        assert_eq!(path(r#"{"location": "/a", "type_indicator": "OS"}"#).as_deref(), Some("/a"));
        let image = r#"{"location": "/b", "parent": {"location": "/p1", "parent": {"location": "/x.raw"}}}"#;
        assert_eq!(path(image).as_deref(), Some("/b in /p1 in /x.raw"));
        let packed = r#"{"compression_method": "xz", "parent": {"location": "/x.xz"}}"#;
        assert_eq!(path(packed).as_deref(), Some("/x.xz"));
        for nothing in ["", "{}", "[]", r#"{"location": 7}"#] {
            assert_eq!(path(nothing), None, "{nothing}");
        }
    }
}
