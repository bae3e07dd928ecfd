//! The host, the user and the file that an event is about, whatever its data type calls them.

use std::borrow::Cow;

use events::StreamAttribute;

use crate::Attributes;
use crate::place::place;

/// Who and what takes part in an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parties {
    /// The computer on which it happened.
    pub host: Option<String>,
    /// The user who did it. For a logon, the user who logged on.
    pub user: Option<String>,
    /// The file in which the event was found, with what contains it.
    pub file: Option<String>,
}

/// Attributes that name the computer, the best first.
const HOSTS: [&str; 5] = ["hostname", "computer_name", "server_name", "host", "remote_name"];
/// Attributes that name the user, the best first.
const USERS: [&str; 8] =
    ["username", "user_name", "user", "account_name", "account", "user_identifier", "uid", "user_sid"];

/// The account that acts in a Windows event, and its domain.
const SUBJECT: [&str; 2] = ["xml_string.SubjectUserName", "xml_string.SubjectDomainName"];
/// The account that a Windows event acts on, and its domain.
const TARGET: [&str; 2] = ["xml_string.TargetUserName", "xml_string.TargetDomainName"];
/// Windows events in which `TargetUserName` logs on, or asks to.
const LOGONS: [&str; 11] =
    ["4624", "4625", "4634", "4647", "4740", "4768", "4769", "4770", "4771", "4776", "4778"];

impl Parties {
    /// Finds the parties of an event. The file is found only if the store was read with the event
    /// data stream.
    #[must_use]
    pub fn of(attributes: &Attributes<'_>) -> Self {
        let data_type = attributes.data_type();
        let is_record = matches!(&*data_type, "windows:evtx:record" | "windows:evt:record");
        let user = if is_record { windows_user(attributes) } else { first(attributes, &USERS) };
        Self {
            host: first(attributes, &HOSTS).map(Cow::into_owned),
            user: user.map(Cow::into_owned),
            file: attributes.of_stream(StreamAttribute::PathSpec).and_then(place),
        }
    }
}

fn first<'a>(attributes: &'a Attributes<'_>, names: &[&str]) -> Option<Cow<'a, str>> {
    names.iter().find_map(|name| attributes.text(name))
}

/// Returns the user of a Windows event: of a logon the account that logs on, otherwise the account
/// that acted.
fn windows_user<'a>(attributes: &'a Attributes<'_>) -> Option<Cow<'a, str>> {
    let account = |[name, domain]: [&str; 2]| {
        let name = attributes.text(name)?;
        match attributes.text(domain) {
            Some(domain) if !name.contains('@') => Some(Cow::Owned(format!("{domain}\\{name}"))),
            _ => Some(name),
        }
    };
    let is_logon =
        attributes.text("event_identifier").is_some_and(|number| LOGONS.contains(&number.as_ref()));
    let of_sides = if is_logon {
        account(TARGET).or_else(|| account(SUBJECT))
    } else {
        account(SUBJECT).or_else(|| account(TARGET))
    };
    of_sides
        .or_else(|| first(attributes, &["xml_string.User", "xml_string.AccountName", "xml_string.UserName"]))
        .or_else(|| attributes.text("user_sid").map(well_known))
}

/// Returns the name of an account that has the same security identifier on all computers.
fn well_known(sid: Cow<'_, str>) -> Cow<'_, str> {
    match &*sid {
        "S-1-5-18" => "SYSTEM".into(),
        "S-1-5-19" => "LOCAL SERVICE".into(),
        "S-1-5-20" => "NETWORK SERVICE".into(),
        _ => sid,
    }
}
