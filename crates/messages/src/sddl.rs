//! Words for the permissions of a shared folder, which Windows writes as SDDL: `(A;;FA;;;WD)`.

use crate::windows_record::built_in_account;

/// Trustees of SDDL, as Windows abbreviates them.
const TRUSTEES: [(&str, &str); 12] = [
    ("AN", "ANONYMOUS LOGON"),
    ("AU", "Authenticated Users"),
    ("BA", "Administrators"),
    ("BG", "Guests"),
    ("BO", "Backup Operators"),
    ("BU", "Users"),
    ("DA", "Domain Admins"),
    ("DU", "Domain Users"),
    ("IU", "users who are logged on at the computer"),
    ("NU", "users who are logged on over the network"),
    ("SY", "SYSTEM"),
    ("WD", "Everyone"),
];
/// The rights that the dialog of a shared folder sets.
const RIGHTS: [(&str, &str); 3] =
    [("FA", "do everything"), ("0x1200a9", "read"), ("0x1301bf", "read and change")];
/// The maximum number of entries that get words.
const MAXIMUM_ENTRIES: usize = 16;

/// Adds what a text of SDDL means to the text. What has no words here stays a code.
pub(crate) fn sddl_in_words(text: &str) -> String {
    let entries = text
        .split('(')
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(entry, _)| entry_in_words(entry));
    let words: Option<Vec<_>> = entries.take(MAXIMUM_ENTRIES + 1).collect();
    match words {
        Some(words) if (1..=MAXIMUM_ENTRIES).contains(&words.len()) => {
            format!("{text} ({})", words.join(", "))
        }
        _ => format!("{text} (in SDDL, the codes of Windows for permissions)"),
    }
}

/// Returns what an entry means: type, flags, rights, two GUIDs and the trustee.
fn entry_in_words(entry: &str) -> Option<String> {
    let [kind, _, rights, "", "", trustee] = *entry.split(';').collect::<Vec<_>>().as_slice() else {
        return None;
    };
    let may = match kind {
        "A" => "may",
        "D" => "may not",
        _ => return None,
    };
    let rights =
        RIGHTS.iter().find(|(code, _)| code.eq_ignore_ascii_case(rights)).map(|(_, words)| *words)?;
    let known = TRUSTEES.iter().find(|(code, _)| *code == trustee).map(|(_, name)| *name);
    let name = known.or_else(|| built_in_account(trustee)).unwrap_or(trustee);
    Some(format!("{name} {may} {rights}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_get_words() {
        for (text, words) in [
            ("O:BAG:DUD:(A;;0x1200a9;;;WD)", "Everyone may read"),
            (
                "D:(A;;FA;;;S-1-5-21-1-2-3-1107)(D;;0x1301bf;;;BG)",
                "S-1-5-21-1-2-3-1107 may do everything, Guests may not read and change",
            ),
            // Rights, an object or a kind of entry that have no words here.
            ("D:(A;;0x77;;;WD)", CODES),
            ("D:(OA;;FA;;;WD)", CODES),
            ("none", CODES),
        ] {
            assert_eq!(sddl_in_words(text), format!("{text} ({words})"));
        }
        let many = "(A;;FA;;;WD)".repeat(MAXIMUM_ENTRIES + 1);
        assert_eq!(sddl_in_words(&many), format!("{many} ({CODES})"));
    }

    const CODES: &str = "in SDDL, the codes of Windows for permissions";
}
