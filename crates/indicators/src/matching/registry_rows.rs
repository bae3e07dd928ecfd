//! Looks up the values of a registry key.
//!
//! Some events have hundreds of values, and no list has most of them. So they are read where they
//! stand, once, and only what may meet an indicator is decoded.

use events::{AttributeWalk, EventData, Value as Stored, json};

use crate::attributes::Role;
use crate::matching::commands::Signs;
use crate::matching::index::Index;
use crate::matching::matcher::Matcher;
use crate::matching::walk::each_text;
use crate::model::{IndicatorId, Kind};

/// How many values of a registry key are looked up.
const MOST_REGISTRY_VALUES: usize = 1_000;

/// What is known of the values of a registry key while they are looked at.
struct RegistryRows {
    has_names: bool,
    has_data: bool,
    /// Data without these signs meets nothing, and need not be decoded.
    signs: Option<Signs>,
    count: usize,
    is_broken: bool,
}

impl RegistryRows {
    fn new(index: &Index) -> Self {
        let has_data = index.has_keywords() || index.has_kind(Kind::RegistryData);
        Self {
            has_names: index.has_keys() || index.has_kind(Kind::RegistryValue),
            has_data,
            signs: if has_data { None } else { index.signs_of_commands() },
            count: 0,
            is_broken: false,
        }
    }
}

impl Matcher {
    /// Looks up the names and the data of the values of a registry key, which are the current value
    /// of the walk, and returns this value as it is written. Adds the names of the values to
    /// `names`, if keys are looked for.
    pub(super) fn look_at_registry_values<'a>(
        &mut self,
        data: &EventData<'a>,
        walk: &mut AttributeWalk<'_, 'a>,
        names: &mut Vec<String>,
        found: &mut dyn FnMut(IndicatorId, &str, &str),
    ) -> Option<&'a [u8]> {
        let mut rows = RegistryRows::new(&self.tables.index);
        let values = walk.rows(|row| self.look_at_row(row, &mut rows, names, found))?;
        if rows.is_broken {
            // The event data then has the error, with its place in the attribute, that it has for
            // whoever asks for the attribute.
            data.decoded(json::member_value(values));
        }
        Some(values)
    }

    /// Looks up the name and the data of a value.
    fn look_at_row(
        &mut self,
        row: &[&[u8]],
        rows: &mut RegistryRows,
        names: &mut Vec<String>,
        found: &mut dyn FnMut(IndicatorId, &str, &str),
    ) {
        let [name, _, content] = *row else { return };
        if rows.count == MOST_REGISTRY_VALUES || !name.starts_with(b"\"") {
            return;
        }
        rows.count += 1;
        self.seen[Role::RegistryValues as usize] += 1;
        if rows.has_names {
            match json::member_value(name) {
                Ok(Stored::String(name)) => self.look_at_registry_name(&name, names, found),
                Ok(_) => {}
                Err(_) => rows.is_broken = true,
            }
        }
        if let Some(signs) = rows.signs
            && let [b'"', inside @ .., b'"'] = content
            && signs.are_missing_in(inside)
        {
            self.seen[Role::Command as usize] += u64::from(!inside.is_empty());
            return;
        }
        if rows.has_data || matches!(content, [b'"' | b'[' | b'{', ..]) {
            match json::member_value(content) {
                Ok(content) => self.look_at_registry_data(&content, rows.has_data, found),
                Err(_) => rows.is_broken = true,
            }
        }
    }

    fn look_at_registry_name(
        &mut self,
        name: &str,
        names: &mut Vec<String>,
        found: &mut dyn FnMut(IndicatorId, &str, &str),
    ) {
        let start = self.ids.len();
        self.tables.index.find_text(Kind::RegistryValue, name, &mut self.scratch, &mut self.ids);
        self.report(start, "values", name, found);
        if self.tables.index.has_keys() {
            names.push(name.to_owned());
        }
    }

    fn look_at_registry_data(
        &mut self,
        data: &Stored<'_>,
        has_data: bool,
        found: &mut dyn FnMut(IndicatorId, &str, &str),
    ) {
        let roles = if has_data { &[Role::RegistryData, Role::Command][..] } else { &[Role::Command] };
        match data {
            Stored::Integer(number) => {
                self.look_up(&[Role::RegistryData], "values", &number.to_string(), found);
            }
            data => each_text(data, &mut |text| self.look_up(roles, "values", text, found)),
        }
    }
}
