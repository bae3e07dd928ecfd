//! What an entry of the logs of logons, `wtmp` and `utmpx`, says in words: who logged on where, and
//! when the system started or its clock was set.

use crate::Attributes;
use crate::log_line::other_address;

const LINUX: &str = "linux:utmp:event";
const MACOS: &str = "macos:utmpx:entry";

/// Returns the message of an entry.
pub(crate) fn logon_log_message(attributes: &Attributes<'_>) -> Option<String> {
    let is_linux = match attributes.data_type() {
        LINUX => true,
        MACOS => false,
        _ => return None,
    };
    let text = |name| attributes.text(name);
    let kind = text("login_type")?;
    let terminal = text("terminal").map(|terminal| format!(" on {terminal}")).unwrap_or_default();
    let user = text("username");
    // Plaso writes `localhost` if the entry has no host.
    let host = text("hostname").filter(|host| host != "localhost" && host != "0.0.0.0");
    let address = || text("ip_address").and_then(|address| other_address(&address));
    let from = host.as_deref().map(str::to_owned).or_else(address);
    Some(match &*kind {
        "0" => "The entry of the log of logons is empty".to_owned(),
        "1" => match (text("terminal"), user.as_deref()) {
            (_, Some("shutdown")) => "The system was shut down".to_owned(),
            (Some(level), _) => format!("The run level of the system changed ({level})"),
            _ => "The run level of the system changed".to_owned(),
        },
        "2" => match host.filter(|_| is_linux) {
            Some(kernel) => format!("The system started, kernel {kernel}"),
            None => "The system started".to_owned(),
        },
        // Linux and macOS number these two the other way round.
        "3" | "4" if is_linux == (kind == "3") => clock("after"),
        "3" | "4" => clock("before"),
        "5" => format!("The program init started a process{terminal}"),
        "6" => format!("A program waited for a logon{terminal}"),
        "7" => {
            let from = from.unwrap_or_else(|| "this computer itself".to_owned());
            format!("Logon of {}{terminal} from {from}", user.as_deref().unwrap_or("?"))
        }
        "8" => match user {
            Some(user) => format!("The session of {user}{terminal} ended"),
            None => format!("A session or another process{terminal} ended; the entry does not name its user"),
        },
        "11" if !is_linux => "The system was shut down".to_owned(),
        _ => return None,
    })
}

fn clock(side: &str) -> String {
    format!(
        "The clock of the system was set: the time of this entry is the one that the clock had {side} it; another entry \
         has the other time"
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    #[test]
    fn each_kind_is_a_sentence() {
        let of = |data_type: &str, kind: u32, rest: &str| {
            let json = format!(r#"{{"data_type": "{data_type}", "login_type": {kind}{rest}}}"#);
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            logon_log_message(&Attributes::of_data(&data)).unwrap_or_default()
        };
        let date = r#", "username": "date", "terminal": "|", "hostname": "localhost""#;
        assert!(of(LINUX, 4, date).contains("that the clock had before it"));
        assert!(of(LINUX, 3, date).contains("that the clock had after it"));
        assert!(of(MACOS, 3, "").contains("that the clock had before it"));
        assert!(of(MACOS, 4, "").contains("that the clock had after it"));
        let user = r#", "username": "eve", "terminal": "pts/1""#;
        for (data_type, kind, rest, expected) in [
            (LINUX, 1, r#", "username": "shutdown", "terminal": "runlevel 0""#, "The system was shut down"),
            (LINUX, 1, r#", "terminal": "~""#, "The run level of the system changed (~)"),
            (LINUX, 2, r#", "hostname": "6.1.0""#, "The system started, kernel 6.1.0"),
            (MACOS, 2, r#", "hostname": "localhost""#, "The system started"),
            (LINUX, 6, r#", "terminal": "tty1""#, "A program waited for a logon on tty1"),
            (LINUX, 7, user, "Logon of eve on pts/1 from this computer itself"),
            (LINUX, 8, user, "The session of eve on pts/1 ended"),
            (
                LINUX,
                8,
                r#", "terminal": "pts/1", "hostname": "localhost""#,
                "A session or another process on pts/1 ended; the entry does not name its user",
            ),
            (MACOS, 11, "", "The system was shut down"),
            (LINUX, 11, "", ""),
            (LINUX, 0, "", "The entry of the log of logons is empty"),
        ] {
            assert_eq!(of(data_type, kind, rest), expected, "{data_type} {kind}");
        }
        let remote = format!(r#"{user}, "hostname": "192.0.2.7""#);
        assert_eq!(of(LINUX, 7, &remote), "Logon of eve on pts/1 from 192.0.2.7");
        let address = format!(r#"{user}, "hostname": "localhost", "ip_address": "192.0.2.7""#);
        assert_eq!(of(LINUX, 7, &address), "Logon of eve on pts/1 from 192.0.2.7");
    }
}
