//! Walks through the values of an event, and looks each of them up.

use std::sync::Arc;

use events::{EventView, StreamAttribute, Value as Stored, json};
use filter::condition::Patterns;
use filter::visit_fields;

use crate::attributes::{Holds, Plan, Role, plan};
use crate::matching::finding::FindingId;
use crate::matching::matcher::Matcher;
use crate::model::{IndicatorId, Kind};

/// How many data types have their attributes kept. A store has some hundred.
const MOST_DATA_TYPES: usize = 1 << 10;

/// How many values of a registry key are looked up.
const MOST_REGISTRY_VALUES: usize = 1_000;

impl Matcher {
    /// Finds what an event meets, and calls `found` with each value that meets an indicator.
    pub(super) fn look_at(&mut self, event: &EventView<'_>, found: &mut dyn FnMut(IndicatorId, &str, &str)) {
        self.ids.clear();
        for attribute in [StreamAttribute::Md5Hash, StreamAttribute::Sha1Hash, StreamAttribute::Sha256Hash] {
            if let Some(hash) = event.stream_attribute(attribute) {
                self.look_up(&[Role::Hashes], attribute.name(), hash, found);
            }
        }
        if let Some(data) = event.data {
            let plan = self.plan(data.data_type());
            let mut key = None;
            let mut names = Vec::new();
            for (name, stored) in data.members() {
                let Some(holds) = plan.get(name) else { continue };
                let (Ok(name), Ok(value)) = (std::str::from_utf8(name), json::value(stored)) else {
                    continue;
                };
                self.look_at_value(holds, name, &value, found);
                match &value {
                    Stored::String(path) if holds.roles.contains(&Role::Key) => key = Some(path.to_string()),
                    value if holds.roles.contains(&Role::RegistryValues) => {
                        self.look_at_registry_values(value, &mut names, found);
                    }
                    _ => {}
                }
            }
            // A list writes the name of a value behind its key.
            if let Some(key) = key.filter(|_| !self.tables.index.keys.is_empty()) {
                for name in names {
                    self.look_up(&[Role::Key], "values", &format!("{key}\\{name}"), found);
                }
            }
        }
        self.ids.sort_unstable();
        self.ids.dedup();
        self.found.clear();
        let alone = self.ids.iter().filter(|id| !self.tables.indicators.get(**id).in_group);
        self.found.extend(alone.map(|id| FindingId(id.0)));
        let first_group = self.tables.indicators.len() as u32;
        let groups = self.tables.groups.find(&self.tables.indicators, &self.ids);
        self.found.extend(groups.into_iter().map(|number| FindingId(first_group + number)));
        if std::mem::take(&mut self.scratch.has_given_up) {
            self.given_up += 1;
        }
    }

    fn plan(&mut self, data_type: &[u8]) -> Arc<Plan> {
        if let Some(plan) = self.plans.get(data_type) {
            return Arc::clone(plan);
        }
        let plan = Arc::new(plan(&String::from_utf8_lossy(data_type)));
        if self.plans.len() < MOST_DATA_TYPES {
            self.plans.insert(data_type.into(), Arc::clone(&plan));
        }
        plan
    }

    fn look_at_value(
        &mut self,
        holds: &Holds,
        name: &str,
        value: &Stored<'_>,
        found: &mut dyn FnMut(IndicatorId, &str, &str),
    ) {
        if !holds.roles.is_empty() {
            let of_fields = name == "xml_string";
            if !of_fields {
                each_text(value, &mut |text| self.look_up(&holds.roles, name, text, found));
            } else if self.tables.free_text.is_some() || self.tables.index.has_keywords() {
                visit_fields(name, value, |field, text| {
                    self.look_up(&holds.roles, &format!("{name}.{field}"), text, found);
                });
            } else {
                self.seen[Role::Text as usize] += 1;
            }
        }
        if !holds.fields.is_empty() {
            visit_fields(name, value, |field, text| {
                if let Some(roles) = holds.fields.get(field)
                    && !matches!(text, "" | "-")
                {
                    self.look_up_field(roles, name, field, text, found);
                }
            });
        }
    }

    fn look_up_field(
        &mut self,
        roles: &[Role],
        name: &str,
        field: &str,
        text: &str,
        found: &mut dyn FnMut(IndicatorId, &str, &str),
    ) {
        self.look_up(roles, name, text, &mut |id, _, value| found(id, &format!("{name}.{field}"), value));
    }

    /// Looks up the names and the data of the values of a registry key.
    fn look_at_registry_values(
        &mut self,
        values: &Stored<'_>,
        names: &mut Vec<String>,
        found: &mut dyn FnMut(IndicatorId, &str, &str),
    ) {
        let Stored::List { members, .. } = values else { return };
        for member in members.iter().take(MOST_REGISTRY_VALUES) {
            let Stored::List { members, .. } = member else { continue };
            let [Stored::String(name), _, data] = members.as_slice() else { continue };
            self.seen[Role::RegistryValues as usize] += 1;
            let start = self.ids.len();
            self.tables.index.find_text(Kind::RegistryValue, name, &mut self.scratch, &mut self.ids);
            self.report(start, "values", name, found);
            names.push(name.to_string());
            let number = match data {
                Stored::Integer(number) => Some(number.to_string()),
                _ => None,
            };
            each_text(data, &mut |text| {
                self.look_up(&[Role::RegistryData, Role::Command], "values", text, found)
            });
            if let Some(number) = number {
                self.look_up(&[Role::RegistryData], "values", &number, found);
            }
        }
    }

    /// Looks up a value in its roles.
    fn look_up(
        &mut self,
        roles: &[Role],
        attribute: &str,
        text: &str,
        found: &mut dyn FnMut(IndicatorId, &str, &str),
    ) {
        if text.is_empty() {
            return;
        }
        let start = self.ids.len();
        for role in roles {
            self.seen[*role as usize] += 1;
            self.tables.index.find(&self.tables.indicators, *role, text, &mut self.scratch, &mut self.ids);
            if *role == Role::Text
                && let Some(free_text) = &self.tables.free_text
            {
                free_text.find(
                    &self.tables.indicators,
                    &self.tables.index,
                    text,
                    &mut self.scratch,
                    &mut self.ids,
                );
            }
        }
        if self.tables.index.has_keywords() {
            self.tables.index.find_keywords(text, &mut self.scratch, &mut self.ids);
        }
        self.report(start, attribute, text, found);
    }

    /// Takes out false positives among the indicators that were found in a value, and reports the
    /// others.
    fn report(
        &mut self,
        start: usize,
        attribute: &str,
        text: &str,
        found: &mut dyn FnMut(IndicatorId, &str, &str),
    ) {
        if self.ids.len() == start {
            return;
        }
        if !self.tables.except.is_empty() {
            let mut position = 0;
            self.ids.retain(|id| {
                position += 1;
                position <= start || self.tables.except.get(id).is_none_or(|except| !is_found(except, text))
            });
        }
        for id in &self.ids[start..] {
            found(*id, attribute, text);
        }
    }
}

/// Returns whether a regular expression matches in a path, with separators of either kind.
fn is_found(patterns: &Patterns, text: &str) -> bool {
    let mut is_found = false;
    patterns.find(text, |_| is_found = true);
    if text.contains('/') {
        patterns.find(&text.replace('/', "\\"), |_| is_found = true);
    }
    is_found
}

/// Calls `visit` with a text, or with each text in a list.
fn each_text(value: &Stored<'_>, visit: &mut dyn FnMut(&str)) {
    match value {
        Stored::String(text) => visit(text),
        Stored::List { members, .. } => members.iter().for_each(|member| each_text(member, visit)),
        Stored::Null | Stored::Boolean(_) | Stored::Integer(_) | Stored::Float(_) | Stored::Object => {}
    }
}
