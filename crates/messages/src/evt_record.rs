//! Whom the records of Windows event logs of before Vista name. They have only a list of texts, and
//! each event has the names at other places in it.

use std::borrow::Cow;

use crate::Attributes;
use crate::account::Role;

/// An event of the log Security: its identifier, the place of the account that matters most, what
/// it has to do with the event, and the place of the account that was changed. The domain of an
/// account comes after its name.
type Places = (&'static str, usize, Role, Option<usize>);

const PLACES: [Places; 26] = [
    ("517", 3, Role::Acted, None),
    ("528", 0, Role::Account, None),
    ("529", 0, Role::Tried, None),
    ("530", 0, Role::Tried, None),
    ("531", 0, Role::Tried, None),
    ("532", 0, Role::Tried, None),
    ("533", 0, Role::Tried, None),
    ("534", 0, Role::Tried, None),
    ("535", 0, Role::Tried, None),
    ("538", 0, Role::Account, None),
    ("540", 0, Role::Account, None),
    ("551", 0, Role::Account, None),
    ("592", 3, Role::Acted, None),
    ("624", 3, Role::Acted, Some(0)),
    ("626", 3, Role::Acted, Some(0)),
    ("627", 3, Role::Acted, Some(0)),
    ("628", 3, Role::Acted, Some(0)),
    ("629", 3, Role::Acted, Some(0)),
    ("630", 3, Role::Acted, Some(0)),
    ("632", 5, Role::Acted, None),
    ("633", 5, Role::Acted, None),
    ("636", 5, Role::Acted, None),
    ("637", 5, Role::Acted, None),
    ("642", 4, Role::Acted, Some(1)),
    ("645", 3, Role::Acted, Some(0)),
    ("647", 3, Role::Acted, Some(0)),
];

/// The source of the log Security of before Vista.
pub(crate) const SECURITY_OF_OLD: &str = "Security";

fn places(attributes: &Attributes<'_>) -> Option<&'static Places> {
    if attributes.data_type() != "windows:evt:record" || attributes.text("source_name")? != SECURITY_OF_OLD {
        return None;
    }
    let identifier = attributes.text("event_identifier")?;
    PLACES.iter().find(|(known, ..)| *known == identifier)
}

/// Returns the account of an event that matters most.
pub(crate) fn account_of_old_record<'a>(attributes: &'a Attributes<'_>) -> Option<(Cow<'a, str>, Role)> {
    let (_, place, role, _) = *places(attributes)?;
    Some((account(attributes, place)?.into(), role))
}

/// Returns the account that an event says was created, changed or deleted.
pub(crate) fn changed_in_old_record(attributes: &Attributes<'_>) -> Option<String> {
    let (.., changed) = *places(attributes)?;
    account(attributes, changed?)
}

fn account(attributes: &Attributes<'_>, place: usize) -> Option<String> {
    let text = |place: usize| attributes.text(&format!("strings.{place}")).map(Cow::into_owned);
    let name = text(place)?;
    Some(match text(place + 1) {
        Some(domain) => format!("{domain}\\{name}"),
        None => name,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;
    use crate::{Formats, Parties, details};

    #[test]
    fn accounts_have_their_places() {
        let of = |identifier: u32, strings: &str| {
            let json = format!(
                r#"{{"data_type": "windows:evt:record", "source_name": "Security", "user_sid": "S-1-5-18",
                    "event_identifier": {identifier}, "strings": [{strings}]}}"#
            );
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            let attributes = Attributes::of_data(&data);
            let Parties { user, role, .. } = Parties::of(&attributes);
            let user = format!("{role} {}", user.unwrap());
            (user, details(&attributes), Formats::built_in().message(&attributes))
        };
        let changed = r#""bob", "CORP", "%{S-1-5-21-7}", "eve", "CORP", "(0x0,0x3E7)", "-""#;
        let by = "by CORP\\eve".to_owned();
        for (identifier, what, message) in [
            (624, "account created", "Account CORP\\bob created by CORP\\eve"),
            (627, "account changed", "Password change of CORP\\bob tried by CORP\\eve"),
            (628, "account changed", "Password reset of CORP\\bob tried by CORP\\eve"),
            (630, "account deleted", "Account CORP\\bob deleted by CORP\\eve"),
        ] {
            let facts = vec![(what, "CORP\\bob".to_owned())];
            assert_eq!(of(identifier, changed), (by.clone(), facts, message.to_owned()));
        }
        let cleared = of(517, r#""SYSTEM", "NT AUTHORITY", "(0x0,0x3E7)", "eve", "CORP", "(0x0,0x1)""#);
        assert_eq!(cleared, (by, Vec::new(), "Security log cleared by CORP\\eve".to_owned()));
        assert_eq!(of(529, r#""bob", "CORP", "3""#).0, "account tried CORP\\bob");
        assert_eq!(of(4_000, changed).0, "user SYSTEM");
    }

    #[test]
    fn each_event_has_its_places_once() {
        assert!(PLACES.is_sorted_by(|one, other| one.0 < other.0));
    }
}
