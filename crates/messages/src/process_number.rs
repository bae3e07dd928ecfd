//! The numbers of processes in one spelling. Windows writes them in hexadecimal digits in some
//! records, and in decimal ones in others.

/// How the names of fields end that are numbers of processes, in lower case.
const ENDINGS: [&str; 2] = ["processid", "pid"];

/// Returns the number of a process in decimal digits, with the hexadecimal ones that the record has
/// behind it: `420 (0x1a4)`. Returns `None` for another value.
#[must_use]
pub fn process_number(name: &str, value: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    if !ENDINGS.iter().any(|ending| name.ends_with(ending)) {
        return None;
    }
    let digits = value.trim();
    let number = u64::from_str_radix(digits.strip_prefix("0x")?, 16).ok()?;
    Some(format!("{number} ({digits})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_number() {
        for (name, value, expected) in [
            ("xml_string.NewProcessId", "0x1a4", Some("420 (0x1a4)")),
            ("PID", "0x4", Some("4 (0x4)")),
            ("ProcessId", "420", None),
            ("ProcessName", "0x1a4", None),
            ("ProcessId", "0xfffffffffffffffff", None),
        ] {
            assert_eq!(process_number(name, value).as_deref(), expected, "{name}");
        }
    }
}
