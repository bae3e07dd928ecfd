//! On which computer and by whom an event happened, or why the page does not say it.

use messages::{REGISTRY_KEY, Role, is_of_one, why_no_host, why_no_user};

use crate::html::legend::fact_of_event as fact;
use crate::html::writer::Html;
use crate::labelled_event::{LabelledEvent, Owner};

/// What is known of the computer of events that name no host.
#[derive(Debug, Clone, Default)]
pub(super) enum Computer {
    /// Nothing.
    #[default]
    Unknown,
    /// Plaso found its name in the source.
    OfStore(String),
    /// Other events name only this one.
    OfOtherEvents(String),
}

impl Computer {
    /// Returns what stands in the place of the host of an event of this data type.
    pub(super) fn words(&self, data_type: &str) -> String {
        let why = why_no_host(data_type);
        match self {
            Self::Unknown => format!("not recorded ({why})"),
            Self::OfStore(name) => format!("{name} (of the whole storage file; {why})"),
            Self::OfOtherEvents(name) => {
                format!("not recorded ({why}); where events with labels name a host, it is always {name}")
            }
        }
    }
}

/// Writes the host, who acted, and the other account.
pub(super) fn parties(html: &mut Html, event: &LabelledEvent, computer: &Computer) {
    match &event.host {
        Some(host) => fact(html, "host", host),
        None => fact(html, "host", &computer.words(&event.data_type)),
    }
    fact(html, Role::Acted.as_str(), &who_acted(event));
    if let Some(user) = event.user.as_ref().filter(|_| event.role != Role::Acted) {
        let user = match (&event.hint, &event.session) {
            (Some(hint), _) => format!("{user} (from {})", hint.as_str()),
            (None, Some(session)) => format!("{user} ({})", session.account),
            (None, None) => whose(user, event),
        };
        fact(html, event.role.as_str(), &user);
    }
    if let Some(by) = event.by.as_ref().filter(|_| event.by_role != Role::Acted) {
        fact(html, event.by_role.as_str(), &whose(by, event));
    }
}

/// Returns the account that acted, or why the page names none.
fn who_acted(event: &LabelledEvent) -> String {
    let of_session = event.session.as_ref().and_then(|session| session.by.as_deref());
    if let Some(by) = event.by.as_ref().filter(|_| event.by_role == Role::Acted) {
        return of_session.map_or_else(|| whose(by, event), |note| format!("{by}, {note}"));
    }
    if let Some(user) = event.user.as_ref().filter(|_| event.role == Role::Acted) {
        return whose(user, event);
    }
    if let Some((_, account)) = event.details.iter().find(|(name, _)| *name == Role::Acted.as_str()) {
        return whose(account, event);
    }
    let why = match (of_session, &event.user, &event.by) {
        (Some(why), ..) => why.to_owned(),
        (None, Some(_), _) if event.hint.is_some() => {
            "the path that hints at the user does not say who acted".to_owned()
        }
        (None, Some(_), _) => only_as(event.role).to_owned(),
        (None, None, Some(_)) if event.by_role == Role::Reported && event.record.is_some() => {
            "the record does not name the account of the logon".to_owned()
        }
        (None, None, Some(_)) => only_as(event.by_role).to_owned(),
        (None, None, None) => {
            let key = event.details.iter().find(|(name, _)| *name == REGISTRY_KEY);
            why_no_user(&event.data_type, key.map(|(_, key)| key.as_str())).to_owned()
        }
    };
    format!("not recorded ({why})")
}

/// Says what an event leaves open that names an account only in this role.
fn only_as(role: Role) -> &'static str {
    match role {
        Role::Tried => "the event does not say who tried to log on with the account",
        Role::Used => "the event does not say who gave the name and the password of the account",
        Role::RunsAs => "the event does not say who set up what runs as this account",
        Role::Owner => "the event names only the owner of the file",
        Role::Reported => "the event names only the account that reported it",
        Role::Account => "the event does not say who used the account",
        Role::User => "the event names a user, and does not say who acted",
        _ => "the event does not say who did it",
    }
}

const UNNAMED: &str = "an identifier: the records that were read do not name this account";
const USER_LIKE_COMPUTER: &str =
    "the account of a user: its name ends in “$” like that of a computer, which can hide it among those";

/// What an account is whose identifier in the record is that of the system.
const BY_SYSTEM: &str =
    "the computer's own account (the record has the identifier of the system itself, S-1-5-18)";
const RENAMED: &str = "; its name is not that of the host, so the computer was perhaps renamed";

/// Returns the name of an account, and says so if it may be the account of a computer.
pub(super) fn whose(name: &str, event: &LabelledEvent) -> String {
    let account = name.rsplit_once('\\').map_or(name, |(_, account)| account);
    // An identifier may follow the name.
    let account = account.split(" (S-1-").next().unwrap_or(account);
    let Some(computer) = account.strip_suffix('$').filter(|_| event.record.is_some()) else {
        let is_unnamed = event.record.is_some() && is_of_one(name) && !name.contains(' ');
        return if is_unnamed { format!("{name} ({UNNAMED})") } else { name.to_owned() };
    };
    let host = event.host.as_deref().and_then(|host| host.split('.').next()).unwrap_or_default();
    if event.is_by_system && event.acted() == Some(name) {
        let renamed = if host.eq_ignore_ascii_case(computer) { "" } else { RENAMED };
        return format!("{name}, {BY_SYSTEM}{renamed}");
    }
    let owner = event.owners.iter().find(|(known, _)| known == name).map(|(_, owner)| *owner);
    match owner {
        Some(Owner::User) => format!("{name}, {USER_LIKE_COMPUTER}"),
        Some(Owner::Computer) => format!("{name}, the account of a computer"),
        None if host.eq_ignore_ascii_case(computer) => format!("{name}, the computer's own account"),
        // It may be another computer, or an earlier name of this one, or a user.
        None => format!("{name}; its name ends in “$”, as the names of computers' accounts do"),
    }
}
