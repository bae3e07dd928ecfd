//! Parts of a store, for machines that do not have all of it.
//!
//! A part is a store with some of the events, under the same numbers, and with all that a task
//! reads of them. So a task finds the same in a part as in the whole store. Tables and columns that
//! no task reads are left out.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use events::{AttributeNames, AttributeReader, EventDataStreamId, EventId, EventRange};
use files::Input;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::blob::Inflater;
use crate::budget::file_size;
use crate::connection::{configure, connect, uri};
use crate::format::{TAG_INDEX, Table, column_names, columns};
use crate::store_file::StoreFile;
use crate::tags::searchable_table;
use crate::{StorageError, Store};

/// The name of the whole store in the statements that write a part.
const WHOLE_STORE: &str = "whole";
/// The tables that a part has whole.
const WHOLE: [&str; 2] = ["user_account", "source_configuration"];
/// The tables of which a part has what belongs to its events.
const DIVIDED: [&str; 4] = ["event", "event_data", "event_data_stream", "event_tag"];
/// The rows of one range of events, of their data, and of one stream.
const OF_RANGE: &str = "_identifier BETWEEN ?1 AND ?2";
/// SQLite makes a number of any text. Of a text that is no reference, the part has at worst event
/// data that no event needs.
const DATA_OF_RANGE: &str = "_identifier IN (SELECT CAST(substr(_event_data_identifier, 12) AS INTEGER) \
                             FROM main.event NOT INDEXED WHERE _identifier BETWEEN ?1 AND ?2)";
/// SQLite's `application_id` of a part ("part"): most answers of a part are not those of the whole.
const APPLICATION_ID: u32 = u32::from_be_bytes(*b"part");
/// The bytes of a page of a part.
const PAGE_SIZE: u64 = 4096;

impl Store {
    /// Whether the file is a part of a store, as [`PartWriter`] makes it.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn is_part(&self) -> Result<bool, StorageError> {
        let id = self.connection.pragma_query_value(None, "application_id", |row| row.get::<_, i64>(0));
        id.map(|id| id == i64::from(APPLICATION_ID)).map_err(|source| self.error("read", source))
    }
}

/// What a part is, as its own file says: its path may lead to another one by now.
#[derive(Debug)]
pub struct FinishedPart {
    /// The number of its bytes.
    pub size: u64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Its [fingerprint](Store::fingerprint).
    pub fingerprint: String,
}

/// Writes a part of a store.
pub struct PartWriter<'s> {
    store: &'s Store,
    connection: Connection,
    /// The file that was made for the part. Closed after SQLite's own handle.
    file: StoreFile,
    path: PathBuf,
    /// The tables that the store has, of those that belong to a part.
    tables: Vec<Table>,
    /// The most pages that the part may have.
    most_pages: u64,
    inflater: Inflater,
    attributes: AttributeReader,
}

impl<'s> PartWriter<'s> {
    /// Begins a part in the file at `path`, which must be empty. There must be no link on the path.
    /// `made` is that file. Others may be allowed to put another file there, so nothing of the
    /// store is written before it is certain that SQLite writes to `made`.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, the part cannot be written, or another file is at the path.
    pub fn begin(store: &'s Store, path: &Path, made: Input) -> Result<Self, StorageError> {
        let file = StoreFile::of(made).map_err(|source| StorageError::cannot_open(path, source))?;
        let mut tables = Vec::new();
        for name in WHOLE.into_iter().chain(DIVIDED) {
            if store.has_table(name)? {
                tables.extend(Table::of(name));
            }
        }
        let size = file_size(&store.connection).map_err(|source| store.error("read", source))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NOFOLLOW
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        // SQLite takes only paths. Here it opens the file, and reads nothing yet.
        let is_in_place = || file.is_at(path).unwrap_or(false);
        let was_in_place = is_in_place();
        let connection = connect(path, flags);
        if !was_in_place || !is_in_place() {
            return Err(StorageError::ReplacedWhileMade { path: path.to_owned() });
        }
        let part = Self {
            store,
            connection: connection.map_err(|source| StorageError::sqlite("write", path, source))?,
            file,
            path: path.to_owned(),
            tables,
            // In a hostile file, many rows lead to the same pages. In a part, each row has a place
            // of its own, and pages may be half full.
            most_pages: 2 * size / PAGE_SIZE + 1_000,
            inflater: Inflater::new(),
            attributes: AttributeReader::new(Arc::new(AttributeNames::default())),
        };
        part.make_header().map_err(|source| part.error(source))?;
        part.require_own_file()?;
        part.make_tables().map_err(|source| part.error(source))?;
        // From the first read until the part is finished, no program can write to what was read.
        store.refuse_other_file(&part.connection, WHOLE_STORE)?;
        Ok(part)
    }

    /// Adds the events of a range, with what belongs to them.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or the part cannot be written.
    pub fn add(&mut self, events: EventRange) -> Result<(), StorageError> {
        self.add_rows(events).map_err(|source| self.error(source))?;
        match self.table("event_tag") {
            Some(_) => {
                let tags = searchable_table(self.store)?;
                self.add_tags(&tags, events).map_err(|source| self.error(source))
            }
            None => Ok(()),
        }
    }

    /// Completes the part.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn finish(self) -> Result<FinishedPart, StorageError> {
        self.connection.execute_batch("COMMIT").map_err(|source| self.error(source))?;
        let Self { connection, file, path, .. } = self;
        connection.close().map_err(|(_, source)| StorageError::sqlite("write", &path, source))?;
        let finished = || -> io::Result<FinishedPart> {
            let size = file.as_file().metadata()?.len();
            Ok(FinishedPart { size, sha256: file.sha256(|_| ())?, fingerprint: file.fingerprint()? })
        };
        finished().map_err(|source| StorageError::cannot_open(&path, source))
    }

    /// Refuses another file that was at the path when SQLite opened it. The new file was empty, and
    /// only this user may write to it. So if it has the header, SQLite has written it there.
    fn require_own_file(&self) -> Result<(), StorageError> {
        match self.file.as_file().metadata() {
            Ok(metadata) if metadata.len() > 0 => Ok(()),
            Ok(_) => Err(StorageError::ReplacedWhileMade { path: self.path.clone() }),
            Err(source) => Err(StorageError::cannot_open(&self.path, source)),
        }
    }

    /// Writes the header of the file, with which nothing of the store is told.
    fn make_header(&self) -> rusqlite::Result<()> {
        let connection = &self.connection;
        // A part is of no use unless it is complete, so nothing is spent on keeping it whole. From
        // `configure` on, SQLite refuses to be without a journal.
        connection.pragma_update(Some("main"), "journal_mode", "off")?;
        connection.pragma_update(Some("main"), "synchronous", "off")?;
        connection.pragma_update(Some("main"), "locking_mode", "exclusive")?;
        connection.pragma_update(Some("main"), "page_size", PAGE_SIZE)?;
        connection.pragma_update(Some("main"), "max_page_count", self.most_pages)?;
        // SQLite attaches only databases of one encoding.
        let encoding: String =
            self.store.connection.pragma_query_value(None, "encoding", |row| row.get(0))?;
        connection.pragma_update(None, "encoding", encoding)?;
        connection.pragma_update(Some("main"), "application_id", APPLICATION_ID)
    }

    fn make_tables(&self) -> rusqlite::Result<()> {
        let connection = &self.connection;
        configure(connection)?;
        connection.execute(&format!("ATTACH ?1 AS {WHOLE_STORE}"), [uri(self.store.path(), "mode=ro")])?;
        connection.execute_batch("BEGIN")?;
        connection.execute_batch(
            "CREATE TABLE metadata (key TEXT, value TEXT); \
             INSERT INTO metadata SELECT key, value FROM whole.metadata NOT INDEXED",
        )?;
        for table in &self.tables {
            connection.execute_batch(&table.statement())?;
            if WHOLE.contains(&table.name) {
                connection.execute(&copy("INSERT", table, "1"), [])?;
            }
        }
        if self.table("event_tag").is_some() { connection.execute_batch(TAG_INDEX) } else { Ok(()) }
    }

    fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    fn add_rows(&mut self, events: EventRange) -> rusqlite::Result<()> {
        self.insert("event", "INSERT", OF_RANGE, events)?;
        // Events of several ranges may share event data, and event data may share streams.
        self.insert("event_data", "INSERT OR IGNORE", DATA_OF_RANGE, events)?;
        for stream in self.streams(events)? {
            let row = EventRange { first: stream.rowid(), last: stream.rowid() };
            self.insert("event_data_stream", "INSERT OR IGNORE", OF_RANGE, row)?;
        }
        Ok(())
    }

    fn insert(&self, table: &str, insert: &str, rows: &str, range: EventRange) -> rusqlite::Result<()> {
        let Some(table) = self.table(table) else { return Ok(()) };
        let mut statement = self.connection.prepare_cached(&copy(insert, table, rows))?;
        statement.execute([range.first, range.last]).map(drop)
    }

    /// The streams of the event data of these events. Event data that cannot be read has none: a
    /// task does not get as far as its stream.
    fn streams(&mut self, events: EventRange) -> rusqlite::Result<BTreeSet<EventDataStreamId>> {
        let mut streams = BTreeSet::new();
        if self.table("event_data").and(self.table("event_data_stream")).is_none() {
            return Ok(streams);
        }
        let sql = format!("SELECT _data FROM main.event_data NOT INDEXED WHERE {DATA_OF_RANGE}");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([events.first, events.last])?;
        while let Some(row) = rows.next()? {
            let Ok(json) = self.inflater.json(row.get_ref(0)?) else { continue };
            let Ok(data) = self.attributes.open(json) else { continue };
            streams.extend(data.stream().ok().flatten());
        }
        Ok(streams)
    }

    fn add_tags(&self, tags: &str, events: EventRange) -> rusqlite::Result<()> {
        let read = format!("SELECT _identifier, labels FROM {tags} WHERE _event_identifier = ?1");
        let mut read = self.store.connection.prepare_cached(&read)?;
        let insert =
            "INSERT OR IGNORE INTO event_tag (_identifier, _event_identifier, labels) VALUES (?1, ?2, ?3)";
        let mut insert = self.connection.prepare_cached(insert)?;
        let numbers = format!("SELECT _identifier FROM main.event NOT INDEXED WHERE {OF_RANGE}");
        let mut numbers = self.connection.prepare_cached(&numbers)?;
        let mut events = numbers.query([events.first, events.last])?;
        while let Some(event) = events.next()? {
            let event = EventId::new(event.get(0)?).to_string();
            let mut tags = read.query([&event])?;
            while let Some(tag) = tags.next()? {
                insert.execute((tag.get::<_, i64>(0)?, &event, ToSqlOutput::Borrowed(tag.get_ref(1)?)))?;
            }
        }
        Ok(())
    }

    fn error(&self, source: rusqlite::Error) -> StorageError {
        let pages: rusqlite::Result<u64> =
            self.connection.pragma_query_value(Some("main"), "page_count", |row| row.get(0));
        let damaged = |detail: &str| StorageError::Damaged {
            path: self.store.path().to_owned(),
            detail: detail.into(),
        };
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) if pages.is_ok_and(|pages| pages >= self.most_pages) => {
                damaged("its tables have more than the file has room for")
            }
            Some(ErrorCode::ConstraintViolation) => damaged("several of its events have the same number"),
            Some(ErrorCode::DatabaseCorrupt) => self.store.error("read", source),
            _ => StorageError::sqlite("write", &self.path, source),
        }
    }
}

/// The statement that copies rows of a table from the whole store.
fn copy(insert: &str, table: &Table, rows: &str) -> String {
    let name = table.name;
    let values: Vec<_> = columns(table.columns).map(value).collect();
    format!(
        "{insert} INTO main.{name} ({}) SELECT _identifier, {} FROM whole.{name} NOT INDEXED WHERE {rows} ORDER BY _identifier",
        column_names(table.columns),
        values.join(", ")
    )
}

/// The value of a column, such as `labels TEXT`, as an expression.
///
/// In a hostile file, values have other types than their columns. SQLite would convert some of them
/// when it stores them, and a task would find something else than in the whole store. So they are
/// replaced by values that are not converted, and that a task treats in the same way.
fn value(column: &str) -> String {
    match column.split_once(' ') {
        // An event with another description is unreadable, and one without any is not.
        Some((name @ "timestamp_desc", "TEXT")) => {
            format!("CASE typeof({name}) WHEN 'text' THEN {name} WHEN 'null' THEN NULL ELSE x'' END")
        }
        Some((name, "TEXT")) => format!("CASE typeof({name}) WHEN 'text' THEN {name} END"),
        Some((name, "INTEGER")) => {
            format!("CASE typeof({name}) WHEN 'text' THEN x'' WHEN 'real' THEN 0.5 ELSE {name} END")
        }
        Some((name, _)) => name.into(),
        None => column.into(),
    }
}
