//! The built-in formats, one for each line of `formats.txt`.

use std::collections::HashMap;

use crate::Attributes;
use crate::access_control::access_message;
use crate::audit_trail::audit_trail_message;
use crate::format::Format;
use crate::linux_audit::linux_audit_message;
use crate::log_sessions::{line_message, session_message};
use crate::logon_log::logon_log_message;
use crate::package_line::package_message;
use crate::powershell_commands::powershell_message;
use crate::recent_lists::list_message;
use crate::renamed::renamed_message;
use crate::sql_server::audit_message;
use crate::transfer_log::transfer_message;
use crate::user_assist::user_assist_message;

const FORMATS: &str = include_str!("formats.txt");

/// The built-in formats by data type.
#[derive(Debug, Clone, Default)]
pub(crate) struct BuiltIn {
    by_data_type: HashMap<String, OfDataType>,
}

/// The formats of a data type.
#[derive(Debug, Clone, Default)]
struct OfDataType {
    /// The formats of records by event identifier. Each may be for one source alone.
    by_identifier: HashMap<String, Vec<(Option<String>, Format)>>,
    otherwise: Option<Format>,
}

impl BuiltIn {
    pub(crate) fn new() -> Self {
        let mut formats = Self::default();
        for line in lines() {
            let format = Format::parse(line.format).expect("a test parses every built-in format");
            let of_data_type = formats.by_data_type.entry(line.data_type.to_owned()).or_default();
            match line.identifier {
                None => of_data_type.otherwise = Some(format),
                Some(identifier) => {
                    let of_identifier = of_data_type.by_identifier.entry(identifier.to_owned()).or_default();
                    of_identifier.push((line.source.map(str::to_owned), format));
                }
            }
        }
        formats
    }

    /// Returns the message of an event, or `None` if there is no format for it.
    pub(crate) fn message(&self, attributes: &Attributes<'_>) -> Option<String> {
        let own = session_message(attributes).or_else(|| access_message(attributes));
        let own = own.or_else(|| audit_message(attributes)).or_else(|| user_assist_message(attributes));
        let own = own.or_else(|| audit_trail_message(attributes)).or_else(|| linux_audit_message(attributes));
        let own = own.or_else(|| transfer_message(attributes)).or_else(|| logon_log_message(attributes));
        let own = own.or_else(|| list_message(attributes)).or_else(|| line_message(attributes));
        let own = own.or_else(|| powershell_message(attributes)).or_else(|| package_message(attributes));
        let own = own.or_else(|| renamed_message(attributes));
        if own.is_some() {
            return own;
        }
        let of_data_type = self.by_data_type.get(attributes.data_type())?;
        let format = of_data_type.of_record(attributes).or(of_data_type.otherwise.as_ref())?;
        Some(format.message(attributes))
    }
}

impl OfDataType {
    fn of_record(&self, attributes: &Attributes<'_>) -> Option<&Format> {
        if self.by_identifier.is_empty() {
            return None;
        }
        let formats = self.by_identifier.get(&*attributes.text("event_identifier")?)?;
        let source = attributes.text("source_name").unwrap_or_default();
        let fits = |wanted: &Option<String>| match wanted.as_deref().map(|wanted| wanted.strip_suffix('*')) {
            None => true,
            Some(Some(start)) => source.starts_with(start),
            Some(None) => wanted.as_deref() == Some(&*source),
        };
        formats.iter().find(|(wanted, _)| fits(wanted)).map(|(_, format)| format)
    }
}

/// A line of the file: `DATA_TYPE [IDENTIFIER [SOURCE]]`, two spaces or more, and the format.
struct Line {
    data_type: &'static str,
    identifier: Option<&'static str>,
    source: Option<&'static str>,
    format: &'static str,
}

fn lines() -> impl Iterator<Item = Line> {
    let content = FORMATS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    content.map(|line| {
        let (head, format) = line.split_once("  ").expect("a test splits every built-in format");
        let mut words = head.splitn(3, ' ');
        Line {
            data_type: words.next().unwrap_or_default(),
            identifier: words.next(),
            source: words.next(),
            format: format.trim(),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// The data types of Plaso 20260720, each with its attributes.
    const PLASO: &str = include_str!("../../../tests/data/plaso-data-types.txt");

    #[test]
    fn each_line_is_a_format_of_attributes_that_the_data_type_has() {
        let made: BTreeMap<_, BTreeSet<_>> = PLASO
            .lines()
            .map(|line| line.split_once(' ').unwrap_or((line, "")))
            .map(|(data_type, attributes)| (data_type, attributes.split(' ').collect()))
            .collect();
        for line in lines() {
            let Line { data_type, format, .. } = line;
            let known = made.get(data_type).unwrap_or_else(|| panic!("Plaso has no {data_type}"));
            let parsed = Format::parse(format).unwrap_or_else(|error| panic!("{format}: {error}"));
            for name in parsed.names() {
                let attribute = name.split('.').next().unwrap();
                assert!(known.contains(attribute), "{data_type} has no {attribute}");
            }
        }
    }

    #[test]
    fn no_event_has_two_formats() {
        let mut seen = BTreeSet::new();
        for line in lines() {
            let key = (line.data_type, line.identifier, line.source);
            assert!(seen.insert(key), "{key:?} has two formats");
        }
        let data_types: BTreeSet<_> = lines().map(|line| line.data_type).collect();
        let records = lines().filter(|line| line.identifier.is_some()).count();
        assert!(data_types.len() >= 100 && records >= 60, "{} {records}", data_types.len());
    }
}
