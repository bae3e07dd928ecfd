//! What an entry of UserAssist says: which program, shortcut or entry of the shell a user started
//! or opened with the Explorer, and how often.

use crate::Attributes;
use crate::format::times;
use crate::shell_names::{object_in_words, path_in_words};
use crate::show::capitalized;

const DATA_TYPE: &str = "windows:registry:userassist";
/// The totals that Windows XP keeps beside the entries, by the name without what is behind it.
const TOTALS: [(&str, &str); 6] = [
    ("UEME_RUNCPL", "items of the control panel"),
    ("UEME_RUNPATH", "programs"),
    ("UEME_RUNPIDL", "entries of the shell, such as shortcuts,"),
    ("UEME_UIHOTKEY", "hot keys"),
    ("UEME_UISCUT", "shortcuts"),
    ("UEME_UITOOLBAR", "buttons of the Explorer's tool bar"),
];
/// How the names of the counters begin that are about UserAssist itself.
const OWN: &str = "UEME_CTL";
/// Ends of the names of programs.
const PROGRAMS: [&str; 7] = [".bat", ".cmd", ".com", ".exe", ".msc", ".ps1", ".scr"];
/// The counts that a new profile has for entries of the start menu.
const PRESET: std::ops::RangeInclusive<u64> = 5..=14;

/// Returns the message of an entry.
pub(crate) fn user_assist_message(attributes: &Attributes<'_>) -> Option<String> {
    if attributes.data_type() != DATA_TYPE {
        return None;
    }
    let name = attributes.text("value_name")?;
    let what = what(&name);
    let count = attributes.text("number_of_executions");
    Some(match count.as_deref() {
        Some(count) if is_preset(count) => {
            format!("UserAssist has the count {count} for {}, which Windows may have preset", what.words)
        }
        Some("0") => format!("UserAssist lists {}, and counts no start of it", what.words),
        _ => {
            let start = capitalized(&what.words);
            let counted = count.map(|count| format!(", counted {}", times(&count))).unwrap_or_default();
            format!("{start} {}{counted}", what.verb)
        }
    })
}

/// Returns what must be known of the count of an entry.
pub(crate) fn user_assist_note(attributes: &Attributes<'_>) -> Option<(&'static str, String)> {
    let is_preset = is_preset(&attributes.text("number_of_executions")?);
    let words = "Windows presets such counts for entries of the start menu in a new profile, downward from 14 and all with one \
                 time; if other entries have this time, too, this need not be a start by the user";
    (is_preset && attributes.data_type() == DATA_TYPE).then(|| ("note", words.to_owned()))
}

/// Returns whether a new profile has such a count for an entry of the start menu.
fn is_preset(count: &str) -> bool {
    count.parse().is_ok_and(|count| PRESET.contains(&count))
}

/// What an entry is about, and what was done with it.
struct What {
    words: String,
    verb: &'static str,
}

fn what(name: &str) -> What {
    if name.starts_with(OWN) {
        return What { words: format!("the own counter {name} of UserAssist"), verb: "was written" };
    }
    let (kind, item) =
        name.split_once(':').filter(|(kind, _)| kind.starts_with("UEME_")).unwrap_or(("", name));
    let total = TOTALS.iter().find(|(known, _)| *known == item);
    if let Some((_, words)) = total {
        return What { words: format!("the total of all {words} ({item})"), verb: "was counted up" };
    }
    match kind {
        "UEME_RUNCPL" => {
            return What { words: format!("the item {item} of the control panel"), verb: "was opened" };
        }
        "UEME_UITOOLBAR" => {
            return What { words: format!("the button {item} of the Explorer's tool bar"), verb: "was used" };
        }
        _ => {}
    }
    if let Some(words) = object_in_words(item) {
        return What { words, verb: "was opened" };
    }
    // Plaso replaces a part of the number of some folders and leaves its brace.
    let item = if item.starts_with("{%") { &item[1..] } else { item };
    let path = path_in_words(item);
    let end = path.to_lowercase();
    match () {
        () if end.ends_with(".lnk") => What { words: format!("the shortcut {path}"), verb: "was opened" },
        () if PROGRAMS.iter().any(|program| end.ends_with(program)) || kind == "UEME_RUNPATH" => {
            What { words: format!("the program {path}"), verb: "ran" }
        }
        () if path.contains('\\') => What { words: format!("the entry {path}"), verb: "was opened" },
        () => What { words: format!("the app {path}"), verb: "ran" },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    #[test]
    fn entries_in_words() {
        let of = |name: &str, count: u64| {
            let name = name.replace('\\', "\\\\");
            let json = format!(
                r#"{{"data_type": "{DATA_TYPE}", "value_name": "{name}", "number_of_executions": {count}}}"#
            );
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            let attributes = Attributes::of_data(&data);
            (user_assist_message(&attributes).unwrap(), user_assist_note(&attributes).is_some())
        };
        for (name, count, message, is_preset) in [
            (
                "UEME_RUNPIDL:%csidl2%\\MSN.lnk",
                14,
                "UserAssist has the count 14 for the shortcut (folder Programs of the start menu)\\MSN.lnk, which Windows may have preset",
                true,
            ),
            ("UEME_RUNPATH:C:\\x.exe", 1, "The program C:\\x.exe ran, counted once", false),
            (
                "UEME_RUNPATH",
                4,
                "The total of all programs (UEME_RUNPATH) was counted up, counted 4 times",
                false,
            ),
            (
                "UEME_RUNCPL:timedate.cpl",
                2,
                "The item timedate.cpl of the control panel was opened, counted 2 times",
                false,
            ),
            (
                "UEME_UITOOLBAR:0x1,120",
                2,
                "The button 0x1,120 of the Explorer's tool bar was used, counted 2 times",
                false,
            ),
            (
                "UEME_CTLCUACount:ctor",
                0,
                "UserAssist lists the own counter UEME_CTLCUACount:ctor of UserAssist, and counts no start of it",
                false,
            ),
            (
                "{%ALLUSERSPROFILE%\\Start Menu\\x.LNK",
                3,
                "The shortcut %ALLUSERSPROFILE%\\Start Menu\\x.LNK was opened, counted 3 times",
                false,
            ),
            (
                "UEME_RUNPIDL:%csidl2%\\BCWipe",
                1,
                "The entry (folder Programs of the start menu)\\BCWipe was opened, counted once",
                false,
            ),
            (
                "Chrome",
                7,
                "UserAssist has the count 7 for the app Chrome, which Windows may have preset",
                true,
            ),
            (
                "::{20D04FE0-3AEA-1069-A2D8-08002B30309D}",
                1,
                "My Computer ({20D04FE0-3AEA-1069-A2D8-08002B30309D}) was opened, counted once",
                false,
            ),
        ] {
            assert_eq!(of(name, count), (message.to_owned(), is_preset));
        }
    }
}
