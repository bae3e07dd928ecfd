//! Sentences for lines of the SSH server about logons that failed.
//!
//! What somebody types as the name of an account stands in the line, so a line is only taken for a
//! sentence if nothing in it can be meant otherwise.

/// How OpenSSH and older servers call an account that does not exist, or that their settings do not
/// let in (`AllowUsers` and the like).
const NO_ACCOUNT: [&str; 2] = ["invalid user ", "illegal user "];

const UNKNOWN: &str = " (unknown or not allowed)";

/// Returns what such a line says in words.
pub(crate) fn ssh_sentence(text: &str) -> Option<String> {
    let failed = || {
        let (method, rest) = text.strip_prefix("Failed ")?.split_once(" for ")?;
        let unknown = NO_ACCOUNT.iter().find_map(|start| rest.strip_prefix(start));
        let (name, from) = unknown.unwrap_or(rest).split_once(" from ")?;
        let known = if unknown.is_some() { UNKNOWN } else { "" };
        Some((format!("Failed SSH logon with the account {}{known}", word(name)?), word(method)?, from))
    };
    let invalid = || {
        let rest = text.strip_prefix("Invalid user ").or_else(|| text.strip_prefix("Illegal user "))?;
        let (name, from) = rest.split_once(" from ")?;
        Some((format!("SSH was tried with the account {}{UNKNOWN}", word(name)?), "", from))
    };
    let (what, method, from) = failed().or_else(invalid)?;
    let method = match method {
        "" => String::new(),
        "publickey" => ", with a public key".to_owned(),
        "none" => ", with no method of proof".to_owned(),
        method => format!(", by {method}"),
    };
    Some(format!("{what}{method}, from {}", source(from)?))
}

/// Returns the address, and the port if there is one, of a text such as `192.0.2.9 port 4 ssh2`.
fn source(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    let address = words.next().filter(|address| address.parse::<std::net::IpAddr>().is_ok())?;
    let port = match (words.next(), words.next()) {
        (None, _) => return Some(address.to_owned()),
        (Some("port"), Some(port)) => port,
        _ => return None,
    };
    port.parse::<u16>().ok()?;
    let is_all = matches!((words.next(), words.next()), (None | Some("ssh2"), None));
    is_all.then(|| format!("{address} port {port}"))
}

fn word(text: &str) -> Option<&str> {
    (!text.is_empty() && !text.contains(char::is_whitespace)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_with_one_meaning_become_sentences() {
        for (line, expected) in [
            (
                "Failed password for invalid user admin from 203.0.113.77 port 40002 ssh2",
                Some(
                    "Failed SSH logon with the account admin (unknown or not allowed), by password, from 203.0.113.77 port 40002",
                ),
            ),
            (
                "Failed publickey for root from 2001:db8::7 port 4 ssh2",
                Some("Failed SSH logon with the account root, with a public key, from 2001:db8::7 port 4"),
            ),
            (
                "Invalid user oracle from 203.0.113.77",
                Some("SSH was tried with the account oracle (unknown or not allowed), from 203.0.113.77"),
            ),
            ("Failed password for a from 192.0.2.1 port 1 ssh2 from 203.0.113.77 port 4 ssh2", None),
            ("Failed password for invalid user a b from 203.0.113.77 port 4 ssh2", None),
            (
                "Failed password for from from 203.0.113.77 port 4 ssh2",
                Some("Failed SSH logon with the account from, by password, from 203.0.113.77 port 4"),
            ),
            ("Failed password for root from 203.0.113.77 port 70000 ssh2", None),
            ("Failed password for root from host port 4 ssh2", None),
            ("Accepted password for root from 203.0.113.77 port 4 ssh2", None),
        ] {
            assert_eq!(ssh_sentence(line).as_deref(), expected, "{line}");
        }
    }
}
