//! The rules that may have given a label, and which values of an event they match.

use events::{AttributeId, AttributeNames, EventData, EventView, Reads, StreamAttribute, Value, json};
use filter::{Diagnostics, Explanation, Part, RuleExplainer, Rules, tagging_file};
use storage::ReadPlan;

use crate::Time;
use crate::labelled_event::{Attribute, LabelledEvent};
use crate::table::short;
use crate::words::cut;

/// The maximum number of characters of an attribute's value.
const MAXIMUM_VALUE: usize = 400;
/// The maximum number of attributes of an event.
const MAXIMUM_ATTRIBUTES: usize = 24;
/// The rules that may have given a label.
pub(crate) struct CandidateRules {
    label: String,
    explainers: Vec<RuleExplainer>,
    /// Whether they are from a tagging file that the user named. Only then are their lines shown.
    are_named: bool,
    pub(crate) plan: ReadPlan,
}

impl CandidateRules {
    pub(crate) fn new(label: &str, tagging_file: Option<(&str, &Rules)>) -> Result<Self, Diagnostics> {
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
        let reads = Reads { event_data: true, stream: StreamAttribute::ALL.into(), labels };
        let plan = ReadPlan::new(names, &reads);
        Ok(Self { label: label.into(), explainers, are_named: tagging_file.is_some(), plan })
    }

    pub(crate) fn describe(&self, event: &EventView<'_>) -> LabelledEvent {
        let data_type = event.data.and_then(|data| data.get(AttributeId::DATA_TYPE));
        let mut described = LabelledEvent {
            event: event.event.id.rowid(),
            time: event.event.timestamp.map(Time),
            description: short(&event.event.timestamp_description),
            data_type: data_type.as_ref().and_then(Value::as_str).map(short).unwrap_or_default(),
            source: event.stream_attribute(StreamAttribute::PathSpec).and_then(path_of).unwrap_or_default(),
            rules: Vec::new(),
            attributes: Vec::new(),
            problem: None,
        };
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
        if described.attributes.is_empty() {
            described.attributes = event.data.map(all_attributes).unwrap_or_default();
        }
        described
    }
}

/// Adds the attribute and value of a comparison, except for attributes that are shown for every
/// event anyway.
fn add_attribute(comparison: &Explanation, attributes: &mut Vec<Attribute>) {
    if let Part::Comparison { attribute, value: Some(value), .. } = &comparison.part
        && !matches!(&**attribute, "data_type" | "timestamp" | "timestamp_desc")
        && attributes.len() < MAXIMUM_ATTRIBUTES
        && attributes.iter().all(|known| known.name != **attribute)
    {
        attributes.push(Attribute { name: short(attribute), value: cut(value, MAXIMUM_VALUE) });
    }
}

/// Returns the attributes of an event data as they are stored, without Plaso's internal ones.
fn all_attributes(data: &EventData<'_>) -> Vec<Attribute> {
    let mut attributes = Vec::new();
    for (name, stored) in data.members() {
        let name = String::from_utf8_lossy(name);
        if name.starts_with('_') || name == "data_type" {
            continue;
        }
        if attributes.len() == MAXIMUM_ATTRIBUTES {
            break;
        }
        let value = match json::value(stored) {
            Ok(Value::String(text)) => cut(&text, MAXIMUM_VALUE),
            Ok(Value::Object | Value::Null) => continue,
            _ => cut(&String::from_utf8_lossy(stored), MAXIMUM_VALUE),
        };
        if !value.is_empty() {
            attributes.push(Attribute { name: short(&name), value });
        }
    }
    attributes
}

/// Returns the location in one of Plaso's path specifications, and the locations of what contains
/// it.
fn path_of(specification: &str) -> Option<String> {
    let mut places = Vec::new();
    let mut json = specification.as_bytes();
    // A file in a partition of a disk image in a container has about six levels. The limit is for
    // made-up specifications.
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
