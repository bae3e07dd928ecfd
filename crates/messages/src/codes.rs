//! Words for the codes of Windows event logs: `%%7688`, GUIDs of rights and classes of the
//! directory, and names of privileges.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The codes with their words, one in each line.
const CODES: &str = include_str!("codes.txt");
static WORDS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| lines().collect());

fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = CODES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' '))
}

/// The maximum size of a message whose codes get words, in bytes.
const MAXIMUM: usize = 1 << 16;

/// How the codes begin that are numbers.
const NUMBER: &str = "%%";
/// A part that each code has.
const PARTS: [&str; 5] = [NUMBER, "-11d", "-11D", "-4c62-", "-4C62-"];
/// How the names of privileges and of rights begin. Scripts and command lines can have them, too.
const PRIVILEGE: &str = "Se";

/// Puts words to the codes in a message. A number gets them in its place, and stands behind them
/// the first time. A GUID or a privilege stays, and has them behind it the first time. Privileges
/// get words only in messages that are about them.
pub(crate) fn explain_codes(message: &mut String, of_privileges: bool) {
    let may_have_codes =
        PARTS.iter().any(|part| message.contains(part)) || of_privileges && message.contains(PRIVILEGE);
    if !may_have_codes || message.len() > MAXIMUM {
        return;
    }
    let mut explained = String::with_capacity(message.len() * 2);
    let mut known: Vec<&str> = Vec::new();
    let mut rest = message.as_str();
    while let Some(first) = rest.chars().next() {
        let length = code(rest).unwrap_or(first.len_utf8());
        let (word, behind) = rest.split_at(length);
        rest = behind;
        let is_privilege = word.starts_with(PRIVILEGE);
        let known_word = match is_privilege {
            true => WORDS.get_key_value(word).filter(|_| of_privileges),
            false => WORDS.get_key_value(word.to_ascii_lowercase().as_str()),
        };
        let Some((code, words)) = known_word else {
            explained.push_str(word);
            continue;
        };
        let is_first = !known.contains(code);
        if is_first {
            known.push(code);
        }
        if word.starts_with(NUMBER) {
            explained.push_str(words);
            if is_first {
                explained.push_str(&format!(" ({word})"));
            }
            rest = divided_from_next(rest, NUMBER, &mut explained);
            continue;
        }
        explained.push_str(word);
        if is_first {
            // The braces of a GUID belong to it.
            if let Some(behind) = rest.strip_prefix('}') {
                explained.push('}');
                rest = behind;
            }
            explained.push_str(&format!(" ({words})"));
        }
        if is_privilege {
            rest = divided_from_next(rest, PRIVILEGE, &mut explained);
        }
    }
    *message = explained;
}

/// Puts a comma between a code and the next one, which begins with `start`, if only white space
/// divides them. Returns what is left.
fn divided_from_next<'t>(rest: &'t str, start: &str, explained: &mut String) -> &'t str {
    let next = rest.trim_start();
    if next.len() == rest.len() || !next.starts_with(start) {
        return rest;
    }
    explained.push_str(", ");
    next
}

/// Returns the length of the code or of the other word at the beginning of a text.
fn code(text: &str) -> Option<usize> {
    if let Some(number) = text.strip_prefix(NUMBER) {
        return Some(2 + number.bytes().take_while(u8::is_ascii_digit).count());
    }
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let length = text.bytes().take_while(is_part).count();
    (length > 0).then_some(length)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The number of characters of a GUID.
    const GUID: usize = 36;

    fn explained(message: &str) -> String {
        let mut message = message.to_owned();
        explain_codes(&mut message, true);
        message
    }

    #[test]
    fn codes_get_words() {
        let right = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2";
        for (message, expected) in [
            ("access %%7688", "access use an extended right (%%7688)".to_owned()),
            ("%%7688 %%7688 %%1", "use an extended right (%%7688), use an extended right, %%1".to_owned()),
            ("%%7688 {x", "use an extended right (%%7688) {x".to_owned()),
            ("%%76881, 100%%", "%%76881, 100%%".to_owned()),
            (&format!("é {{{right}}}"), format!("é {{{right}}} (replicate changes)")),
            (&right.to_uppercase(), format!("{} (replicate changes)", right.to_uppercase())),
            (&format!("x{right}"), format!("x{right}")),
            ("SeTcbPrivilege x", "SeTcbPrivilege (act as a part of the operating system) x".to_owned()),
            (
                "SeTcbPrivilege\n\t\tSeTcbPrivilege",
                "SeTcbPrivilege (act as a part of the operating system), SeTcbPrivilege".to_owned(),
            ),
            ("setcbprivilege Security", "setcbprivilege Security".to_owned()),
            ("no code", "no code".to_owned()),
        ] {
            assert_eq!(explained(message), expected);
        }
    }

    /// Words in a script would change what somebody wrote.
    #[test]
    fn privileges_get_words_only_where_a_message_is_about_them() {
        let mut message = "PowerShell ran SeTcbPrivilege".to_owned();
        explain_codes(&mut message, false);
        assert_eq!(message, "PowerShell ran SeTcbPrivilege");
    }

    /// The codes of user account control are 2080 and the number of a bit. Bit 11 is the password
    /// with reversible encryption, bit 12 the smart card, and bit 14 no delegation.
    #[test]
    fn codes_of_user_account_control_are_those_of_the_bits() {
        for (bit, words) in [(11, "reversible encryption"), (12, "smart card"), (14, "not to be delegated")] {
            assert!(explained(&format!("%%{}", 2080 + bit)).contains(words), "{bit}");
        }
        assert!(explained("%%2059").contains("no longer stored with reversible encryption"));
    }

    /// Codes as the documentation of Windows has them, on the pages of the events that write them:
    /// 4624 (1832 and after), 4625 (2304 to 2313), 4656 and 4663 (1537 to 1542, 4416 to 4437, 4480
    /// to 4490), 4657 (1872 and after, 1904 to 1906), 4661 (5392 to 5448), 4662 (7680 to 7688),
    /// 4688 (1936 to 1938), 4719 (8272 to 8280, 8448 to 8451), 4720 and 4738 (1792 to 1797, 2048
    /// and after), 5136 (14674 and after), 5156 (14592 and 14593).
    #[test]
    fn codes_are_those_of_windows() {
        for (code, part) in [
            (1537, "delete"),
            (1539, "change the permissions"),
            (1540, "change the owner"),
            (1793, "no value"),
            (1794, "never"),
            (1795, "enabled"),
            (1796, "disabled"),
            (1797, "all"),
            (1832, "identification"),
            (1833, "impersonation"),
            (1840, "delegation"),
            (1842, "yes"),
            (1843, "no"),
            (1873, "text"),
            (1876, "number"),
            (1904, "new value"),
            (1905, "value changed"),
            (1906, "value deleted"),
            (1936, "whole token"),
            (1937, "elevated token"),
            (1938, "limited token"),
            (2048, "account enabled"),
            (2080, "account disabled"),
            (2082, "no password is needed"),
            (2089, "the password never expires"),
            (2305, "account expired"),
            (2310, "account disabled"),
            (2313, "wrong name or password"),
            (4416, "read data"),
            (4417, "write data"),
            (4423, "read attributes"),
            (4424, "write attributes"),
            (4432, "query a value"),
            (4433, "set a value"),
            (4480, "end the process"),
            (4484, "read the process's memory"),
            (4485, "write the process's memory"),
            (5447, "set the password"),
            (7684, "read a property"),
            (7685, "write a property"),
            (7688, "use an extended right"),
            (8274, "access to objects"),
            (8448, "success is no longer audited"),
            (8449, "success is audited now"),
            (8450, "failure is no longer audited"),
            (8451, "failure is audited now"),
            (14592, "inbound"),
            (14593, "outbound"),
            (14674, "value added"),
            (14675, "value deleted"),
        ] {
            let code = format!("%%{code}");
            let words = WORDS.get(code.as_str()).unwrap_or_else(|| panic!("{code} has no words"));
            assert!(words.starts_with(part), "{code}: {words}");
        }
    }

    #[test]
    fn each_code_has_words_once() {
        let mut seen = BTreeSet::new();
        for (code, words) in lines() {
            assert!(seen.insert(code), "{code} twice");
            let number = code.strip_prefix("%%").is_some_and(|number| number.parse::<u32>().is_ok());
            let is_privilege =
                code.starts_with(PRIVILEGE) && (code.ends_with("Privilege") || code.ends_with("Right"));
            assert!(number || is_privilege || (code.len() == GUID && code.to_lowercase() == code), "{code}");
            // Otherwise a message without other codes would not be looked into.
            assert!(is_privilege || PARTS.iter().any(|part| code.contains(part)), "{code}");
            assert!(!words.trim().is_empty(), "{code}");
        }
        assert!(seen.len() > 100);
    }
}
