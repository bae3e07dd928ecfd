//! What the line of a log of transfers says in words: who did what with which file, in which
//! direction, and whether it succeeded.

use crate::Attributes;
use crate::log_line::behind;

const VSFTPD: &str = "vsftpd:log";

/// Which way a file goes that is downloaded.
const FROM_SERVER: &str = "from the server to the client";
/// What a client asks an FTP server for: what vsftpd calls it, what was done if it succeeded, what
/// was tried if it failed, and the direction of a file.
const COMMANDS: [(&str, &str, &str, Option<&str>); 8] = [
    ("UPLOAD", "uploaded", "upload", Some("from the client to the server")),
    ("DOWNLOAD", "downloaded", "download", Some(FROM_SERVER)),
    ("APPEND UPLOAD", "appended to", "append to", Some("from the client to the server")),
    ("MKDIR", "made the folder", "make the folder", None),
    ("RMDIR", "removed the folder", "remove the folder", None),
    ("DELETE", "deleted", "delete", None),
    ("RENAME", "renamed", "rename", None),
    ("CHMOD", "changed the permissions of", "change the permissions of", None),
];

/// A line such as `[pid 3] [jean] OK DOWNLOAD: Client "192.0.2.9", "/x", 40 bytes, 9.00Kbyte/sec`.
struct Line<'t> {
    user: Option<&'t str>,
    /// Whether it succeeded. A connection has no result.
    result: Option<bool>,
    command: &'t str,
    client: Option<&'t str>,
    file: Option<&'t str>,
    rest: &'t str,
}

impl<'t> Line<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let text = text.trim().strip_prefix("[pid ")?.split_once("] ")?.1;
        let (user, text) = match text.strip_prefix('[').and_then(|text| text.split_once("] ")) {
            Some((user, text)) => (Some(user), text),
            None => (None, text),
        };
        let (head, tail) = text.split_once(": ")?;
        let (result, command) = match head.split_once(' ') {
            Some(("OK", command)) => (Some(true), command),
            Some(("FAIL", command)) => (Some(false), command),
            _ => (None, head),
        };
        let (client, tail) = match tail.strip_prefix("Client \"").and_then(|tail| tail.split_once('"')) {
            Some((client, tail)) => (Some(client), tail.trim_start_matches(", ")),
            None => (None, tail),
        };
        // The name of a file can have quotation marks itself. Only figures follow it.
        let named = tail.strip_prefix('"').and_then(|tail| tail.rsplit_once('"'));
        let (file, rest) = named.map_or((None, tail), |(file, rest)| (Some(file), rest));
        Some(Self { user, result, command, client, file, rest: rest.trim_start_matches(", ") })
    }

    fn in_words(&self) -> Option<String> {
        let who = self.user.unwrap_or("somebody");
        let at = self.client.map(|client| format!(", at the client {client},")).unwrap_or_default();
        let what = match self.command {
            "CONNECT" => return Some(format!("FTP: {} connected to the server", self.client?)),
            "LOGIN" if self.result == Some(true) => format!("FTP: {who}{at} logged on"),
            "LOGIN" => format!("FTP: {who}{at} tried to log on, and failed"),
            command => {
                let (_, done, tried, direction) = COMMANDS.iter().find(|(known, ..)| *known == command)?;
                let file = self.file?;
                // The client is where the user is, and not where a file comes from.
                let server = match direction {
                    Some(FROM_SERVER) => " from the server",
                    Some(_) => " to the server",
                    None => " on the server",
                };
                match self.result? {
                    true => format!("FTP: {who}{at} {done} {file}{server}"),
                    false => format!("FTP: {who}{at} tried to {tried} {file}{server}, and failed"),
                }
            }
        };
        let password = behind(self.rest, "anon password \"").and_then(|rest| rest.split('"').next());
        let rest = match password {
            Some(password) => format!(", as an anonymous user who gave “{password}” as the password"),
            None if self.rest.is_empty() => String::new(),
            None => format!(", {}", self.rest),
        };
        Some(format!("{what}{rest}"))
    }
}

/// Returns the message of a line.
pub(crate) fn transfer_message(attributes: &Attributes<'_>) -> Option<String> {
    if attributes.data_type() != VSFTPD {
        return None;
    }
    Line::of(&attributes.text("text")?)?.in_words()
}

/// Returns the file of a line, its direction, and the result.
pub(crate) fn transfer_facts(attributes: &Attributes<'_>) -> Vec<(&'static str, String)> {
    let text = attributes.text("text").filter(|_| attributes.data_type() == VSFTPD);
    let Some(line) = text.as_deref().and_then(Line::of) else { return Vec::new() };
    let direction = COMMANDS.iter().find(|(known, ..)| *known == line.command).and_then(|command| command.3);
    let result = line.result.map(|is_done| if is_done { "success" } else { "failure" });
    let name = if direction.is_some() { "transferred file" } else { "changed file" };
    let facts = [(name, line.file), ("direction", direction), ("result", result)];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_who_did_what_and_how_it_ended() {
        for (text, expected) in [
            ("[pid 2] CONNECT: Client \"192.0.2.9\"", "FTP: 192.0.2.9 connected to the server"),
            ("[pid 1] [eve] OK LOGIN: Client \"192.0.2.9\"", "FTP: eve, at the client 192.0.2.9, logged on"),
            (
                "[pid 1] [eve] FAIL LOGIN: Client \"192.0.2.9\"",
                "FTP: eve, at the client 192.0.2.9, tried to log on, and failed",
            ),
            (
                "[pid 1] [ftp] OK LOGIN: Client \"192.0.2.9\", anon password \"n\"",
                "FTP: ftp, at the client 192.0.2.9, logged on, as an anonymous user who gave “n” as the password",
            ),
            (
                "[pid 3] [eve] OK UPLOAD: Client \"192.0.2.9\", \"/a \"b\".png\", 7 bytes, 1.00Kbyte/sec",
                "FTP: eve, at the client 192.0.2.9, uploaded /a \"b\".png to the server, 7 bytes, 1.00Kbyte/sec",
            ),
            (
                "[pid 3] [eve] FAIL DOWNLOAD: Client \"192.0.2.9\", \"/a*\", 0.00Kbyte/sec",
                "FTP: eve, at the client 192.0.2.9, tried to download /a* from the server, and failed, 0.00Kbyte/sec",
            ),
        ] {
            assert_eq!(Line::of(text).unwrap().in_words().as_deref(), Some(expected), "{text}");
        }
        for text in ["", "[pid 3", "[pid 3] x", "[pid 3] [eve] OK SITE: Client \"192.0.2.9\", \"x\""] {
            assert_eq!(Line::of(text).and_then(|line| line.in_words()), None, "{text}");
        }
    }

    #[test]
    fn facts_have_the_direction() {
        use std::sync::Arc;

        let json = r#"{"data_type": "vsftpd:log", "text": "[pid 3] [eve] OK UPLOAD: Client \"192.0.2.9\", \"/a\", 7 bytes"}"#;
        let mut reader = events::AttributeReader::new(Arc::new(events::AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        let facts = transfer_facts(&Attributes::of_data(&data));
        let facts: Vec<_> = facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let expected =
            ["transferred file: /a", "direction: from the client to the server", "result: success"];
        assert_eq!(facts, expected);
    }
}
