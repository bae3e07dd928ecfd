//! Finds the indicators that an event meets, fast however many there are.
//!
//! An event has few values and a list a million, so values are looked up, not indicators searched
//! for: [`attributes`](crate::attributes) says what the values of an event are, and [`index`] has a
//! hash table for each kind. A host is looked up with each domain that it is in, a path by its last
//! components, an address with each length of prefix that a list has. Only patterns are searched
//! for, all together. So the time of an event does not depend on the number of indicators.

mod build_error;
mod free_text;
mod groups;
mod index;
mod paths;
mod patterns;
mod table;

use std::sync::Arc;

use events::{EventView, Reads, StreamAttribute, Value as Stored, json};
use filter::condition::{Patterns, Regex};
use filter::visit_fields;
use rustc_hash::FxHashMap;

use crate::attributes::{Holds, Plan, Role, plan};
use crate::model::{Details, Indicator, IndicatorId, Indicators, Kind, ListId};
pub use build_error::{BuildError, written};
use free_text::FreeText;
use groups::{Groups, each_indicator};
use index::{Index, Scratch};

/// How many data types have their attributes kept. A store has some hundred.
const MOST_DATA_TYPES: usize = 1 << 10;

/// How many values of a registry key are looked up.
const MOST_REGISTRY_VALUES: usize = 1_000;

/// How indicators are compared with events.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Values are also looked for in texts for people.
    pub text: bool,
    /// A URL is found if an indicator is its beginning.
    pub url_prefix: bool,
}

/// The number of a finding: an indicator, or a combination of indicators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId(pub u32);

/// What a finding is about.
#[derive(Debug, Clone)]
pub struct Finding<'a> {
    /// The list.
    pub list: ListId,
    /// The line in the list's file.
    pub line: u32,
    /// The kind of the indicator, or `None` for a combination.
    pub kind: Option<Kind>,
    /// The indicator, or `None` for a combination.
    pub indicator: Option<Indicator<'a>>,
    /// The value as the list has it.
    pub value: String,
    /// What the list says about it.
    pub details: Details<'a>,
}

/// A value of an event that meets an indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// The indicator.
    pub indicator: IndicatorId,
    /// The attribute that has the value.
    pub attribute: String,
    /// The value.
    pub value: String,
}

/// Compares events with indicators. A clone shares the look-up tables.
#[derive(Debug, Clone)]
pub struct Matcher {
    tables: Arc<Tables>,
    plans: FxHashMap<Box<[u8]>, Arc<Plan>>,
    scratch: Scratch,
    ids: Vec<IndicatorId>,
    /// How many values of each role were seen.
    seen: [u64; Role::ALL.len()],
    /// The number of the event data that `found` is about.
    last: Option<u64>,
    found: Vec<FindingId>,
    given_up: u64,
}

/// What does not change while events are compared.
#[derive(Debug)]
struct Tables {
    indicators: Indicators,
    index: Index,
    /// Regular expressions of false positives.
    except: FxHashMap<IndicatorId, Patterns>,
    groups: Groups,
    free_text: Option<FreeText>,
}

impl Matcher {
    /// Arranges indicators for matching.
    ///
    /// # Errors
    ///
    /// If a pattern cannot be used, or there are too many.
    pub fn new(indicators: Indicators, options: Options) -> Result<Self, BuildError> {
        let index = Index::new(&indicators, options.url_prefix)?;
        let mut except = FxHashMap::default();
        for indicator in indicators.iter().filter(|indicator| indicator.except.is_some()) {
            let regex = Regex { pattern: indicator.except.unwrap_or_default().into(), ..Regex::default() };
            let patterns = Patterns::new([&regex])
                .map_err(|unusable| BuildError::new(&indicators, &indicator, unusable.reason))?;
            except.insert(indicator.id, patterns);
        }
        let free_text = options.text.then(|| FreeText::new(&index)).transpose()?;
        let groups = Groups::new(&indicators);
        Ok(Self {
            tables: Arc::new(Tables { indicators, index, except, groups, free_text }),
            plans: FxHashMap::default(),
            scratch: Scratch::default(),
            ids: Vec::new(),
            seen: Default::default(),
            last: None,
            found: Vec::new(),
            given_up: 0,
        })
    }

    /// Returns what must be read of events.
    #[must_use]
    pub fn reads() -> Reads {
        let stream = [StreamAttribute::Md5Hash, StreamAttribute::Sha1Hash, StreamAttribute::Sha256Hash];
        Reads { event_data: true, stream: stream.into(), ..Reads::default() }
    }

    /// Returns the indicators.
    #[must_use]
    pub fn indicators(&self) -> &Indicators {
        &self.tables.indicators
    }

    /// Returns what an event meets, ascending.
    pub fn find(&mut self, event: &EventView<'_>) -> &[FindingId] {
        let number = event.data.map(|data| data.number());
        if number.is_none() || number != self.last {
            self.last = number;
            self.look_at(event, &mut |_, _, _| {});
        }
        &self.found
    }

    /// Returns the values of an event that meet indicators. Indicators of combinations are among
    /// them, even if the combinations are not met.
    pub fn explain(&mut self, event: &EventView<'_>) -> Vec<Met> {
        let mut met = Vec::new();
        self.last = None;
        self.look_at(event, &mut |indicator, attribute, value| {
            let new = Met { indicator, attribute: attribute.into(), value: value.into() };
            if !met.contains(&new) {
                met.push(new);
            }
        });
        met
    }

    /// Returns what a finding is about.
    #[must_use]
    pub fn finding(&self, id: FindingId) -> Finding<'_> {
        match (id.0 as usize).checked_sub(self.tables.indicators.len()) {
            None => {
                let indicator = self.tables.indicators.get(IndicatorId(id.0));
                Finding {
                    list: indicator.list,
                    line: indicator.line,
                    kind: Some(indicator.kind),
                    value: written(&indicator),
                    details: indicator.details,
                    indicator: Some(indicator),
                }
            }
            Some(number) => {
                let group = self.tables.indicators.group(number as u32);
                Finding {
                    list: group.list,
                    line: group.line,
                    kind: None,
                    indicator: None,
                    value: group.written.to_owned(),
                    details: group.details,
                }
            }
        }
    }

    /// Returns the number of findings that are possible.
    #[must_use]
    pub fn count(&self) -> usize {
        self.tables.indicators.len() + self.tables.indicators.groups().len()
    }

    /// Returns the kinds of indicators that the events seen so far have no values for.
    #[must_use]
    pub fn undecided_kinds(&self) -> Vec<Kind> {
        let is_decided = |kind: &Kind| {
            let mut roles = Role::ALL.iter().filter(|(role, ..)| self.seen[*role as usize] > 0);
            roles.any(|(role, _, kinds)| {
                kinds.contains(kind) || *role == Role::Text && self.tables.free_text.is_some()
            })
        };
        Kind::ALL.into_iter().filter(|kind| !is_decided(kind)).collect()
    }

    /// Adds what a clone has seen.
    pub fn merge(&mut self, other: &Self) {
        self.seen.iter_mut().zip(other.seen).for_each(|(seen, more)| *seen += more);
        self.given_up += other.given_up;
    }

    /// Returns how often a pattern was given up, because a value was too long, since the last call.
    pub fn take_given_up(&mut self) -> u64 {
        std::mem::take(&mut self.given_up)
    }

    fn look_at(&mut self, event: &EventView<'_>, found: &mut dyn FnMut(IndicatorId, &str, &str)) {
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

/// Returns the kinds of the indicators of a combination.
#[must_use]
pub fn kinds_of_group(indicators: &Indicators, number: u32) -> Vec<Kind> {
    let mut kinds = Vec::new();
    each_indicator(indicators.group(number).root, &mut |id| kinds.push(indicators.get(id).kind));
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

#[cfg(test)]
mod tests;
