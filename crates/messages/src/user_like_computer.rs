//! Accounts of users whose names end in `$`, as those of computers do. Somebody who hides an
//! account gives it such a name, so it must not be called the account of a computer.

use std::borrow::Cow;

use crate::Attributes;
use crate::account::Accounts;
use crate::evt_record::SECURITY_OF_OLD;
use crate::windows_record::{SECURITY, changed_account, windows_accounts};

/// Events that Windows writes for accounts of users alone: one was created, deleted or changed. The
/// other events about accounts are about those of computers, too.
const OF_USERS: [&str; 6] = ["4720", "4726", "4738", "624", "630", "642"];
/// The same for accounts of computers.
const OF_COMPUTERS: [&str; 6] = ["4741", "4742", "4743", "645", "646", "647"];

/// An account of a user whose name ends like that of a computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserLikeComputer {
    /// Its name, with its domain.
    pub name: String,
    /// Its security identifier, if the event names it.
    pub sid: Option<String>,
}

/// Returns the account that a Windows event shows to be one of a user, although its name ends in
/// `$`.
#[must_use]
pub fn user_like_computer(attributes: &Attributes<'_>) -> Option<UserLikeComputer> {
    let name = account_of(attributes, &OF_USERS)?;
    let sid = attributes.text("xml_string.TargetSid").map(Cow::into_owned);
    Some(UserLikeComputer { name, sid })
}

/// Returns the account that a Windows event shows to be one of a computer.
#[must_use]
pub fn account_of_computer(attributes: &Attributes<'_>) -> Option<String> {
    account_of(attributes, &OF_COMPUTERS)
}

/// Returns the account that one of these events is about, if its name ends in `$`.
fn account_of(attributes: &Attributes<'_>, events: &[&str]) -> Option<String> {
    let identifier = attributes.text("event_identifier")?;
    let source = attributes.text("source_name").filter(|_| events.contains(&&*identifier))?;
    if source != SECURITY && source != SECURITY_OF_OLD {
        return None;
    }
    let named_alone = || {
        let Accounts { user, .. } = windows_accounts(attributes);
        user.filter(|(_, role)| role.is_change()).map(|(name, _)| name)
    };
    let name = changed_account(attributes).map(|(name, _)| name).or_else(named_alone)?;
    name.ends_with('$').then(|| name.into_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    fn of(json: &str) -> (Option<UserLikeComputer>, Option<String>) {
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        let attributes = Attributes::of_data(&data);
        (user_like_computer(&attributes), account_of_computer(&attributes))
    }

    #[test]
    fn the_event_says_whose_account_it_is() {
        let record = |identifier: u32, name: &str| {
            let json = format!(
                r#"{{"data_type": "windows:evtx:record", "source_name": "{SECURITY}", "event_identifier": {identifier},
                "xml_string": "<Event><EventData><Data Name='SubjectUserName'>eve</Data><Data Name='TargetUserName'>{name}</Data><Data Name='TargetSid'>S-1-5-21-7</Data></EventData></Event>"}}"#
            );
            of(&json.replace('\n', " ").replace('\'', "\\\""))
        };
        let user = UserLikeComputer { name: "svc$".into(), sid: Some("S-1-5-21-7".into()) };
        assert_eq!(record(4720, "svc$"), (Some(user), None));
        assert_eq!(record(4720, "svc"), (None, None));
        assert_eq!(record(4741, "PC$"), (None, Some("PC$".into())));
        // It is written for accounts of users and of computers.
        assert_eq!(record(4724, "PC$"), (None, None));
        let old = |identifier: u32| {
            of(&format!(
                r#"{{"data_type": "windows:evt:record", "source_name": "Security", "event_identifier": {identifier},
                "strings": ["svc$", "CORP", "x", "eve", "CORP"]}}"#
            ))
        };
        assert_eq!(old(624).0.map(|user| user.name).as_deref(), Some("CORP\\svc$"));
        assert_eq!(old(645).1.as_deref(), Some("CORP\\svc$"));
    }
}
