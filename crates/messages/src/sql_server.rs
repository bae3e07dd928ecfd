//! What the records of an SQL server say: logons, and the record of its audit.
//!
//! An audit record has one text with a line for each name and value, as in `action_id:LGIF`. It
//! says what somebody asked for and whether the server allowed it, but not what came of it.

use std::borrow::Cow;

use crate::Attributes;
use crate::account::Role;
use crate::log_line::{behind, other_address};
use crate::show::push_line;

/// How the names of the sources begin. The name of the instance may follow.
const SOURCE: &str = "MSSQL";
const AUDIT: &str = "33205";
/// The actions of an audit that are logons and logoffs.
const FAILED: &str = "LGIF";
const LOGONS: [&str; 3] = [FAILED, "LGIS", "LGO"];
/// The other actions, each with what somebody asked for.
const ACTIONS: [(&str, &str); 28] = [
    ("AL", "change"),
    ("ALST", "change the settings of"),
    ("APRL", "add a member to"),
    ("AUSC", "change the state of"),
    ("BA", "back up"),
    ("BAL", "back up the log of"),
    ("CR", "create"),
    ("D", "deny a permission on"),
    ("DL", "delete from"),
    ("DPRL", "remove a member from"),
    ("DR", "delete"),
    ("EX", "run"),
    ("G", "grant a permission on"),
    ("GWG", "grant a permission, which may be granted further, on"),
    ("IMP", "act as"),
    ("IN", "insert into"),
    ("LGDA", "disable"),
    ("LGEA", "enable"),
    ("PWC", "change the password of"),
    ("PWCS", "change the own password of"),
    ("PWR", "reset the password of"),
    ("PWRS", "reset the own password of"),
    ("R", "revoke a permission on"),
    ("RS", "restore"),
    ("SL", "read"),
    ("SVSD", "shut down"),
    ("TO", "take the ownership of"),
    ("UP", "update"),
];
/// What an action is about.
const CLASSES: [(&str, &str); 16] = [
    ("A", "audit"),
    ("DA", "audit specification of a database"),
    ("DB", "database"),
    ("LX", "logon"),
    ("P", "stored procedure"),
    ("RL", "role of a database"),
    ("SA", "audit specification of the server"),
    ("SG", "role of the server"),
    ("SL", "SQL login"),
    ("SR", "server"),
    ("SU", "SQL user"),
    ("U", "table"),
    ("V", "view"),
    ("WL", "Windows login"),
    ("WU", "Windows user"),
    ("X", "extended stored procedure"),
];

/// The record of an audit.
struct AuditRecord<'a> {
    text: Cow<'a, str>,
}

impl<'a> AuditRecord<'a> {
    fn of(attributes: &'a Attributes<'_>) -> Option<Self> {
        if attributes.data_type() != "windows:evtx:record"
            || attributes.text("event_identifier").is_none_or(|identifier| identifier != AUDIT)
            || !attributes.text("source_name")?.starts_with(SOURCE)
        {
            return None;
        }
        let text = attributes.text("strings.0").or_else(|| attributes.text("xml_string.Data"))?;
        text.contains("action_id:").then_some(Self { text })
    }

    /// Returns a value that stands before the statement. The statement can have any text.
    fn value(&self, name: &str) -> Option<&str> {
        let head = self.text.split("\nstatement:").next()?;
        let value = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// Returns the statement, which may have several lines.
    fn statement(&self) -> Option<&str> {
        let rest = behind(&self.text, "\nstatement:")?;
        let statement =
            rest.rsplit_once("\nadditional_information:").map_or(rest, |(statement, _)| statement);
        Some(statement.trim()).filter(|statement| !statement.is_empty())
    }

    /// Returns the text of an element in the additional information.
    fn element(&self, name: &str) -> Option<&str> {
        let (_, information) = self.text.rsplit_once("\nadditional_information:")?;
        let from = behind(information, &format!("<{name}>"))?;
        let text = from.split("</").next()?.trim();
        let plain = text.strip_prefix("<![CDATA[").and_then(|text| text.strip_suffix("]]>"));
        Some(plain.unwrap_or(text)).filter(|text| !text.is_empty())
    }

    fn action(&self) -> &str {
        self.value("action_id").unwrap_or("?")
    }

    fn is_logon(&self) -> bool {
        LOGONS.contains(&self.action())
    }

    /// Returns the account that logged on to the server. The statement may run as another one.
    fn user(&self) -> Option<&str> {
        self.value("session_server_principal_name").or_else(|| self.value("server_principal_name"))
    }

    fn role(&self) -> Role {
        match self.action() {
            FAILED => Role::Tried,
            _ if self.is_logon() => Role::Account,
            _ => Role::Acted,
        }
    }

    /// Returns the address of the client. Only what the server itself writes is believed.
    fn address(&self) -> Option<String> {
        let of_logon = || self.element("address").filter(|_| self.is_logon());
        let address = self.value("client_ip").or_else(of_logon)?;
        // The number of an interface may follow.
        other_address(address.split('%').next()?)
    }

    fn message(&self) -> String {
        let user = self.user().unwrap_or("an unnamed account");
        let reason = || self.statement().map(|words| format!(": {words}")).unwrap_or_default();
        let message = match self.action() {
            FAILED => format!("logon of {user} failed{}", reason()),
            "LGIS" => format!("{user} logged on"),
            "LGO" => format!("{user} logged off"),
            _ => format!("{user} {}{}", self.request(), reason()),
        };
        let mut line = String::from("SQL Server audit: ");
        push_line(&message, &mut line);
        line
    }

    /// Returns what the user asked for, on what, and whether it was allowed.
    fn request(&self) -> String {
        let word = |words: &[(&str, &'static str)], code: &str| {
            words.iter().find(|(known, _)| *known == code).map(|(_, word)| *word)
        };
        let mut request = match self.value("succeeded") {
            Some("true") => String::from("was allowed to "),
            Some("false") => String::from("was not allowed to "),
            _ => String::from("asked to "),
        };
        match word(&ACTIONS, self.action()) {
            Some(action) => request += action,
            None => request += &format!("do the action {} on", self.action()),
        }
        if let Some(class) = self.value("class_type") {
            let class =
                word(&CLASSES, class).map_or_else(|| format!("object of the class {class}"), str::to_owned);
            request += &format!(" the {class}");
        }
        let name = self.value("object_name").or_else(|| self.element("session"));
        request.extend(name.map(|name| format!(" {name}")));
        let target = ["target_server_principal_name", "target_database_principal_name"];
        let target = target.into_iter().find_map(|name| self.value(name));
        request.extend(target.map(|name| format!(", for {name}")));
        request.extend(self.value("database_name").map(|name| format!(", database {name}")));
        let other = self.value("server_principal_name").filter(|other| self.user() != Some(other));
        request.extend(other.map(|other| format!(", running as {other}")));
        request.extend(self.element("action").map(|state| format!(", now {state}")));
        request
    }
}

/// Returns the message of a record of an audit.
pub(crate) fn audit_message(attributes: &Attributes<'_>) -> Option<String> {
    Some(AuditRecord::of(attributes)?.message())
}

/// Returns when the audited action was, and what must be known of the result that the record has.
pub(crate) fn facts_of_audit(attributes: &Attributes<'_>) -> Vec<(&'static str, String)> {
    let Some(record) = AuditRecord::of(attributes) else { return Vec::new() };
    let mut facts = Vec::new();
    if let Some(time) = record.value("event_time") {
        facts.push(("time of the action", format!("{time} {OF_ACTION}")));
    }
    if !record.is_logon() && record.value("succeeded").is_some() {
        facts.push(("result", OF_PERMISSION.to_owned()));
    }
    facts
}

const OF_ACTION: &str = "by the clock of SQL Server, which names no time zone; the server wrote the record of it to the \
                         event log later, at the time created";
const OF_PERMISSION: &str =
    "the record says whether the permission was there, not whether the statement was carried out";

/// Returns the account of a logon at an SQL server, or of an action that its audit records.
pub(crate) fn sql_account<'a>(attributes: &'a Attributes<'_>) -> Option<(Cow<'a, str>, Role)> {
    let identifier = attributes.text("event_identifier")?;
    let role = match &*identifier {
        "18456" => Role::Tried,
        "18453" | "18454" => Role::Account,
        AUDIT => {
            let record = AuditRecord::of(attributes)?;
            return Some((Cow::Owned(record.user()?.to_owned()), record.role()));
        }
        _ => return None,
    };
    let is_server = attributes.text("source_name")?.starts_with(SOURCE);
    Some((attributes.text("strings.0").filter(|_| is_server)?, role))
}

/// Returns the address from which somebody came to an SQL server, such as `[CLIENT: 203.0.113.7]`.
pub(crate) fn sql_address(attributes: &Attributes<'_>) -> Option<String> {
    if let Some(record) = AuditRecord::of(attributes) {
        return record.address();
    }
    let source = attributes.text("source_name").filter(|source| source.starts_with(SOURCE));
    let client = |place| {
        let text = attributes.text(place)?;
        let client = text.trim().strip_prefix("[CLIENT: ")?.strip_suffix(']')?;
        other_address(client.split('%').next()?)
    };
    source.and_then(|_| ["strings.1", "strings.2"].into_iter().find_map(client))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;
    use crate::{Formats, Parties};

    /// Returns the message, the user with its role, and the address of an audit record.
    fn audit(text: &str) -> (String, Option<String>, Role, Option<String>) {
        let text = text.replace('\n', "\\n").replace('"', "\\\"");
        let json = format!(
            r#"{{"data_type": "windows:evtx:record", "source_name": "MSSQL$X", "event_identifier": 33205,
                "strings": ["audit_schema_version:1\n{text}"]}}"#
        );
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        let attributes = Attributes::of_data(&data);
        let Parties { user, role, address, .. } = Parties::of(&attributes);
        (Formats::built_in().message(&attributes), user, role, address)
    }

    #[test]
    fn a_record_of_the_audit_is_a_sentence() {
        let failed = "action_id:LGIF\nsucceeded:false\nclass_type:LX\nsession_server_principal_name:\n\
            server_principal_name:sa\nstatement:Login failed for user 'sa'. [CLIENT: 203.0.113.7]\n\
            additional_information:<action_info><address>203.0.113.7%4</address></action_info>\n";
        let words = "SQL Server audit: logon of sa failed: Login failed for user 'sa'. [CLIENT: 203.0.113.7]";
        let address = Some("203.0.113.7".to_owned());
        assert_eq!(audit(failed), (words.into(), Some("sa".into()), Role::Tried, address.clone()));
        let (message, _, role, found) = audit(&failed.replace("LGIF", "LGIS").replace("false", "true"));
        assert_eq!((&*message, role, found), ("SQL Server audit: sa logged on", Role::Account, address));
        let created = "action_id:CR  \nsucceeded:true\nclass_type:SL\nclient_ip:203.0.113.8\n\
            session_server_principal_name:CORP\\eve\nserver_principal_name:sa\ndatabase_name:master\n\
            object_name:new\nstatement:CREATE LOGIN [new]\nuser:bob\nadditional_information:\n"
            .replace('\\', "\\\\");
        let words = "SQL Server audit: CORP\\eve was allowed to create the SQL login new, database master, running as sa: \
                     CREATE LOGIN [new] user:bob";
        let address = Some("203.0.113.8".to_owned());
        assert_eq!(audit(&created), (words.into(), Some("CORP\\eve".into()), Role::Acted, address));
        let refused = created.replace("true", "false").replace(":SL", ":ZZ").replace("CR  ", "QQQQ");
        let words = "CORP\\eve was not allowed to do the action QQQQ on the object of the class ZZ new, database master";
        assert!(audit(&refused).0.contains(words), "{:?}", audit(&refused));
        let stopped = "action_id:AUSC\nsucceeded:true\nclass_type:A \nserver_principal_name:eve\nstatement:\n\
            additional_information:<action_info><session><![CDATA[a$A]]></session><action>destroyed</action></action_info>";
        let words = "SQL Server audit: eve was allowed to change the state of the audit a$A, now destroyed";
        assert_eq!(audit(stopped).0, words);
    }

    /// Who can run a statement can write anything into it.
    #[test]
    fn a_statement_says_nothing_of_who_and_where() {
        let forged = "action_id:SL  \nsucceeded:true\nclass_type:U \nserver_principal_name:eve\n\
            statement:SELECT 1\nclient_ip:203.0.113.9\nsession_server_principal_name:bob\n\
            additional_information:<address>203.0.113.9</address>\nadditional_information:\n";
        let (message, user, _, address) = audit(forged);
        assert_eq!((user.as_deref(), address), (Some("eve"), None), "{message}");
        assert!(
            message.starts_with("SQL Server audit: eve was allowed to read the table: SELECT 1"),
            "{message}"
        );
    }

    #[test]
    fn a_record_of_the_audit_has_a_time_of_its_own() {
        let of = |text: &str| {
            let json = serde_json::json!({"data_type": "windows:evtx:record", "source_name": "MSSQL$X",
                "event_identifier": 33205, "strings": [text]});
            let json = json.to_string();
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            facts_of_audit(&Attributes::of_data(&data))
        };
        let time = "2020-07-15 21:07:46.8611512";
        let fact = ("time of the action", format!("{time} {OF_ACTION}"));
        let logon = format!("event_time:{time}\naction_id:LGIS\nsucceeded:true\n");
        assert_eq!(of(&logon), std::slice::from_ref(&fact));
        assert_eq!(of(&logon.replace("LGIS", "CR")), [fact, ("result", OF_PERMISSION.to_owned())]);
        assert_eq!(of("action_id:LGIS\n"), []);
    }

    #[test]
    fn codes_are_known_once() {
        for codes in [&ACTIONS[..], &CLASSES[..]] {
            assert!(codes.is_sorted_by(|one, other| one.0 < other.0));
            assert!(codes.iter().all(|(code, words)| code.len() <= 4 && !words.is_empty()));
        }
    }
}
