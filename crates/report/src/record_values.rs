//! Values of events in the words of a page, and what tells records of Windows event logs apart.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use messages::{Attributes, built_in_account, process_number};

use crate::stored_value::StoredValue;

/// The levels of events of Windows.
const LEVELS: [(&str, &str); 6] = [
    ("0", "always logged"),
    ("1", "critical"),
    ("2", "error"),
    ("3", "warning"),
    ("4", "information"),
    ("5", "details"),
];

/// Returns a value that a rule looked at, as a page shows it: of a list only the members that the
/// rule names, and numbers with what they mean.
pub(crate) fn value_in_words(name: &str, value: &StoredValue, conditions: &[&str]) -> String {
    if let Some((named, all)) = value.named_members(conditions) {
        return format!("{} ({} of the {} values)", named.join(", "), named.len(), all);
    }
    let shown = value.shown(true);
    let level = || LEVELS.iter().find(|(level, _)| *level == shown).map(|(_, word)| *word);
    if let Some(word) = level().filter(|_| name == "event_level") {
        return format!("{shown} ({word})");
    }
    if let Some(account) = built_in_account(&shown) {
        return format!("{shown} ({account})");
    }
    if let Some(number) = process_number(name, &shown) {
        return number;
    }
    // A rule can compare a hexadecimal number with a decimal one.
    let digits = shown.strip_prefix("0x").filter(|digits| digits.len() <= 16);
    let number =
        digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()).map(|number| number.to_string());
    let is_compared = |number: &String| {
        conditions
            .iter()
            .any(|condition| condition.contains(name) && condition.split(' ').any(|word| word == number))
    };
    match number.filter(is_compared) {
        Some(number) => format!("{shown} ({number} as a decimal number)"),
        None => shown,
    }
}

pub(crate) const EVTX: &str = "windows:evtx:record";

/// Returns a number that is the same for copies of a record of a Windows event log.
pub(crate) fn fingerprint(attributes: &Attributes<'_>) -> Option<u64> {
    let xml = attributes.stored("xml_string").filter(|_| attributes.data_type() == EVTX)?;
    let mut hasher = DefaultHasher::new();
    xml.hash(&mut hasher);
    Some(hasher.finish())
}

/// Returns the number that a record of a Windows event log has inside. It tells which of two
/// records of the same time came first.
pub(crate) fn own_number(attributes: &Attributes<'_>) -> Option<u64> {
    let is_record = attributes.data_type() == EVTX;
    let number = attributes.text("xml_string.EventRecordID").filter(|_| is_record);
    number.or_else(|| attributes.text("record_number"))?.parse().ok()
}
