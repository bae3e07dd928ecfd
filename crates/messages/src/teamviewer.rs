//! The other side of a connection of TeamViewer, and what was done with it.

use crate::Attributes;

/// Words for the kinds of connections.
const KINDS: [(&str, &str); 3] =
    [("FileTransfer", "files were transferred"), ("Meeting", "a meeting"), ("VPN", "a virtual network")];
const REMOTE_CONTROL: &str = "RemoteControl";

/// Returns who was on the other side of a connection.
pub(crate) fn connection_facts(attributes: &Attributes<'_>) -> Vec<(&'static str, String)> {
    let is_incoming = match attributes.data_type() {
        "teamviewer:connections_incoming:entry" => true,
        "teamviewer:connections_outgoing:entry" => false,
        _ => return Vec::new(),
    };
    let text = |name| attributes.text(name);
    let (identifier, direction) = match is_incoming {
        true => (
            "source_identifier",
            "into this computer; the name and the number are those of the side that connected",
        ),
        false => (
            "destination_identifier",
            "out from this computer; the number is that of the computer that was reached",
        ),
    };
    let number = text(identifier).map(|number| format!("TeamViewer number {number}"));
    let other = match (text("connection_display_name"), number) {
        (Some(name), Some(number)) => Some(format!("{name}, {number}")),
        (Some(name), None) => Some(name.into_owned()),
        (None, number) => number,
    };
    let kind = text("activity_type").map(|kind| {
        let words = match (&*kind, is_incoming) {
            (REMOTE_CONTROL, true) => Some("the screen of this computer was controlled"),
            (REMOTE_CONTROL, false) => Some("the screen of the other computer was controlled"),
            _ => KINDS.iter().find(|(known, _)| *known == kind).map(|(_, words)| *words),
        };
        words.map_or_else(|| kind.clone().into_owned(), |words| format!("{kind} ({words})"))
    });
    let facts = [("other side", other), ("direction", Some(direction.to_owned())), ("kind", kind)];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    #[test]
    fn the_other_side_has_a_name_and_a_number() {
        let of = |json: &str| {
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            let facts = connection_facts(&Attributes::of_data(&data));
            facts.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
        };
        let incoming = of(r#"{"data_type": "teamviewer:connections_incoming:entry", "source_identifier": 16,
            "connection_display_name": "eve", "activity_type": "RemoteControl"}"#
            .replace('\n', " ")
            .as_str());
        assert_eq!(incoming[0], "other side: eve, TeamViewer number 16");
        assert!(incoming[1].starts_with("direction: into this computer"), "{incoming:?}");
        assert_eq!(incoming[2], "kind: RemoteControl (the screen of this computer was controlled)");
        let outgoing = of(
            r#"{"data_type": "teamviewer:connections_outgoing:entry", "destination_identifier": 16, "activity_type": "RemoteControl"}"#,
        );
        assert_eq!(outgoing[0], "other side: TeamViewer number 16");
        assert!(outgoing[1].starts_with("direction: out from this computer"), "{outgoing:?}");
        assert_eq!(outgoing[2], "kind: RemoteControl (the screen of the other computer was controlled)");
        assert!(of(r#"{"data_type": "teamviewer:application_log:entry"}"#).is_empty());
    }
}
