//! Reading ranges of events with what belongs to them.
//!
//! Events of a range are visited in the order of their event data, which in every store seen is
//! also the order of the events themselves: so each blob is inflated once however many events share
//! it, and the table `event_data` is walked forward, never searched, but where the store has gaps.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use events::{
    AttributeNames, AttributeReader, BadReference, Event, EventData, EventDataError, EventDataId,
    EventDataStream, EventDataStreamId, EventId, EventRange, EventView, Stage, StageMark, TimeRange,
};
use rusqlite::{CachedStatement, OptionalExtension as _, Row, types::ValueRef};

use crate::blob::{BlobError, Inflater};
use crate::budget::{Budget, check_size};
use crate::connection::text;
use crate::shared_data::SharedData;
use crate::tags::{indexed_table, stored_labels};
use crate::{StorageError, Store};

/// What a run reads of every event beyond the event itself.
#[derive(Debug, Clone, Default)]
pub struct ReadPlan {
    /// The attributes of event data that will be asked for.
    pub names: Arc<AttributeNames>,
    /// Whether event data is read at all.
    pub event_data: bool,
    /// Whether event data streams are read; needs `event_data`, which holds the reference.
    pub stream: bool,
    /// Whether stored labels are read.
    pub labels: bool,
    /// The times of the events that are shown at all; others are only counted, and their data are
    /// not read.
    pub times: Option<TimeRange>,
    /// Where the reader notes what it is at.
    pub stage: StageMark,
}

/// Why an event cannot be analysed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It points to no event data.
    #[error("it points to no event data: {0}")]
    Reference(#[from] BadReference),
    /// A column does not hold what it should.
    #[error("its {0} is missing or no {1}")]
    Column(&'static str, &'static str),
    /// Its time is a text, a fraction or a blob. (An event without a time can be analysed.)
    #[error("its timestamp is not an integer")]
    Timestamp,
    /// The event data it points to is not there.
    #[error("its {0} does not exist")]
    NoEventData(EventDataId),
    /// The blob cannot be inflated.
    #[error("in {0}, {1}")]
    Blob(EventDataId, BlobError),
    /// The event data cannot be read.
    #[error("in {0}, {1}")]
    EventData(EventDataId, EventDataError),
    /// The event data is large, and was looked at for too many events already.
    #[error(
        "its {data} is shared by too many events: it has {mebibytes} MiB, which would be looked at for each"
    )]
    Shared {
        /// The event data.
        data: EventDataId,
        /// Its size.
        mebibytes: usize,
    },
    /// The stream that the event data points to is not there.
    #[error("in {0}, its {1} does not exist")]
    NoStream(EventDataId, EventDataStreamId),
    /// The labels stored for it cannot be read.
    #[error("its stored labels are not a list of texts")]
    Labels,
}

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
    /// For the rows of events.
    budget: Budget,
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
            plan,
            store,
        })
    }

    /// Shows `visit` every event of the range, or why the event cannot be analysed; returns the
    /// number of those that it was not shown because of their times.
    ///
    /// The range's events (not their data) are held in memory.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or `visit` fails.
    pub fn visit<E: From<StorageError>>(
        &mut self,
        range: EventRange,
        mut visit: impl FnMut(EventId, Result<&EventView<'_>, &Unreadable>) -> Result<(), E>,
    ) -> Result<u64, E> {
        if !self.has_events {
            return Ok(0);
        }
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
        visit: &mut impl FnMut(EventId, Result<&EventView<'_>, &Unreadable>) -> Result<(), E>,
    ) -> Result<(Vec<Event>, u64), E> {
        let store = self.store;
        let error = |source| StorageError::sqlite("read events of", store.path(), source);
        let sql = "SELECT _identifier, _event_data_identifier, timestamp, timestamp_desc FROM event \
                   WHERE _identifier BETWEEN ?1 AND ?2 ORDER BY _identifier";
        let mut statement = store.connection.prepare_cached(sql).map_err(error)?;
        let mut rows = statement.query([range.first, range.last]).map_err(error)?;
        let mut events = Vec::new();
        let mut outside = 0;
        while let Some(row) = rows.next().map_err(error)? {
            self.budget.take(row).map_err(error)?;
            if let Some(times) = &self.plan.times
                && is_outside(*times, row.get_ref(2).map_err(error)?)
            {
                outside += 1;
                continue;
            }
            let id = EventId::new(row.get(0).map_err(error)?);
            match self.event(id, row) {
                Ok(event) => events.push(event),
                Err(unreadable) => visit(id, Err(&unreadable))?,
            }
        }
        Ok((events, outside))
    }

    fn event(&mut self, id: EventId, row: &Row<'_>) -> Result<Event, Unreadable> {
        let reference = row.get_ref(1).ok().and_then(|value| value.as_str().ok());
        let reference = reference.ok_or(Unreadable::Column("event data identifier", "text"))?;
        let data = EventDataId::parse(reference)?;
        let timestamp = match row.get_ref(2) {
            Ok(ValueRef::Integer(timestamp)) => Some(timestamp),
            Ok(ValueRef::Null) => None,
            _ => return Err(Unreadable::Timestamp),
        };
        let description = match row.get_ref(3) {
            Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text),
            _ => Cow::default(),
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
        visit: &mut impl FnMut(EventId, Result<&EventView<'_>, &Unreadable>) -> Result<(), E>,
    ) -> Result<(), E> {
        // Stable and nearly free: they are in this order already in every store seen.
        events.sort_by_key(|event| event.data);
        let mut groups = events.chunk_by(|a, b| a.data == b.data).peekable();
        if !self.has_event_data {
            return groups.flatten().try_for_each(|e| visit(e.id, Err(&Unreadable::NoEventData(e.data))));
        }
        let store = self.store;
        let error = |source| StorageError::sqlite("read event data of", store.path(), source);
        let sql = "SELECT _identifier, _data FROM event_data WHERE _identifier >= ?1 ORDER BY _identifier";
        let mut statement = store.connection.prepare_cached(sql).map_err(error)?;
        while let Some(start) = groups.peek().map(|group| group[0].data.rowid()) {
            let mut rows = statement.query([start]).map_err(error)?;
            let mut row = rows.next().map_err(error)?;
            if let Some(row) = row
                && row.get::<_, i64>(0).map_err(error)? < start
            {
                return Err(store.out_of_order("event_data").into());
            }
            while let Some(group) = groups.peek().copied() {
                let wanted = group[0].data.rowid();
                let at = match row {
                    Some(row) => row.get(0).map_err(error)?,
                    None => i64::MAX,
                };
                if at < wanted {
                    if wanted - at > MAXIMUM_STEPS {
                        break;
                    }
                    row = rows.next().map_err(error)?;
                    continue;
                }
                groups.next();
                match row {
                    Some(row) if at == wanted => {
                        self.visit_group(group, row.get_ref(1).map_err(error)?, visit)?
                    }
                    _ => group.iter().try_for_each(|e| visit(e.id, Err(&Unreadable::NoEventData(e.data))))?,
                }
            }
        }
        Ok(())
    }

    fn visit_group<E: From<StorageError>>(
        &mut self,
        group: &[Event],
        stored: ValueRef<'_>,
        visit: &mut impl FnMut(EventId, Result<&EventView<'_>, &Unreadable>) -> Result<(), E>,
    ) -> Result<(), E> {
        let id = group[0].data;
        if let Some(size) = self.shared.exhausted(id) {
            return visit_none(group, size, visit);
        }
        let stage = &self.plan.stage;
        stage.enter(Stage::Inflate);
        let in_data = |error| Unreadable::EventData(id, error);
        let streams = self.plan.stream.then_some(&mut self.streams);
        let opened = self.inflater.json(stored).map_err(|error| Unreadable::Blob(id, error));
        let size = opened.as_ref().map_or(0, |json| json.len());
        let (group, too_many) = group.split_at(self.shared.take(id, size, group.len()));
        stage.enter(Stage::Parse);
        let opened = opened.and_then(|json| self.attributes.open(json).map_err(in_data));
        stage.enter(Stage::Read);
        let stream = match (&opened, streams) {
            (Ok(data), Some(streams)) => match data.stream() {
                Ok(Some(stream)) => streams.get(stream)?.map(Some).ok_or(Unreadable::NoStream(id, stream)),
                Ok(None) => Ok(None),
                Err(error) => Err(in_data(error)),
            },
            _ => Ok(None),
        };
        let visited = match (opened, stream) {
            (Ok(data), Ok(stream)) => {
                group.iter().try_for_each(|event| visit_one(event, Some(&data), stream, &self.labels, visit))
            }
            (Err(unreadable), _) | (_, Err(unreadable)) => {
                group.iter().try_for_each(|event| visit(event.id, Err(&unreadable)))
            }
        };
        stage.enter(Stage::Read);
        visited?;
        visit_none(too_many, size, visit)
    }
}

/// Passes over events that share data of this size with too many others.
fn visit_none<E>(
    events: &[Event],
    size: usize,
    visit: &mut impl FnMut(EventId, Result<&EventView<'_>, &Unreadable>) -> Result<(), E>,
) -> Result<(), E> {
    events.iter().try_for_each(|event| {
        visit(event.id, Err(&Unreadable::Shared { data: event.data, mebibytes: size >> 20 }))
    })
}

fn visit_one<E: From<StorageError>>(
    event: &Event,
    data: Option<&EventData<'_>>,
    stream: Option<&EventDataStream>,
    labels: &Labels<'_>,
    visit: &mut impl FnMut(EventId, Result<&EventView<'_>, &Unreadable>) -> Result<(), E>,
) -> Result<(), E> {
    match labels.of(event.id)? {
        Ok(labels) => visit(event.id, Ok(&EventView { event, data, stream, labels: &labels })),
        Err(unreadable) => visit(event.id, Err(&unreadable)),
    }
}

/// The event data streams; neighbouring event data mostly share one, so the last is kept.
struct Streams<'s> {
    store: &'s Store,
    exist: bool,
    last: Option<EventDataStream>,
    /// For the rows of streams. Event data with the same stream mostly follow each other.
    budget: Budget,
}

impl<'s> Streams<'s> {
    fn new(store: &'s Store) -> Result<Self, StorageError> {
        const TABLE: &str = "event_data_stream";
        Ok(Self { store, exist: store.has_table(TABLE)?, last: None, budget: store.search_budget(TABLE)? })
    }

    fn get(&mut self, id: EventDataStreamId) -> Result<Option<&EventDataStream>, StorageError> {
        if self.last.as_ref().is_none_or(|last| last.id != id) {
            self.last = if self.exist { self.read(id)? } else { None };
        }
        Ok(self.last.as_ref())
    }

    fn read(&self, id: EventDataStreamId) -> Result<Option<EventDataStream>, StorageError> {
        let sql = "SELECT file_entropy, md5_hash, path_spec, sha1_hash, sha256_hash, yara_match \
                   FROM event_data_stream WHERE _identifier = ?1";
        let read = || {
            self.store.connection.prepare_cached(sql)?.query_row([id.rowid()], |row| {
                self.budget.take(row)?;
                let text = |column| text(row, column);
                Ok(EventDataStream {
                    id,
                    file_entropy: text(0),
                    md5_hash: text(1),
                    path_spec: text(2),
                    sha1_hash: text(3),
                    sha256_hash: text(4),
                    yara_match: text(5),
                })
            })
        };
        read().optional().map_err(|source| self.store.error("read event data streams of", source))
    }
}

/// The labels stored before the run.
struct Labels<'s> {
    store: &'s Store,
    wanted: bool,
    /// The table they are read from.
    table: String,
    /// For the rows of this table, each of which belongs to one event.
    budget: Budget,
}

impl<'s> Labels<'s> {
    fn new(store: &'s Store, wanted: bool) -> Result<Self, StorageError> {
        let wanted = wanted && store.has_table("event_tag")?;
        let indexed = || -> rusqlite::Result<_> {
            if !wanted {
                return Ok(String::new());
            }
            if let Some(table) = indexed_table(&store.connection)? {
                return Ok(table);
            }
            // Plaso makes the index with the table. Without one, each event would take a look at
            // all tags.
            check_size(&store.connection, "event_tag", "_event_identifier TEXT, labels TEXT")?;
            store.connection.execute_batch(
                "CREATE TEMP TABLE IF NOT EXISTS tag_copy AS \
                     SELECT _event_identifier, labels FROM event_tag ORDER BY _identifier; \
                 CREATE INDEX IF NOT EXISTS tag_copy_per_event ON tag_copy (_event_identifier)",
            )?;
            Ok("tag_copy".into())
        };
        let table = indexed().map_err(|source| store.error("read event tags of", source))?;
        Ok(Self { store, wanted, table, budget: store.search_budget("event_tag")? })
    }

    fn of(&self, event: EventId) -> Result<Result<Vec<String>, Unreadable>, StorageError> {
        if !self.wanted {
            return Ok(Ok(Vec::new()));
        }
        let read = || {
            let mut labels = Vec::new();
            let mut statement = self.statement()?;
            let mut rows = statement.query([event.to_string()])?;
            while let Some(row) = rows.next()? {
                self.budget.take(row)?;
                match stored_labels(row, 0) {
                    Some(more) => labels.extend(more),
                    None => return Ok(Err(Unreadable::Labels)),
                }
            }
            Ok(Ok(labels))
        };
        read().map_err(|source| self.store.error("read event tags of", source))
    }

    fn statement(&self) -> rusqlite::Result<CachedStatement<'_>> {
        let sql = format!("SELECT labels FROM {} WHERE _event_identifier = ?1", self.table);
        self.store.connection.prepare_cached(&sql)
    }
}

/// Whether a stored timestamp is known to lie outside of the times. An event without a time lies
/// nowhere; what is no number at all is compared by the rules of SQLite, as Plaso has it, and lies
/// outside, too.
fn is_outside(times: TimeRange, stored: ValueRef<'_>) -> bool {
    match stored {
        ValueRef::Integer(timestamp) => !(times.first..=times.last).contains(&timestamp),
        // To be shown as what it is, an event whose time cannot be read.
        ValueRef::Real(_) => false,
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => true,
    }
}
