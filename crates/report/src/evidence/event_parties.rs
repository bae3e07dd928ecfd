//! Who takes part in a labelled event. Many events are read before they are counted, so all names
//! are cut when they are read.

use std::sync::Arc;

use events::{Event, EventDataId, EventView};
use messages::{Attributes, Role, all_accounts};
use rustc_hash::FxHashMap;

use super::accounts::Accounts;
use super::chosen::Candidate;
use crate::Time;
use crate::labels::session_numbers;
use crate::table::short;

/// Who takes part in a labelled event.
pub(super) struct EventParties {
    pub(super) candidate: Candidate,
    /// The positions of its labels.
    pub(super) labels: Vec<usize>,
    /// The user, the host and the address.
    pub(super) parties: Arc<[Option<String>; 3]>,
    /// What the user has to do with the event.
    pub(super) role: Role,
    /// All accounts that it names, the user first.
    pub(super) accounts: Arc<[(String, Role)]>,
}

/// Who takes part in the last record. The events of a record come after each other.
pub(super) struct LastRecord {
    data: EventDataId,
    parties: Arc<[Option<String>; 3]>,
    role: Role,
    accounts: Arc<[(String, Role)]>,
}

/// Returns who takes part in an event, and adds the accounts that it names. `last` has the parties
/// of the last record.
pub(super) fn of_event(
    event: &EventView<'_>,
    positions: &Positions<'_>,
    last: &mut Option<LastRecord>,
    accounts: &mut Accounts,
) -> EventParties {
    let Event { id, data, timestamp, .. } = *event.event;
    let (parties, role, named) = match last {
        Some(last) if last.data == data => (Arc::clone(&last.parties), last.role, Arc::clone(&last.accounts)),
        _ => {
            let attributes = Attributes::of(event);
            let parties = messages::Parties::of(&attributes);
            let named = all_accounts(&parties, &attributes).into_iter();
            let named: Arc<[(String, Role)]> = named.map(|(name, role)| (short(&name), role)).collect();
            let messages::Parties { host, user, role, address, .. } = parties;
            accounts.add_named(&attributes);
            let parties = Arc::new([user, host, address].map(|party| party.as_deref().map(short)));
            let known = (Arc::clone(&parties), Arc::clone(&named));
            *last = Some(LastRecord { data, parties: known.0, role, accounts: known.1 });
            (parties, role, named)
        }
    };
    let time = Time::of_event(timestamp);
    let candidate = Candidate { has_no_time: time.is_none(), time, data: Some(data), event: id };
    EventParties {
        candidate,
        labels: positions.of(&mut event.labels.to_vec()),
        parties,
        role,
        accounts: named,
    }
}

/// The positions of labels in the report.
pub(super) struct Positions<'l>(FxHashMap<&'l str, usize>);

impl<'l> Positions<'l> {
    pub(super) fn new(labels: &[&'l str]) -> Self {
        Self(labels.iter().enumerate().map(|(at, label)| (*label, at)).collect())
    }

    /// Returns the positions of an event's labels, in ascending order.
    pub(super) fn of(&self, labels: &mut Vec<String>) -> Vec<usize> {
        session_numbers(labels);
        let mut positions: Vec<_> =
            labels.iter().filter_map(|label| self.0.get(short(label).as_str()).copied()).collect();
        positions.sort_unstable();
        positions.dedup();
        positions
    }
}

#[cfg(test)]
mod tests {
    use events::{AttributeNames, AttributeReader, EventId};

    use super::*;
    use crate::table::MAXIMUM_CHARACTERS;

    /// A part of the events is read as a whole before the next step counts them.
    #[test]
    fn no_long_name_is_kept() {
        let long = "x".repeat(100 * MAXIMUM_CHARACTERS);
        let of_windows = format!(
            "<Event><EventData><Data Name='TargetUserName'>{long}</Data><Data Name='TargetUserSid'>S-1-5-21-7{long}</Data>\
             <Data Name='TargetDomainName'>{long}</Data><Data Name='SubjectUserName'>by{long}</Data>\
             <Data Name='TargetOutboundUserName'>used{long}</Data><Data Name='IpAddress'>{long}</Data></EventData></Event>"
        );
        for data in [
            serde_json::json!({"data_type": "windows:registry:x", "username": long}),
            serde_json::json!({"data_type": "windows:evtx:record", "event_identifier": 4624, "computer_name": long,
                "source_name": "Microsoft-Windows-Security-Auditing", "xml_string": of_windows}),
        ] {
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = data.to_string();
            let data = reader.open(data.as_bytes()).unwrap();
            let event = Event {
                id: EventId::new(1),
                data: EventDataId::new(1),
                timestamp: None,
                timestamp_description: "".into(),
            };
            let view = EventView { event: &event, data: Some(&data), stream: None, labels: &[] };
            let positions = Positions::new(&[]);
            let (mut last, mut accounts) = (None, Accounts::default());
            let found = of_event(&view, &positions, &mut last, &mut accounts);
            let names = found.accounts.iter().map(|(name, _)| name);
            let kept: Vec<_> = names.chain(found.parties.iter().flatten()).collect();
            assert!(kept.len() > 1, "{kept:?}");
            for name in kept {
                assert!(name.chars().count() <= MAXIMUM_CHARACTERS, "{} characters", name.chars().count());
            }
        }
    }
}
