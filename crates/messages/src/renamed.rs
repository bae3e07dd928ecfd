//! Records of Windows that an account or a group got another name. Windows also writes them when it
//! sets the name that is already there, and for its built-in groups, which are no accounts of
//! anybody.

use std::borrow::Cow;

use crate::Attributes;
use crate::well_known::is_built_in_group;
use crate::windows_record::{SECURITY, SUBJECT, TARGET, account};

const RENAMED: &str = "4781";
const SID: &str = "xml_string.TargetSid";
/// The fields with the names. That with the identifier has another name than those of others.
const BEFORE: [&str; 3] = ["xml_string.OldTargetUserName", TARGET[1], SID];
const AFTER: [&str; 3] = ["xml_string.NewTargetUserName", TARGET[1], SID];

/// Who got a name: what it is, and its names before and after, with their domain.
struct Renamed<'a> {
    is_group: bool,
    before: Cow<'a, str>,
    after: Cow<'a, str>,
}

/// Returns the message of a record that an account or a group got a name.
pub(crate) fn renamed_message(attributes: &Attributes<'_>) -> Option<String> {
    let Renamed { is_group, before, after } = renamed(attributes)?;
    let by = account(attributes, SUBJECT).unwrap_or(Cow::Borrowed("?"));
    let what = if is_group { "built-in group" } else { "account" };
    if before == after {
        return Some(format!("The name of the {what} {before} was set again, and stayed the same, by {by}"));
    }
    Some(format!("The {what} {before} was renamed to {} by {by}", attributes.text(AFTER[0])?))
}

/// Returns the built-in group to which a record gives a name.
pub(crate) fn renamed_group(attributes: &Attributes<'_>) -> Option<String> {
    let renamed = renamed(attributes).filter(|renamed| renamed.is_group)?;
    Some(renamed.after.into_owned())
}

/// Returns whether a record gives an account or a group the name that it had.
pub(crate) fn is_same_name(attributes: &Attributes<'_>) -> bool {
    renamed(attributes).is_some_and(|renamed| renamed.before == renamed.after)
}

fn renamed<'a>(attributes: &'a Attributes<'_>) -> Option<Renamed<'a>> {
    let text = |name| attributes.text(name);
    if text("event_identifier")? != RENAMED || text("source_name")? != SECURITY {
        return None;
    }
    // Without a name, there would be the identifier.
    text(BEFORE[0]).and(text(AFTER[0]))?;
    Some(Renamed {
        is_group: text(SID).is_some_and(|sid| is_built_in_group(&sid)),
        before: account(attributes, BEFORE)?,
        after: account(attributes, AFTER)?,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;
    use crate::further_accounts::further_accounts;

    #[test]
    fn who_got_which_name() {
        let of = |sid: &str, before: &str, after: &str| {
            let fields = [
                ("OldTargetUserName", before),
                ("NewTargetUserName", after),
                ("TargetDomainName", "Builtin"),
                ("TargetSid", sid),
                ("SubjectUserName", "eve"),
            ];
            let data = fields.map(|(name, value)| format!("<Data Name=\"{name}\">{value}</Data>"));
            let xml = format!("<Event><EventData>{}</EventData></Event>", data.concat());
            let json = serde_json::json!({"data_type": "windows:evtx:record", "source_name": SECURITY,
                "event_identifier": 4781, "xml_string": xml});
            let json = json.to_string();
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            let attributes = Attributes::of_data(&data);
            let changed = further_accounts(&attributes).iter().map(|further| further.in_words()).collect();
            (renamed_message(&attributes).unwrap(), renamed_group(&attributes), changed)
        };
        let person = "S-1-5-21-1-2-3-1000";
        let (message, group, changed): (_, _, Vec<_>) = of(person, "bob", "admin");
        assert_eq!(message, "The account Builtin\\bob was renamed to admin by eve");
        assert_eq!((group, changed), (None, vec!["Builtin\\admin".to_owned()]));
        let (message, ..) = of(person, "bob", "bob");
        assert_eq!(
            message,
            "The name of the account Builtin\\bob was set again, and stayed the same, by eve"
        );
        let group = "S-1-5-32-544";
        let (message, named, changed) = of(group, "Administrators", "Administrators");
        assert_eq!(
            message,
            "The name of the built-in group Builtin\\Administrators was set again, and stayed the same, by eve"
        );
        assert_eq!((named.as_deref(), changed.len()), (Some("Builtin\\Administrators"), 0));
        let (message, ..) = of(group, "Administrators", "Admins");
        assert_eq!(message, "The built-in group Builtin\\Administrators was renamed to Admins by eve");
    }
}
