//! What a page shows of the labelled events themselves: some events of each label, in words; the
//! hosts, the users and the addresses; and which labels share events.
//!
//! The tags are read once for the first events of each label. Then all labelled events are read for
//! their hosts, users and addresses, and for an event of each of them. The chosen events are
//! described.

mod chosen;
mod described;
mod event_set;
mod parties;
mod varied;

use events::{AttributeNames, Event, EventView};
use filter::Rules;
use messages::{Attributes, Formats};
use rustc_hash::FxHashMap;
use storage::{ReadPlan, StorageError, Store};

use crate::collect::Steps;
use crate::findings::Report;
use crate::labelled::LabelError;
use crate::labels::session_numbers;
use crate::table::short;
use crate::{Count, Progress, Table, Time};
use chosen::{Candidate, Chosen};
use described::{Describe, describe};
use event_set::EventSet;
use parties::Parties;
use varied::Varied;

pub use described::ShownEvent;
pub use parties::PartyFacts;

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
    /// How many labelled events were not looked at for these, because there are too many.
    pub left_out: u64,
}

/// What a page shows of a label's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelEvidence {
    /// The hosts with the most events of the label.
    pub hosts: Table<Count>,
    /// The users with the most events of the label.
    pub users: Table<Count>,
    /// The addresses with the most events of the label.
    pub addresses: Table<Count>,
    /// The positions of other labels that its events have, with the number of these events.
    pub shared: Vec<(usize, u64)>,
    /// The positions of some of its events among the described ones, earliest first: the first
    /// events, and the first event of each user, host and address.
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
        let positions = Positions(names.iter().enumerate().map(|(at, name)| (*name, at)).collect());
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
        let mut found = Found::default();
        found.read(store, &positions, &labelled, progress)?;
        let Found { parties, varied } = found;
        let [(users, mut users_of), (hosts, mut hosts_of), (addresses, mut addresses_of)] =
            parties.map(|parties| parties.finish(names.len()));
        let (first, mut shared) = chosen.finish();
        let how = Describe {
            tagging_files: selection.tagging_files,
            formats: selection.formats,
            maximum: selection.events,
        };
        let (events, mut shown) = describe(store, &names, varied.before(first), &how)?;
        let labels = (0..names.len())
            .map(|label| LabelEvidence {
                hosts: std::mem::take(&mut hosts_of[label]),
                users: std::mem::take(&mut users_of[label]),
                addresses: std::mem::take(&mut addresses_of[label]),
                shared: std::mem::take(&mut shared[label]),
                events: std::mem::take(&mut shown[label]),
            })
            .collect();
        Ok(Self { labels, events, hosts, users, addresses, left_out: labelled.left_out() })
    }
}

/// The positions of labels in the report.
struct Positions<'l>(FxHashMap<&'l str, usize>);

impl Positions<'_> {
    /// Returns the positions of an event's labels, in ascending order.
    fn of(&self, labels: &mut Vec<String>) -> Vec<usize> {
        session_numbers(labels);
        let mut positions: Vec<_> =
            labels.iter().filter_map(|label| self.0.get(short(label).as_str()).copied()).collect();
        positions.sort_unstable();
        positions.dedup();
        positions
    }
}

/// Who takes part in labelled events.
#[derive(Debug, Default)]
struct Found {
    /// The users, the hosts and the addresses.
    parties: [Parties; 3],
    varied: Varied,
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
        let plan = ReadPlan::new(AttributeNames::default(), &messages::Parties::reads()).with_labels();
        let mut reader = store.event_reader(plan)?;
        let mut steps = Steps::new(progress, "labelled events");
        // The events of a record come after each other.
        let mut last = None;
        for range in labelled.ranges() {
            reader.visit::<StorageError>(range, |event| {
                if !labelled.contains(event.id()) {
                    return Ok(());
                }
                steps.row();
                // An event that cannot be read is named where it is described.
                let _ = event.examine(|event| {
                    let data = event.event.data;
                    if last.as_ref().is_none_or(|(known, _)| *known != data) {
                        let attributes = Attributes::of(event);
                        let messages::Parties { host, user, file: _ } = messages::Parties::of(&attributes);
                        last = Some((data, [user, host, messages::address_of(&attributes)]));
                    }
                    let Some((_, parties)) = &last else { return };
                    self.add(event, parties, &positions.of(&mut event.labels.to_vec()));
                });
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Adds an event with its user, host and address.
    fn add(&mut self, event: &EventView<'_>, parties: &[Option<String>; 3], labels: &[usize]) {
        let Event { id, data, timestamp, .. } = *event.event;
        let time = Time::of_event(timestamp);
        let candidate = Candidate { has_no_time: time.is_none(), time, data: Some(data), event: id };
        let mut names = Vec::new();
        for ((kind, found), text) in (0..).zip(&mut self.parties).zip(parties) {
            let number = text.as_ref().and_then(|text| found.add(text, time, labels));
            names.extend(number.map(|number| (kind, number)));
        }
        self.varied.add(candidate, labels, &names);
    }
}
