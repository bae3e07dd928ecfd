//! Walks through the values of an event, and looks each of them up.

use std::sync::Arc;

use events::{EventData, EventView, Value as Stored, json};
use filter::condition::Patterns;
use filter::{may_have_fields, visit_asked_fields, visit_fields};

use crate::attributes::{Holds, Plan, Role};
use crate::matching::finding::FindingId;
use crate::matching::matcher::{Matcher, STREAM_HASHES};
use crate::matching::tokens::{TOKENS, each_address};
use crate::model::IndicatorId;

/// How many data types have their attributes kept. A store has some hundred.
const MOST_DATA_TYPES: usize = 1 << 10;
/// How many bytes are compared for an event with indicators of the form `KEY\NAME`: its key,
/// once more for each value. A real key with all its values has a fraction of that.
const MOST_OF_NAMED_VALUES: usize = 1 << 20;

impl Matcher {
    /// Finds what an event meets, and calls `found` with each value that meets an indicator.
    pub(super) fn look_at(&mut self, event: &EventView<'_>, found: &mut dyn FnMut(IndicatorId, &str, &str)) {
        self.ids.clear();
        if self.is_wanted(Role::Hashes) {
            self.look_at_stream(event, found);
        }
        if let Some(data) = event.data {
            self.look_at_data(data, found);
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

    /// Looks at the hashes of the stream, or takes what the same hashes have met before.
    fn look_at_stream(&mut self, event: &EventView<'_>, found: &mut dyn FnMut(IndicatorId, &str, &str)) {
        let hashes = STREAM_HASHES.map(|attribute| event.stream_attribute(attribute).unwrap_or_default());
        if hashes == self.stream.hashes.each_ref().map(String::as_str) {
            self.ids.extend(&self.stream.ids);
            return;
        }
        for (attribute, hash) in STREAM_HASHES.into_iter().zip(hashes) {
            self.look_up(&[Role::Hashes], attribute.name(), hash, found);
        }
        for (kept, hash) in self.stream.hashes.iter_mut().zip(hashes) {
            kept.clear();
            kept.push_str(hash);
        }
        self.stream.ids.clone_from(&self.ids);
    }

    fn look_at_data(&mut self, data: &EventData<'_>, found: &mut dyn FnMut(IndicatorId, &str, &str)) {
        let plan = self.plan(data.data_type());
        if plan.is_empty() {
            return;
        }
        let has_keys = self.tables.index.has_keys();
        let mut key = None;
        let mut names = Vec::new();
        let mut walk = data.walk();
        while let Some(name) = walk.next_name() {
            let Some(holds) = plan.get(name) else { continue };
            let Ok(name) = std::str::from_utf8(name) else { continue };
            let stored = if holds.has_registry_values {
                self.look_at_registry_values(data, &mut walk, &mut names, found)
            } else {
                walk.value()
            };
            let Some(stored) = stored else { break };
            if name == TOKENS {
                each_address(stored, &mut |text| self.look_up(&holds.roles, name, text, found));
                continue;
            }
            if may_meet(holds, name, stored)
                && let Some(value) = data.decoded(json::member_value(stored))
            {
                let before = self.ids.len();
                self.look_at_value(holds, name, &value, found);
                if let Stored::String(path) = &value
                    && has_keys
                    && holds.roles.contains(&Role::Key)
                {
                    key = Some((path.to_string(), self.ids[before..].to_vec()));
                }
            }
        }
        if let Some((key, of_key)) = key {
            self.look_at_named_values(&key, of_key, &names, found);
        }
    }

    /// Looks up the values of a key by the names that lists give them: the key, and the name of the
    /// value behind it.
    fn look_at_named_values(
        &mut self,
        key: &str,
        mut of_key: Vec<IndicatorId>,
        names: &[String],
        found: &mut dyn FnMut(IndicatorId, &str, &str),
    ) {
        // What the key meets, the names of its values would meet once more.
        of_key.sort_unstable();
        let mut left = MOST_OF_NAMED_VALUES;
        for name in names {
            let named = format!("{key}\\{name}");
            let Some(rest) = left.checked_sub(named.len()) else { break };
            left = rest;
            self.look_up(&[Role::Key], "values", &named, &mut |id, name, value| {
                if of_key.binary_search(&id).is_err() {
                    found(id, name, value);
                }
            });
        }
    }

    /// Returns what the attributes of a data type have, as far as it may meet indicators.
    fn plan(&mut self, data_type: &[u8]) -> Arc<Plan> {
        if let Some(plan) = self.plans.get(data_type) {
            return Arc::clone(plan);
        }
        let plan = Plan::new(&String::from_utf8_lossy(data_type), |role| self.is_wanted(role));
        let plan = Arc::new(plan);
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
                    self.look_up_field(&holds.roles, name, field, text, found);
                });
            } else {
                self.seen[Role::Text as usize] += 1;
            }
        }
        if !holds.fields.is_empty() {
            let mut look_up = |field: &str, text: &str| {
                if let Some(roles) = holds.fields.get(field)
                    && !matches!(text, "" | "-")
                {
                    self.look_up_field(roles, name, field, text, found);
                }
            };
            holds.with_fields(|asks| visit_asked_fields(name, value, asks, &mut look_up));
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

    /// Looks up a value in its roles.
    pub(super) fn look_up(
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
    pub(super) fn report(
        &mut self,
        start: usize,
        attribute: &str,
        text: &str,
        found: &mut dyn FnMut(IndicatorId, &str, &str),
    ) {
        if self.ids.len() == start {
            return;
        }
        sort_and_dedup(&mut self.ids, start);
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

/// Keeps each of the last indicators once. A text may repeat an indicator many times.
fn sort_and_dedup(ids: &mut Vec<IndicatorId>, start: usize) {
    ids[start..].sort_unstable();
    let mut end = start;
    for position in start..ids.len() {
        if end == start || ids[end - 1] != ids[position] {
            ids[end] = ids[position];
            end += 1;
        }
    }
    ids.truncate(end);
}

/// Returns whether a value may meet something, beside the values of a registry key. If not, it need
/// not be decoded.
fn may_meet(holds: &Holds, name: &str, stored: &[u8]) -> bool {
    let may_have = || holds.with_fields(|asks| may_have_fields(name, stored, asks));
    !holds.roles.is_empty() || !holds.fields.is_empty() && may_have()
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
pub(super) fn each_text(value: &Stored<'_>, visit: &mut dyn FnMut(&str)) {
    match value {
        Stored::String(text) => visit(text),
        Stored::List { members, .. } => members.iter().for_each(|member| each_text(member, visit)),
        Stored::Null | Stored::Boolean(_) | Stored::Integer(_) | Stored::Float(_) | Stored::Object => {}
    }
}
