//! Which values of an event a page leaves out, because its words say them, or because they are
//! Plaso's own and say nothing of the event.

use crate::labelled_event::Attribute;

/// Beginnings of data types, each with such an attribute. An empty one stands for all.
const SAID: [(&str, &str); 10] = [
    // The place in the file stands beside the file.
    ("", "offset"),
    // With this Plaso asked the database.
    ("", "query"),
    ("bsm:entry", "return_value"),
    ("chrome:history:file_downloaded", "state"),
    ("macos:keychain:", "type_protocol"),
    ("windows:registry:", "key_path"),
    // Their paths have escapes that the message does not have.
    ("windows:registry:bagmru", "entries"),
    ("windows:registry:mrulist", "entries"),
    ("av:trendmicro:webrep", "block_mode"),
    ("java:download:idx", "idx_version"),
];
/// How the text of a date and time begins that is not decoded.
const DATE: &str = r#"{"__class_name__""#;

/// Returns whether a page leaves out a value. A text of which a rule matched a part is
/// always shown.
pub(crate) fn is_said_elsewhere(data_type: &str, attribute: &Attribute) -> bool {
    let is_said = || SAID.iter().any(|(start, name)| data_type.starts_with(start) && *name == attribute.name);
    let is_date = || attribute.value.shown(false).starts_with(DATE);
    attribute.matched.is_empty() && (is_said() || is_date())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stored_value::StoredValue;

    #[test]
    fn what_the_page_says_in_words() {
        let is_said = |data_type: &str, name: &str, stored: &str| {
            let value = StoredValue::of_stored(stored.as_bytes());
            is_said_elsewhere(data_type, &Attribute { name: name.into(), value, matched: Vec::new() })
        };
        let dates = r#"[{"__class_name__": "TimeElements", "__type__": "DateTimeValues"}]"#;
        assert!(is_said("macos:time_machine:backup", "snapshot_times", dates));
        assert!(is_said("x", "query", "\"SELECT a\""));
        assert!(is_said("windows:registry:mrulistex", "entries", "\"a\""));
        assert!(!is_said("windows:registry:run", "entries", "\"a\""));
        assert!(!is_said("x", "text", "\"a\""));
    }

    #[test]
    fn what_a_rule_matched_is_shown() {
        let value = StoredValue::of_stored(b"\"SELECT a\"");
        let matched =
            filter::MatchedText { before: String::new(), text: "SELECT".into(), after: " a".into() };
        let attribute = Attribute { name: "query".into(), value, matched: vec![matched] };
        assert!(!is_said_elsewhere("x", &attribute));
    }
}
