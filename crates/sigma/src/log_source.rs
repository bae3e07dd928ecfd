//! The events that a log source means, and where they have its fields. `log_sources.yml` has the
//! facts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use filter::REGISTRY_VALUE;
use filter::condition::{Case, Check, Condition, Part};

use crate::detection::Detection;
use crate::problem::Problem;
use crate::rule::LogSource;
use crate::yaml::{self, Name, Node};

/// The log sources that Plaso has events of.
static KNOWN: LazyLock<LogSources> = LazyLock::new(|| {
    let read = LogSources::read(include_str!("log_sources.yml"));
    // A test reads the file.
    read.unwrap_or_default()
});

/// Returns the events that a log source means, or `None` if Plaso has none. Events that say how
/// things are, not what happened, are among them.
pub(crate) fn events_of(source: &LogSource) -> Option<Vec<&'static Events>> {
    if let Some(events) = KNOWN.events.get(source) {
        return Some(events.iter().collect());
    }
    let found: Vec<_> = match source {
        // A category of Windows in one of the logs that have it.
        LogSource { product: Some(_), category: Some(_), service: Some(service) } => {
            let of_category = LogSource { service: None, ..source.clone() };
            let events = KNOWN.events.get(&of_category).into_iter().flatten();
            events.filter(|events| events.service.as_ref() == Some(service)).collect()
        }
        // A category of any product.
        LogSource { product: None, category: Some(_), service: None } => KNOWN
            .events
            .iter()
            .filter(|(known, _)| source.includes(known))
            .flat_map(|(_, events)| events)
            .collect(),
        _ => Vec::new(),
    };
    (!found.is_empty()).then_some(found)
}

/// Returns the log sources that Plaso has events of, and that have the category or the service of
/// this one, and no part that contradicts it.
pub(crate) fn similar_sources(source: &LogSource) -> Vec<&'static LogSource> {
    let fits =
        |own: &Option<String>, known: &Option<String>| own.is_none() || known.is_none() || own == known;
    let shares = |own: &Option<String>, known: &Option<String>| own.is_some() && own == known;
    let is_similar = |known: &&LogSource| {
        fits(&source.product, &known.product)
            && fits(&source.category, &known.category)
            && fits(&source.service, &known.service)
            && (shares(&source.category, &known.category) || shares(&source.service, &known.service))
    };
    KNOWN.events.keys().filter(is_similar).collect()
}

/// Returns the names of all fields that the events of a log source have, if they are known.
pub(crate) fn known_fields(source: &LogSource) -> Option<&'static BTreeSet<String>> {
    let category = source.category.as_ref().filter(|_| source.product.as_deref() == Some("windows"));
    KNOWN.known_fields.get(category?)
}

/// Returns where the events of a log source have a field: the attributes for each data type.
pub(crate) fn attributes_of(source: &LogSource, field: &str) -> Vec<(&'static str, Vec<String>)> {
    let mut found: Vec<(&'static str, Vec<String>)> = Vec::new();
    for events in events_of(source).unwrap_or_default() {
        let Some(attributes) = events.attributes(field) else { continue };
        let known = found.iter().position(|(data_type, _)| *data_type == events.data_type);
        let at = known.unwrap_or_else(|| {
            found.push((&events.data_type, Vec::new()));
            found.len() - 1
        });
        for attribute in attributes {
            if !found[at].1.contains(&attribute) {
                found[at].1.push(attribute);
            }
        }
    }
    found
}

/// What a test of a field is that events cannot have.
#[derive(Debug, Clone, Copy)]
enum AbsentField {
    /// An error: a rule is not about these events.
    Refused,
    /// False, as for an event without a value. A filter must not take events away from a rule only
    /// because they lack its fields.
    False,
}

/// Events of one kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Events {
    pub(crate) data_type: String,
    /// The service of Windows that has them.
    service: Option<String>,
    /// Attributes, each with the values of which it must have one.
    conditions: Vec<(String, Vec<String>)>,
    /// The attributes of a field.
    fields: BTreeMap<String, Vec<String>>,
    /// For a field the words that rules write, in lower case, and what these events have instead.
    values: BTreeMap<String, BTreeMap<String, String>>,
    /// The attribute in which all other fields are.
    fields_in: Option<String>,
    /// Whether one member of a registry key must meet the whole detection, because an event has the
    /// key with all its values.
    has_members: bool,
    /// Whether they say how things are, and not what happened.
    pub(crate) is_state: bool,
}

impl Events {
    /// Returns the condition that an event is one of these and meets a detection and filters. The
    /// error is the name of a field of the detection that these events cannot have.
    pub(crate) fn condition<'d>(
        &self,
        detection: &'d Detection,
        filters: &[&'d Detection],
    ) -> Result<Condition, &'d str> {
        let text = |attribute: &str, value: &str, case| {
            Condition::of(attribute, Check::Text(Part::Whole, value.into(), case))
        };
        let mut all = Vec::new();
        for (attribute, values) in &self.conditions {
            all.push(any(values.iter().map(|value| text(attribute, value, Case::Folded)).collect()));
        }
        match self.translated(detection, AbsentField::Refused)? {
            Condition::All(more) => all.extend(more),
            other => all.push(other),
        }
        // One level for all filters: each further level takes a piece of the stack wherever it is
        // read.
        for filter in filters {
            all.push(self.translated(filter, AbsentField::False)?);
        }
        if self.has_members {
            let member = Check::Member(Box::new(Condition::All(all)));
            all = vec![Condition::of(REGISTRY_VALUE, member)];
        }
        all.insert(0, text("data_type", &self.data_type, Case::Exact));
        Ok(Condition::All(all))
    }

    fn translated<'d>(&self, detection: &'d Detection, absent: AbsentField) -> Result<Condition, &'d str> {
        let all = |all: &'d [Detection]| {
            all.iter().map(|one| self.translated(one, absent)).collect::<Result<_, _>>()
        };
        Ok(match detection {
            Detection::All(conditions) => Condition::All(all(conditions)?),
            Detection::Any(conditions) => Condition::Any(all(conditions)?),
            Detection::Not(condition) => self.translated(condition, absent)?.negated(),
            Detection::Test(test) => match &test.field {
                None => Condition::of_event(test.check.clone()),
                Some(field) => match (self.test(field, &test.check), absent) {
                    (Err(_), AbsentField::False) => Condition::Any(Vec::new()),
                    (condition, _) => condition?,
                },
            },
        })
    }

    fn test<'d>(&self, field: &'d str, check: &'d Check) -> Result<Condition, &'d str> {
        let attributes = self.attributes(field).ok_or(field)?;
        let checks = match check {
            Check::Attribute(part, other, case) => {
                let others = self.attributes(other).ok_or(other.as_str())?;
                others.into_iter().map(|other| Check::Attribute(*part, other, *case)).collect()
            }
            check => vec![self.recorded(field, check)],
        };
        let of = |attribute: &String| {
            checks.iter().map(|check| Condition::of(attribute, check.clone())).collect::<Vec<_>>()
        };
        Ok(any(attributes.iter().flat_map(of).collect()))
    }

    /// Returns the check of a field with what these events have in the place of the word of a rule.
    fn recorded(&self, field: &str, check: &Check) -> Check {
        let Check::Text(Part::Whole, word, case) = check else { return check.clone() };
        let recorded = self.values.get(field).and_then(|values| values.get(&word.to_lowercase()));
        recorded.map_or_else(|| check.clone(), |value| Check::Text(Part::Whole, value.clone(), *case))
    }

    /// Returns whether these events can have a field.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields_in.is_some() || self.fields.contains_key(field)
    }

    /// Returns the attributes that have a field, or `None` if these events cannot have it.
    fn attributes(&self, field: &str) -> Option<Vec<String>> {
        if let Some(attributes) = self.fields.get(field) {
            return Some(attributes.clone());
        }
        // Windows has names with blanks, which rules write without.
        let field: String = field.chars().filter(|c| *c != ' ').collect();
        self.fields_in.as_ref().map(|attribute| vec![format!("{attribute}.{field}")])
    }
}

fn any(mut conditions: Vec<Condition>) -> Condition {
    if conditions.len() == 1 { conditions.remove(0) } else { Condition::Any(conditions) }
}

#[derive(Debug, Default)]
struct LogSources {
    events: BTreeMap<LogSource, Vec<Events>>,
    /// The names of all fields of a category of Windows.
    known_fields: BTreeMap<String, BTreeSet<String>>,
}

impl LogSources {
    fn read(text: &str) -> Result<Self, Problem> {
        let documents = yaml::documents(text)?;
        let Some(document) = documents.first() else { return Ok(Self::default()) };
        let windows = required(document, "windows")?;
        let base = read_events(windows, &BTreeMap::new())?;
        let mut services = BTreeMap::new();
        for (service, channels) in required(windows, "services")?.members() {
            let conditions = vec![("xml_string.Channel".into(), texts(channels))];
            let service = service.text.clone();
            services.insert(service.clone(), Events { service: Some(service), conditions, ..base.clone() });
        }
        let mut read = Self::default();
        let of_windows = LogSource { product: Some("windows".into()), ..LogSource::default() };
        read.events.insert(of_windows.clone(), vec![base]);
        for (service, events) in &services {
            let source = LogSource { service: Some(service.clone()), ..of_windows.clone() };
            read.events.insert(source, vec![events.clone()]);
        }
        for (category, events) in required(windows, "categories")?.members() {
            let source = LogSource { category: Some(category.text.clone()), ..of_windows.clone() };
            read.add(source, events, &services)?;
        }
        let known = required(windows, "known_fields")?;
        let of_all = texts(required(known, "all")?);
        for (category, fields) in known.members() {
            let fields = texts(fields).into_iter().chain(of_all.clone());
            read.known_fields.insert(category.text.clone(), fields.collect());
        }
        for other in required(document, "others")?.list() {
            let source = required(other, "source")?;
            let text = |name| source.get(name).and_then(Node::text).map(str::to_owned);
            let source =
                LogSource { product: text("product"), category: text("category"), service: text("service") };
            read.add(source, required(other, "events")?, &services)?;
        }
        Ok(read)
    }

    fn add(
        &mut self,
        source: LogSource,
        events: &Node,
        services: &BTreeMap<String, Events>,
    ) -> Result<(), Problem> {
        let mut all = Vec::new();
        for events in events.list() {
            let read = read_events(events, services)?;
            let data_types = events.get("data_type").map(texts).unwrap_or(vec![read.data_type.clone()]);
            all.extend(data_types.into_iter().map(|data_type| Events { data_type, ..read.clone() }));
        }
        self.events.insert(source, all);
        Ok(())
    }
}

/// Reads an entry. If it names a service of Windows, its fields are names of fields of that log.
fn read_events(node: &Node, services: &BTreeMap<String, Events>) -> Result<Events, Problem> {
    let (mut events, is_of_service) = match node.get("service") {
        Some(service) => {
            let found = service.text().and_then(|service| services.get(service));
            let unknown = || Problem::at(service.place, "there is no such service".into());
            (found.cloned().ok_or_else(unknown)?, true)
        }
        None => {
            let data_type = required(node, "data_type")?.text().unwrap_or_default().to_owned();
            (Events { data_type, ..Events::default() }, false)
        }
    };
    let fields = node.get("fields").map(Node::members).unwrap_or_default();
    let mut renamed = BTreeMap::new();
    for (name, attributes) in fields {
        let attributes = texts(attributes);
        let attributes = match is_of_service {
            true => attributes.iter().filter_map(|field| events.attributes(field)).flatten().collect(),
            false => attributes,
        };
        renamed.insert(name.text.clone(), attributes);
    }
    events.fields.append(&mut renamed);
    for (field, values) in node.get("values").map(Node::members).unwrap_or_default() {
        let value = |(word, value): &(Name, Node)| Some((word.text.to_lowercase(), value.text()?.to_owned()));
        let values = values.members().iter().filter_map(value).collect();
        events.values.insert(field.text.clone(), values);
    }
    if let Some(attribute) = node.get("fields_in").and_then(Node::text) {
        events.fields_in = Some(attribute.to_owned());
    }
    events.is_state = node.get("state").is_some();
    events.has_members = node.get("members").is_some();
    for (name, values) in node.get("where").map(Node::members).unwrap_or_default() {
        let attributes = events.attributes(&name.text).unwrap_or_default();
        let unknown = || Problem::at(name.place, "this field is not among the fields".into());
        events.conditions.push((attributes.into_iter().next().ok_or_else(unknown)?, texts(values)));
    }
    Ok(events)
}

fn required<'n>(node: &'n Node, name: &str) -> Result<&'n Node, Problem> {
    node.get(name).ok_or_else(|| Problem::at(node.place, format!("there is no `{name}`")))
}

fn texts(node: &Node) -> Vec<String> {
    node.list().iter().filter_map(Node::text).map(str::to_owned).collect()
}

/// Returns the data types of all events that rules may be about.
#[must_use]
pub fn data_types() -> BTreeSet<&'static str> {
    KNOWN.events.values().flatten().map(|events| events.data_type.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(product: &str, category: &str, service: &str) -> LogSource {
        let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        LogSource { product: part(product), category: part(category), service: part(service) }
    }

    fn shown(source: &LogSource) -> Vec<String> {
        let detection = Detection::Test(crate::detection::Test {
            field: Some("Image".into()),
            check: Check::Exists,
            place: crate::problem::Place { line: 1, column: 1 },
            is_vague: false,
        });
        let events = events_of(source).unwrap_or_default();
        events
            .into_iter()
            .map(|events| match events.condition(&detection, &[]) {
                Ok(condition) => condition.to_string(),
                Err(field) => format!("{} has no {field}", events.data_type),
            })
            .collect()
    }

    #[test]
    fn the_file_can_be_read() {
        let read = LogSources::read(include_str!("log_sources.yml")).unwrap();
        assert!(read.events.len() > 90, "{}", read.events.len());
    }

    #[test]
    fn a_log_source_means_events() {
        let shown_of = |product, category, service| shown(&source(product, category, service)).join("\n");
        insta::assert_snapshot!(
            [
                shown_of("windows", "process_creation", ""),
                shown_of("windows", "process_creation", "sysmon"),
                shown_of("windows", "", "powershell"),
                shown_of("linux", "", "auditd"),
                shown_of("", "webserver", ""),
                shown_of("", "process_creation", ""),
                shown_of("zeek", "", "dns"),
            ]
            .join("\n\n")
        );
    }
}
