//! Reading ranges of events with what belongs to them.
//!
//! Events of a range are visited in the order of their event data, which in every store seen is
//! also the order of the events themselves: so each blob is inflated once however many events share
//! it, and the table `event_data` is walked forward, never searched, but where the store has gaps.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use events::{
    AttributeReader, Event, EventData, EventDataId, EventDataStream, EventId, EventRange, EventView, Stage,
    TimeRange, Timestamp,
};
use rusqlite::{Row, Rows, types::ValueRef};

use crate::blob::Inflater;
use crate::budget::Budget;
use crate::connection::lossy;
use crate::event_labels::Labels;
use crate::event_streams::Streams;
use crate::read_event::ReadEvent;
use crate::read_plan::ReadPlan;
use crate::shared_data::SharedData;
use crate::unreadable::{Shared, Unreadable};
use crate::{StorageError, Store};

/// Reads ranges of events. See [`Store::event_reader`].
pub struct EventReader<'s> {
    store: &'s Store,
    plan: ReadPlan,
    attributes: AttributeReader,
    inflater: Inflater,
    shared: SharedData,
    streams: Streams<'s>,
    labels: Labels<'s>,
    descriptions: BTreeSet<Arc<str>>,
    has_events: bool,
    has_event_data: bool,
    /// For the rows of events in one visit.
    budget: Budget,
    /// In a hostile file, many rows have the same long event data. Each is inflated.
    data_budget: Budget,
}

/// Past this many unwanted event data in a row it is cheaper to search for the next than to step to
/// it.
const MAXIMUM_STEPS: i64 = 64;

impl Store {
    /// A reader for ranges of events, which reads what `plan` asks for.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn event_reader(&self, plan: ReadPlan) -> Result<EventReader<'_>, StorageError> {
        EventReader::new(self, plan)
    }
}

impl<'s> EventReader<'s> {
    fn new(store: &'s Store, plan: ReadPlan) -> Result<Self, StorageError> {
        Ok(Self {
            attributes: AttributeReader::new(Arc::clone(&plan.names)),
            inflater: Inflater::new(),
            shared: SharedData::default(),
            streams: Streams::new(store)?,
            labels: Labels::new(store, plan.labels)?,
            descriptions: BTreeSet::new(),
            has_events: store.has_table("event")?,
            has_event_data: store.has_table("event_data")?,
            budget: store.budget("event")?,
            data_budget: store.budget("event_data")?,
            plan,
            store,
        })
    }

    /// Shows `visit` every event of the range, and returns the number of events that it did not
    /// show because of their times.
    ///
    /// The range's events (not their data) are held in memory.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or `visit` fails.
    pub fn visit<E: From<StorageError>>(
        &mut self,
        range: EventRange,
        mut visit: impl FnMut(ReadEvent<'_>) -> Result<(), E>,
    ) -> Result<u64, E> {
        if !self.has_events {
            return Ok(0);
        }
        self.budget.renew();
        self.data_budget.renew();
        self.plan.stage.enter(Stage::Read);
        let (events, outside) = self.events(range, &mut visit)?;
        self.shared.add_events(events.len());
        if self.plan.event_data {
            self.visit_with_data(events, &mut visit)?;
        } else {
            events.iter().try_for_each(|event| visit_one(event, None, None, &self.labels, &mut visit))?;
        }
        Ok(outside)
    }

    fn events<E: From<StorageError>>(
        &mut self,
        range: EventRange,
        visit: &mut impl FnMut(ReadEvent<'_>) -> Result<(), E>,
    ) -> Result<(Vec<Event>, u64), E> {
        let store = self.store;
        let error = |source| StorageError::sqlite("read events of", store.path(), source);
        let sql = "SELECT _identifier, _event_data_identifier, timestamp, timestamp_desc FROM event NOT INDEXED \
                   WHERE _identifier BETWEEN ?1 AND ?2 ORDER BY _identifier";
        let mut statement = store.connection.prepare_cached(sql).map_err(error)?;
        let mut rows = statement.query([range.first, range.last]).map_err(error)?;
        let mut events = Vec::new();
        let (mut outside, mut last) = (0, None);
        while let Some(row) = rows.next().map_err(error)? {
            let number = row.get::<_, i64>(0).map_err(error)?;
            let value = |column| row.get_ref(column).map_err(error);
            let values = [value(1)?, value(2)?, value(3)?];
            self.budget.take_values(&values).map_err(error)?;
            // In a hostile file, many ways lead to the same row.
            if last.replace(number).is_some_and(|last| number <= last) {
                return Err(store.out_of_order("event").into());
            }
            if let Some(times) = &self.plan.times
                && is_outside(*times, values[1])
            {
                outside += 1;
                continue;
            }
            let id = EventId::new(number);
            match self.event(id, values) {
                Ok(event) => events.push(event),
                Err(unreadable) => visit(ReadEvent::unreadable(id, &unreadable))?,
            }
        }
        Ok((events, outside))
    }

    fn event(
        &mut self,
        id: EventId,
        [reference, timestamp, description]: [ValueRef<'_>; 3],
    ) -> Result<Event, Unreadable> {
        let reference = reference.as_str().ok().ok_or(Unreadable::Column("event data identifier", "text"))?;
        let data = EventDataId::parse(reference)?;
        let timestamp = match timestamp {
            ValueRef::Integer(timestamp) => Some(Timestamp(timestamp)),
            ValueRef::Null => None,
            _ => return Err(Unreadable::Timestamp),
        };
        let description = match description {
            ValueRef::Text(text) => lossy(text),
            ValueRef::Null => Cow::default(),
            _ => return Err(Unreadable::Column("timestamp description", "text")),
        };
        let timestamp_description = match self.descriptions.get(&*description) {
            Some(known) => Arc::clone(known),
            None => {
                let new: Arc<str> = description.into();
                // There are a few dozen; a store that makes up one an event must not fill the
                // memory.
                if self.descriptions.len() < 10_000 {
                    self.descriptions.insert(Arc::clone(&new));
                }
                new
            }
        };
        Ok(Event { id, data, timestamp, timestamp_description })
    }

    fn visit_with_data<E: From<StorageError>>(
        &mut self,
        mut events: Vec<Event>,
        visit: &mut impl FnMut(ReadEvent<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        // Stable and nearly free: they are in this order already in every store seen.
        events.sort_by_key(|event| event.data);
        let mut groups = events.chunk_by(|a, b| a.data == b.data).peekable();
        if !self.has_event_data {
            return groups
                .flatten()
                .try_for_each(|e| visit(ReadEvent::unreadable(e.id, &Unreadable::NoEventData(e.data))));
        }
        let store = self.store;
        let error = |source| StorageError::sqlite("read event data of", store.path(), source);
        let sql = "SELECT _identifier, _data FROM event_data NOT INDEXED WHERE _identifier >= ?1 ORDER BY _identifier";
        let mut statement = store.connection.prepare_cached(sql).map_err(error)?;
        while let Some(start) = groups.peek().map(|group| group[0].data.rowid()) {
            let mut rows = statement.query([start]).map_err(error)?;
            let mut row = next_numbered(&mut rows).map_err(error)?;
            if row.is_some_and(|(number, _)| number < start) {
                return Err(store.out_of_order("event_data").into());
            }
            while let Some(group) = groups.peek().copied() {
                let wanted = group[0].data.rowid();
                let at = row.map_or(i64::MAX, |(number, _)| number);
                if at < wanted {
                    if wanted.saturating_sub(at) > MAXIMUM_STEPS {
                        break;
                    }
                    row = next_numbered(&mut rows).map_err(error)?;
                    if row.is_some_and(|(number, _)| number <= at) {
                        return Err(store.out_of_order("event_data").into());
                    }
                    continue;
                }
                groups.next();
                match row {
                    Some((_, row)) if at == wanted => {
                        let data = row.get_ref(1).map_err(error)?;
                        self.data_budget.take_values(&[data]).map_err(error)?;
                        self.visit_group(group, data, visit)?;
                    }
                    _ => group.iter().try_for_each(|e| {
                        visit(ReadEvent::unreadable(e.id, &Unreadable::NoEventData(e.data)))
                    })?,
                }
            }
        }
        Ok(())
    }

    fn visit_group<E: From<StorageError>>(
        &mut self,
        group: &[Event],
        stored: ValueRef<'_>,
        visit: &mut impl FnMut(ReadEvent<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let id = group[0].data;
        let of_data = Shared::Data(id);
        if let Some(size) = self.shared.exhausted(of_data) {
            return visit_none(group, of_data, size, visit);
        }
        let stage = &self.plan.stage;
        stage.enter(Stage::Inflate);
        let in_data = |error| Unreadable::EventData(id, error);
        let streams = self.plan.stream.then_some(&mut self.streams);
        let opened = self.inflater.json(stored).map_err(|error| Unreadable::Blob(id, error));
        let size = opened.as_ref().map_or(0, |json| json.len());
        let (group, too_many) = group.split_at(self.shared.take(of_data, size, group.len()));
        stage.enter(Stage::Parse);
        let opened = opened.and_then(|json| self.attributes.open(json).map_err(in_data));
        stage.enter(Stage::Read);
        let stream = match (&opened, streams) {
            (Ok(data), Some(streams)) if streams.last(data).is_some() => Ok(streams.last(data)),
            (Ok(data), Some(streams)) => match data.stream() {
                Ok(Some(stream)) => {
                    streams.get(stream, data)?.map(Some).ok_or(Unreadable::NoStream(id, stream))
                }
                Ok(None) => Ok(None),
                Err(error) => Err(in_data(error)),
            },
            _ => Ok(None),
        };
        let visited = match (opened, stream) {
            (Ok(data), Ok(stream)) => {
                let of_stream = stream.map(|stream| (Shared::Stream(stream.id), stream.size()));
                let take = |(shared, size)| self.shared.take(shared, size, group.len());
                let (group, too_many) = group.split_at(of_stream.map_or(group.len(), take));
                group
                    .iter()
                    .try_for_each(|event| visit_one(event, Some(&data), stream, &self.labels, visit))
                    .and_then(|()| match of_stream {
                        Some((shared, size)) => visit_none(too_many, shared, size, visit),
                        None => Ok(()),
                    })
            }
            (Err(unreadable), _) | (_, Err(unreadable)) => {
                group.iter().try_for_each(|event| visit(ReadEvent::unreadable(event.id, &unreadable)))
            }
        };
        stage.enter(Stage::Read);
        visited?;
        visit_none(too_many, of_data, size, visit)
    }
}

/// Returns the next row with its number, which stands in the first column.
fn next_numbered<'r>(rows: &'r mut Rows<'_>) -> rusqlite::Result<Option<(i64, &'r Row<'r>)>> {
    rows.next()?.map(|row| Ok((row.get(0)?, row))).transpose()
}

/// Passes over events that share something of this size with too many others.
fn visit_none<E>(
    events: &[Event],
    shared: Shared,
    size: usize,
    visit: &mut impl FnMut(ReadEvent<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let unreadable = Unreadable::Shared { shared, kibibytes: size >> 10 };
    events.iter().try_for_each(|event| visit(ReadEvent::unreadable(event.id, &unreadable)))
}

fn visit_one<E: From<StorageError>>(
    event: &Event,
    data: Option<&EventData<'_>>,
    stream: Option<&EventDataStream>,
    labels: &Labels<'_>,
    visit: &mut impl FnMut(ReadEvent<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let (labels, unreadable) = labels.of(event.id)?;
    visit(ReadEvent::new(EventView { event, data, stream, labels: &labels }, unreadable.as_ref()))
}

/// Whether a stored timestamp is known to lie outside of the times. An event without a time lies
/// nowhere; what is no number at all is compared by the rules of SQLite, as Plaso has it, and lies
/// outside, too.
fn is_outside(times: TimeRange, stored: ValueRef<'_>) -> bool {
    match stored {
        ValueRef::Integer(timestamp) => !(times.first..=times.last).contains(&Timestamp(timestamp)),
        // To be shown as what it is, an event whose time cannot be read.
        ValueRef::Real(_) => false,
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => true,
    }
}
