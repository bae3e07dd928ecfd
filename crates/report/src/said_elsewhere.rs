//! Which values of an event a page leaves out, because its words say them, or because they are
//! Plaso's own and say nothing of the event.

use crate::stored_value::StoredValue;

/// Beginnings of data types, each with such an attribute. An empty one stands for all.
const SAID: [(&str, &str); 19] = [
    // The place in the file stands beside the file.
    ("", "offset"),
    // Numbers by which a service of Windows finds a file that was moved. They say nothing to
    // people.
    ("", "birth_droid_file_identifier"),
    ("", "birth_droid_volume_identifier"),
    ("", "droid_file_identifier"),
    ("", "droid_volume_identifier"),
    // With this Plaso asked the database.
    ("", "query"),
    ("bsm:entry", "return_value"),
    ("chrome:history:file_downloaded", "danger_type"),
    ("chrome:history:file_downloaded", "opened"),
    ("chrome:history:file_downloaded", "state"),
    ("macos:keychain:", "type_protocol"),
    ("olecf:dest_list:entry", "path"),
    ("olecf:dest_list:entry", "pin_status"),
    // The path has its letter.
    ("windows:metadata:deleted_item", "drive_number"),
    ("windows:registry:", "key_path"),
    // Their paths have escapes that the message does not have.
    ("windows:registry:bagmru", "entries"),
    ("windows:registry:mrulist", "entries"),
    ("av:trendmicro:webrep", "block_mode"),
    ("java:download:idx", "idx_version"),
];
/// How the text of a date and time begins that is not decoded.
const DATE: &str = r#"{"__class_name__""#;

/// Returns whether a page leaves out a value, unless a rule matched a part of it.
pub(crate) fn is_said_elsewhere(data_type: &str, name: &str, value: &StoredValue) -> bool {
    let is_said = |(start, known): &(&str, &str)| data_type.starts_with(start) && *known == name;
    SAID.iter().any(is_said) || value.shown(false).starts_with(DATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_says_in_words() {
        let is_said = |data_type: &str, name: &str, stored: &str| {
            is_said_elsewhere(data_type, name, &StoredValue::of_stored(stored.as_bytes()))
        };
        let dates = r#"[{"__class_name__": "TimeElements", "__type__": "DateTimeValues"}]"#;
        assert!(is_said("macos:time_machine:backup", "snapshot_times", dates));
        assert!(is_said("x", "query", "\"SELECT a\""));
        assert!(is_said("windows:registry:mrulistex", "entries", "\"a\""));
        assert!(!is_said("windows:registry:run", "entries", "\"a\""));
        assert!(!is_said("x", "text", "\"a\""));
    }
}
