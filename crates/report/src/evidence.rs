//! What a page shows of the labelled events themselves: some events of each label, in words; the
//! hosts, the users and the addresses; and which labels share events.
//!
//! The tags are read once for the first events of each label. Then all labelled events are read, in
//! several threads, for their hosts, users and addresses, and for an event of each of them. The
//! chosen events are described.

mod accounts;
mod bounds;
mod chosen;
mod completed;
mod described;
mod event_parties;
mod event_set;
mod guessed;
mod parties;
mod varied;

use std::collections::{BTreeMap, BTreeSet};

use events::{AttributeNames, EventRange};
use filter::Rules;
use messages::{Formats, Role};
use storage::{ReadPlan, StorageError, Store};

use crate::collect::Steps;
use crate::findings::Report;
use crate::labelled::LabelError;
use crate::table::short;
use crate::{Count, Progress, Table, Time};
use accounts::Accounts;
use bounds::Bounds;
use chosen::Chosen;
use described::{Describe, describe};
use event_parties::{EventParties, Positions, of_event};
use event_set::EventSet;
use guessed::{Guesses, LogonLabels};
use parties::Parties;
use varied::Varied;

pub use bounds::TimeOf;
pub use described::ShownEvent;
pub use guessed::GuessedLogon;
pub use parties::PartyFacts;
pub(crate) use parties::{names_in_words, roles_in_words};

/// The labelled events that a page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// For each label of the report that the page shows, in their order.
    pub labels: Vec<LabelEvidence>,
    /// The described events, each once.
    pub events: Vec<ShownEvent>,
    /// The hosts of labelled events, those with the most serious labels first.
    pub hosts: Table<PartyFacts>,
    /// The users of labelled events.
    pub users: Table<PartyFacts>,
    /// The addresses of other computers in labelled events.
    pub addresses: Table<PartyFacts>,
    /// The first logons after many failed ones, earliest first.
    pub guessed: Vec<GuessedLogon>,
    /// How many labelled events were not looked at for these, because there are too many.
    pub left_out: u64,
    /// The name of the computer that Plaso found in the source, if it found one.
    pub computer: Option<String>,
    /// Whether Plaso found a time zone in the source.
    pub source_has_zone: bool,
}

/// What a page shows of a label's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelEvidence {
    /// Which event has the first time of the label, and what this time is. `None` if no event that
    /// was looked at has a usable time.
    pub first: Option<TimeOf>,
    /// The same of the last time.
    pub last: Option<TimeOf>,
    /// The hosts with the most events of the label.
    pub hosts: Table<Count>,
    /// The users with the most events of the label.
    pub users: Table<Count>,
    /// What these users have to do with the events, if it is the same for all of them.
    pub role: Option<Role>,
    /// The addresses with the most events of the label.
    pub addresses: Table<Count>,
    /// The positions of other labels that its events have, with the number of these events.
    pub shared: Vec<(usize, u64)>,
    /// The positions of some of its events among the described ones, earliest first: the first
    /// event, the first one of as many users, hosts and addresses as there is room for, and then
    /// the next events.
    pub events: Vec<usize>,
}

/// How much of the labelled events is read.
#[derive(Debug, Clone, Copy)]
pub struct Selection<'s> {
    /// The maximum number of labels.
    pub labels: usize,
    /// The maximum number of events of a label that are described.
    pub events: usize,
    /// The tagging files whose rules are named if they match an event. Without any, the built-in
    /// rules are asked.
    pub tagging_files: &'s [Rules],
    /// How an event becomes a message.
    pub formats: &'s Formats,
}

impl Evidence {
    /// Reads the labelled events of a report.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or the rules cannot be compiled.
    pub fn read(
        store: &Store,
        report: &Report,
        selection: Selection<'_>,
        progress: Progress<'_>,
    ) -> Result<Self, LabelError> {
        let progress = &mut { progress };
        let names: Vec<&str> =
            report.labels.rows.iter().take(selection.labels).map(|facts| facts.label.as_str()).collect();
        let positions = Positions::new(&names);
        let mut chosen = Chosen::new(names.len(), selection.events);
        let mut labelled = EventSet::default();
        let mut steps = Steps::new(progress, "event tags");
        store.visit_tags(
            |_| true,
            |mut tag| {
                steps.row();
                let (Some(event), Some(labels)) = (tag.event, &mut tag.labels) else { return };
                let labels = positions.of(labels);
                if !labels.is_empty() {
                    labelled.add(event);
                    chosen.add(event, tag.data, Time::of_event(tag.timestamp), &labels);
                }
            },
        )?;
        let mut found = Found { logon_labels: LogonLabels::of(&names), ..Found::default() };
        found.read(store, &positions, &labelled, progress)?;
        let Found { mut parties, varied, accounts, roles, guesses, bounds, logon_labels: _ } = found;
        parties[0].join(|name| accounts.one_name(name));
        let [(mut users, mut users_of), (hosts, mut hosts_of), (addresses, mut addresses_of)] =
            parties.map(|parties| parties.finish(names.len()));
        let (first, mut shared) = chosen.finish();
        let how = Describe {
            tagging_files: selection.tagging_files,
            formats: selection.formats,
            accounts: &accounts,
            maximum: selection.events,
        };
        let mut of_labels = varied.before(first);
        let (of_guesses, guessed): (Vec<_>, Vec<_>) =
            guesses.finish().into_iter().take(MAXIMUM_GUESSED).unzip();
        for (candidate, logon) in of_guesses.iter().zip(&guessed).rev() {
            of_labels[logon.label].insert(0, *candidate);
        }
        let (events, mut shown) = describe(store, &names, of_labels, &how)?;
        parties::mark_shown(&mut users, &events, &accounts);
        let labels = (0..)
            .zip(bounds.of_labels(store, names.len())?)
            .map(|(label, [first, last])| LabelEvidence {
                first,
                last,
                hosts: std::mem::take(&mut hosts_of[label]),
                users: std::mem::take(&mut users_of[label]),
                role: roles
                    .get(&label)
                    .filter(|roles| roles.len() == 1)
                    .and_then(|roles| roles.first().copied()),
                addresses: std::mem::take(&mut addresses_of[label]),
                shared: std::mem::take(&mut shared[label]),
                events: std::mem::take(&mut shown[label]),
            })
            .collect();
        let computer = store.computer_name()?.as_deref().map(short);
        let (left_out, source_has_zone) = (labelled.left_out(), store.has_time_zone()?);
        Ok(Self { labels, events, hosts, users, addresses, guessed, left_out, computer, source_has_zone })
    }
}

impl Evidence {
    /// Returns how many records of a label the page shows. One description can stand for several
    /// copies of a record.
    pub(crate) fn records_of(&self, label: &LabelEvidence) -> u64 {
        label.events.iter().map(|event| self.events[*event].event.records()).sum()
    }
}

/// The maximum number of logons after many failed ones that a page shows.
const MAXIMUM_GUESSED: usize = 5;
/// The kind of names that are users.
const USER: u8 = 0;

/// Who takes part in labelled events.
#[derive(Debug, Default)]
struct Found {
    /// The users, the hosts and the addresses.
    parties: [Parties; 3],
    varied: Varied,
    accounts: Accounts,
    /// What the users have to do with the events of each label.
    roles: BTreeMap<usize, BTreeSet<Role>>,
    guesses: Guesses,
    /// The first and the last event of each label.
    bounds: Bounds,
    logon_labels: LogonLabels,
}

impl Found {
    /// Reads the labelled events.
    fn read(
        &mut self,
        store: &Store,
        positions: &Positions<'_>,
        labelled: &EventSet,
        progress: &mut Progress<'_>,
    ) -> Result<(), StorageError> {
        let mut steps = Steps::new(progress, "labelled events");
        let read = |store: &Store, part: Vec<EventRange>| read_part(store, &part, positions, labelled);
        storage::read_in_order(&store.same()?, labelled.parts(), read, |part| {
            for event in part.events {
                steps.row();
                self.add(&event);
            }
            self.accounts.add(part.accounts);
        })
    }

    /// Adds an event with its user, host and address.
    fn add(&mut self, event: &EventParties) {
        let EventParties { candidate, labels, parties, role, accounts } = event;
        let mut names = Vec::new();
        for label in labels.iter().filter(|_| parties[0].is_some()) {
            self.roles.entry(*label).or_default().insert(*role);
        }
        for ((kind, found), text) in (0..).zip(&mut self.parties).zip(&**parties) {
            let number = text.as_ref().and_then(|text| found.add(text, candidate.time, labels));
            names.extend(number.map(|number| (kind, number)));
        }
        let user = names.first().filter(|(kind, _)| *kind == USER).map(|(_, number)| *number);
        self.parties[0].add_accounts(user, accounts, candidate.time, labels);
        self.bounds.add(candidate, labels);
        self.guesses.add(*candidate, (labels, &self.logon_labels), parties, *role);
        self.varied.add(*candidate, labels, &names);
    }
}

/// What some of the labelled events say.
#[derive(Default)]
struct Part {
    events: Vec<EventParties>,
    accounts: Accounts,
}

/// Reads some of the labelled events. An event that cannot be read is named where it is described.
fn read_part(
    store: &Store,
    part: &[EventRange],
    positions: &Positions<'_>,
    labelled: &EventSet,
) -> Result<Part, StorageError> {
    let plan = ReadPlan::new(AttributeNames::default(), &messages::Parties::reads()).with_labels();
    let mut reader = store.event_reader(plan)?;
    let Part { mut events, mut accounts } = Part::default();
    let mut last = None;
    for range in part {
        reader.visit::<StorageError>(*range, |event| {
            if labelled.contains(event.id()) {
                let examined = event.examine(|event| of_event(event, positions, &mut last, &mut accounts));
                events.extend(examined.ok());
            }
            Ok(())
        })?;
    }
    Ok(Part { events, accounts })
}
