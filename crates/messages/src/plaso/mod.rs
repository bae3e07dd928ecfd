//! The formatter files of a Plaso installation, `plaso/data/formatters/*.yaml`.
//!
//! A formatter says how the values of a data type become a message. Helpers first turn numbers into
//! words. Most helpers are data in the file too; some are code in Plaso, which is written anew here
//! (`custom.rs`).

mod custom;
mod folder;
mod formatter;
mod helpers;
mod python;
mod size;
mod values;
mod yaml;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use events::{AttributeNames, AttributeReader, EventLogTexts};

use crate::{Attributes, FormatterError};
use formatter::Formatter;
use values::Values;

/// What psort writes before the attributes of an event without a formatter.
const NO_FORMATTER: &str = "<WARNING DEFAULT FORMATTER> Attributes: ";

/// The formatters of a Plaso installation, by data type in lower case.
#[derive(Debug, Clone, Default)]
pub(crate) struct PlasoFormats {
    formatters: BTreeMap<String, Formatter>,
    texts: EventLogTexts,
}

impl PlasoFormats {
    /// Reads the files in a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, FormatterError> {
        let mut formats = Self::default();
        for (path, text) in folder::files(folder)? {
            let wrong = |problem| FormatterError::File { path: path.clone(), problem };
            for document in yaml::documents(&text).map_err(wrong)? {
                let (data_type, formatter) = Formatter::of(&document).map_err(wrong)?;
                if formats.formatters.insert(data_type.clone(), formatter).is_some() {
                    return Err(wrong(format!("{data_type} has two formatters")));
                }
            }
        }
        Ok(formats)
    }

    pub(crate) fn set_texts(&mut self, texts: EventLogTexts) {
        self.texts = texts;
    }

    pub(crate) fn message(&self, attributes: &Attributes<'_>) -> String {
        let values = Values::new(attributes);
        match self.formatters.get(&attributes.data_type().to_lowercase()) {
            Some(formatter) => formatter.message(values, &self.texts),
            None => format!("{NO_FORMATTER}{}", values.in_words()),
        }
    }
}

/// Makes a message with each formatter of a file that anybody may have written; for fuzzing.
/// Returns the length of the longest message.
///
/// # Errors
///
/// What is wrong with the file.
pub fn longest_message(text: &str) -> Result<usize, String> {
    const EVENT: &[u8] =
        br#"{"data_type": "test:event", "text": "a'b", "number": 17, "float": 2.5, "flag": true,
        "list": ["a", 1], "values": [["b", "REG_SZ", "x"], ["a", "REG_DWORD", 0]], "path_hints": ["a"]}"#;
    let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
    let data = reader.open(EVENT).map_err(|error| error.to_string())?;
    let attributes = Attributes::of_data(&data);
    let mut longest = 0;
    for document in yaml::documents(text)? {
        let (_, formatter) = Formatter::of(&document)?;
        let message = formatter.message(Values::new(&attributes), &EventLogTexts::default());
        longest = longest.max(message.len());
    }
    Ok(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(yaml: &str, json: &str) -> String {
        let mut formats = PlasoFormats::default();
        for document in yaml::documents(yaml).unwrap() {
            let (data_type, formatter) = Formatter::of(&document).unwrap();
            formats.formatters.insert(data_type, formatter);
        }
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        formats.message(&Attributes::of_data(&data))
    }

    const FILE: &str = "
type: 'conditional'
data_type: 'test:conditional'
boolean_helpers:
- {input_attribute: deleted, output_attribute: state, value_if_true: gone, value_if_false: here}
enumeration_helpers:
- input_attribute: 'kind'
  output_attribute: 'kind'
  default_value: 'other'
  values: {1: 'one', 'x': 'ex'}
flags_helpers:
- input_attribute: 'flags'
  output_attribute: 'flags'
  values: {0x1: 'a', 0x2: 'b', 0x4: 'c'}
message:
- 'Kind: {kind}'
- '[{state}]'
- 'Flags: {flags}'
- 'Missing: {missing}'
- 'always'
separator: ', '
short_message:
- '{kind}'
---
type: 'basic'
data_type: 'test:basic'
message: '{a} and {b}'
short_message: '{a}'
";

    #[test]
    fn helpers_and_pieces() {
        for (json, expected) in [
            (
                r#"{"data_type": "test:conditional", "kind": 1, "deleted": true, "flags": 5}"#,
                "Kind: one, [gone], Flags: a, c, always",
            ),
            (r#"{"data_type": "test:conditional", "kind": "x"}"#, "Kind: ex, [here], always"),
            (r#"{"data_type": "test:conditional", "kind": 9}"#, "Kind: other, [here], always"),
            (r#"{"data_type": "test:basic", "a": "x\r\ny", "b": 2}"#, "xy and 2"),
            (r#"{"data_type": "test:basic", "a": 1}"#, "a: 1"),
            (r#"{"data_type": "test:none", "a": [1]}"#, "<WARNING DEFAULT FORMATTER> Attributes: a: [1]"),
        ] {
            assert_eq!(message(FILE, json), expected);
        }
    }

    /// A file of 4 MiB can name a value of 64 MiB 700,000 times.
    #[test]
    fn a_message_does_not_grow_without_limit() {
        let pieces = "- '{a}{a}{a}{a}'\n".repeat(50_000);
        let yaml = format!("type: conditional\ndata_type: t\nmessage:\n{pieces}");
        let json = format!(r#"{{"data_type": "t", "a": "{}"}}"#, "x".repeat(600_000));
        assert!(message(&yaml, &json).len() < 4 << 20);
    }

    #[test]
    fn helpers_that_are_code() {
        let yaml = |helper: &str, attribute: &str| {
            format!(
                "type: conditional\ndata_type: t\ncustom_helpers:\n- identifier: {helper}\nmessage:\n- '{{{attribute}}}'\n"
            )
        };
        for (helper, attribute, json, expected) in [
            ("ntfs_file_reference", "file_reference", "\"file_reference\": 1407374883553285", "5-5"),
            ("ntfs_path_hints", "path_hints", r#""path_hints": ["a", "b"]"#, "a;b"),
            (
                "windows_registry_values",
                "values",
                r#""values": [["b", "REG_DWORD", 0], ["", "REG_SZ", "x"], ["a", "REG_MULTI_SZ", ["p", "q"]]]"#,
                "(default): [REG_SZ] x, a: [REG_MULTI_SZ] ['p', 'q'], b: [REG_DWORD] (empty)",
            ),
            ("windows_registry_values", "values", r#""values": []"#, "(empty)"),
            (
                "windows_shortcut_linked_path",
                "linked_path",
                r#""relative_path": "b", "working_directory": "a""#,
                r"a\b",
            ),
            (
                "windows_prefetch_volumes_string",
                "volumes_string",
                r#""number_of_volumes": 1, "volume_serial_numbers": [255], "volume_device_paths": ["\\D"]"#,
                r"volume: 1 [serial number: 0x000000FF, device path: \D]",
            ),
        ] {
            let json = format!(r#"{{"data_type": "t", {json}}}"#);
            assert_eq!(message(&yaml(helper, attribute), &json), expected, "{helper}");
        }
    }
}
