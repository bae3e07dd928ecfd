//! Words for the permissions of a shared folder, which Windows writes as SDDL: `(A;;FA;;;WD)`.

use crate::well_known::built_in_account;

/// Trustees of SDDL, as Windows abbreviates them.
const TRUSTEES: [(&str, &str); 25] = [
    ("AC", "all apps from packages"),
    ("AN", "ANONYMOUS LOGON"),
    ("AO", "Account Operators"),
    ("AU", "Authenticated Users"),
    ("BA", "Administrators"),
    ("BG", "Guests"),
    ("BO", "Backup Operators"),
    ("BU", "Users"),
    ("CO", "the owner of a new object"),
    ("DA", "Domain Admins"),
    ("DC", "Domain Computers"),
    ("DD", "Domain Controllers"),
    ("DG", "Domain Guests"),
    ("DU", "Domain Users"),
    ("EA", "Enterprise Admins"),
    ("IU", "users who are logged on at the computer"),
    ("LS", "LOCAL SERVICE"),
    ("NS", "NETWORK SERVICE"),
    ("NU", "users who are logged on over the network"),
    ("PO", "Print Operators"),
    ("PU", "Power Users"),
    ("RD", "Remote Desktop Users"),
    ("SO", "Server Operators"),
    ("SY", "SYSTEM"),
    ("WD", "Everyone"),
];
/// The rights that the dialog of a shared folder sets, and general ones.
const RIGHTS: [(&str, &str); 9] = [
    ("FA", "do everything"),
    ("0x1f01ff", "do everything"),
    ("GA", "do everything"),
    ("0x1200a9", "read"),
    ("FR", "read without running"),
    ("GR", "read without running"),
    ("0x1301bf", "read and change"),
    ("FW", "write"),
    ("GW", "write"),
];
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

    /// The abbreviations are those of [MS-DTYP] 2.5.1.1 (SDDL, syntax) and of “SID Strings” and
    /// “ACE Strings” in the documentation of Windows. 0x1f01ff is `FILE_ALL_ACCESS`, 0x1200a9
    /// `FILE_GENERIC_READ | FILE_GENERIC_EXECUTE`, and 0x1301bf adds write and delete (`winnt.h`).
    #[test]
    fn abbreviations_are_those_of_windows() {
        assert_eq!((0x1f01ff_u32, 0x1200a9, 0x1301bf), (FILE_ALL, READ | RUN, READ | RUN | WRITE | DELETE));
        for (text, words) in [
            ("(A;;FA;;;SY)", "SYSTEM may do everything"),
            ("(A;;0x1f01ff;;;DA)", "Domain Admins may do everything"),
            ("(A;;FR;;;DC)", "Domain Computers may read without running"),
            ("(D;;GW;;;DD)", "Domain Controllers may not write"),
            ("(A;;GA;;;CO)", "the owner of a new object may do everything"),
            // An entry for auditing, and another trustee of the same letters.
            ("(AU;;FA;;;WD)", CODES),
            ("(A;;FA;;;AU)", "Authenticated Users may do everything"),
        ] {
            assert_eq!(sddl_in_words(text), format!("{text} ({words})"));
        }
        assert!(TRUSTEES.is_sorted_by(|one, other| one.0 < other.0));
    }

    const FILE_ALL: u32 = 0x1f_01ff;
    const READ: u32 = 0x12_0089;
    const WRITE: u32 = 0x12_0116;
    const RUN: u32 = 0x12_00a0;
    const DELETE: u32 = 0x1_0000;

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
