//! The names of ATT&CK techniques, and the tactics that each serves.
//!
//! A rule names techniques by identifiers, such as `T1003.001`. Reports show them by name, in
//! groups by tactic. The table has facts only: identifiers, names, and which technique serves which
//! tactic.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The version of ATT&CK whose names the table has.
pub const ATTACK_VERSION: &str = "17";

/// One technique in a line: its identifier, its tactics, its name.
const TABLE: &str = include_str!("../data/attack.txt");

/// A tactic: what an attacker wants to reach by a technique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tactic {
    /// The identifier, such as `TA0006`.
    pub id: &'static str,
    /// The name, such as `Credential Access`.
    pub name: &'static str,
}

/// A technique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Technique {
    /// The identifier, such as `T1003.001`.
    pub id: &'static str,
    /// The name. That of a sub-technique begins with the name of its technique, such as
    /// `OS Credential Dumping: LSASS Memory`.
    pub name: String,
    /// Its tactics, as positions in [`TACTICS`], in ascending order.
    pub tactics: Vec<usize>,
}

impl Technique {
    /// Returns its tactics, in the order of the matrix.
    pub fn tactics(&self) -> impl Iterator<Item = Tactic> {
        self.tactics.iter().map(|position| TACTICS[*position])
    }
}

/// The tactics, in the order of the matrix.
pub const TACTICS: [Tactic; 14] = [
    Tactic { id: "TA0043", name: "Reconnaissance" },
    Tactic { id: "TA0042", name: "Resource Development" },
    Tactic { id: "TA0001", name: "Initial Access" },
    Tactic { id: "TA0002", name: "Execution" },
    Tactic { id: "TA0003", name: "Persistence" },
    Tactic { id: "TA0004", name: "Privilege Escalation" },
    Tactic { id: "TA0005", name: "Defense Evasion" },
    Tactic { id: "TA0006", name: "Credential Access" },
    Tactic { id: "TA0007", name: "Discovery" },
    Tactic { id: "TA0008", name: "Lateral Movement" },
    Tactic { id: "TA0009", name: "Collection" },
    Tactic { id: "TA0011", name: "Command and Control" },
    Tactic { id: "TA0010", name: "Exfiltration" },
    Tactic { id: "TA0040", name: "Impact" },
];

static TECHNIQUES: LazyLock<BTreeMap<&'static str, Technique>> = LazyLock::new(|| {
    let mut techniques: BTreeMap<&str, Technique> = BTreeMap::new();
    for line in TABLE.lines().filter(|line| line.starts_with('T')) {
        let mut columns = line.splitn(3, ' ');
        let (Some(id), Some(tactics), Some(own)) = (columns.next(), columns.next(), columns.next()) else {
            continue;
        };
        let parent = id.split_once('.').and_then(|(parent, _)| techniques.get(parent));
        let name = parent.map_or_else(|| own.to_owned(), |parent| format!("{}: {own}", parent.name));
        let is_of = |position: &usize| tactics.split(',').any(|id| id == TACTICS[*position].id);
        let tactics = (0..TACTICS.len()).filter(is_of).collect();
        techniques.insert(id, Technique { id, name, tactics });
    }
    techniques
});

/// Returns the technique with this identifier, or the technique of which it is an unknown
/// sub-technique.
#[must_use]
pub fn technique(id: &str) -> Option<&'static Technique> {
    known(id).or_else(|| id.split_once('.').and_then(|(parent, _)| known(parent)))
}

/// Returns the technique with exactly this identifier.
pub(crate) fn known(id: &str) -> Option<&'static Technique> {
    TECHNIQUES.get(id)
}

/// Returns whether the text has the form of an identifier: `T` and four digits, for a sub-technique
/// also a dot and three digits.
pub(crate) fn is_identifier(text: &str) -> bool {
    let (parent, sub) = text.split_once('.').map_or((text, None), |(parent, sub)| (parent, Some(sub)));
    let are_digits = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    parent.strip_prefix('T').is_some_and(|digits| are_digits(digits, 4))
        && sub.is_none_or(|digits| are_digits(digits, 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        let lines: Vec<_> = TABLE.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.is_sorted(), "sorted by identifier");
        assert_eq!(lines.len(), TECHNIQUES.len(), "each technique once");
        for line in lines {
            let (id, rest) = line.split_once(' ').unwrap();
            let (tactics, name) = rest.split_once(' ').unwrap();
            assert!(is_identifier(id), "{line}");
            assert!(tactics.split(',').all(|id| TACTICS.iter().any(|tactic| tactic.id == id)), "{line}");
            assert!(!name.is_empty() && name.trim() == name && !name.contains("  "), "{line}");
            let technique = technique(id).unwrap();
            assert_eq!((technique.id, technique.tactics.len()), (id, tactics.split(',').count()), "{line}");
            let parent = id.split_once('.').map(|(parent, _)| known(parent).expect(line));
            assert!(parent.is_none_or(|parent| technique.name.starts_with(&parent.name)), "{line}");
        }
    }

    #[test]
    fn names_and_tactics() {
        let dumping = technique("T1003.001").unwrap();
        assert_eq!(dumping.name, "OS Credential Dumping: LSASS Memory");
        assert_eq!(TACTICS[dumping.tactics[0]].name, "Credential Access");
        assert_eq!(technique("T1003.999").unwrap().id, "T1003");
        assert_eq!(technique("T9999"), None);
    }

    #[test]
    fn identifiers() {
        for good in ["T1003", "T1003.001"] {
            assert!(is_identifier(good), "{good}");
        }
        for bad in ["", "T", "T103", "t1003", "T1003.", "T1003.01", "T10033", "TA0006", "1003", "T1003.0x1"] {
            assert!(!is_identifier(bad), "{bad}");
        }
    }
}
