//! Small storage files made for a test.

use std::collections::BTreeMap;

use libdeflater::{CompressionLvl, Compressor};
use rusqlite::{Connection, ToSql};
use serde_json::{Value, json};

use crate::Store;

/// How event data is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// As JSON text.
    None,
    /// As deflated JSON.
    Zlib,
}

/// The tables of the format that tests fill, with their columns and types. As in Plaso's own files,
/// a table is created with its first row.
const TABLES: [(&str, &str); 7] = [
    ("event", "_event_data_identifier TEXT, date_time TEXT, timestamp INTEGER, timestamp_desc TEXT"),
    ("event_data", "_data BLOB"),
    (
        "event_data_stream",
        "file_entropy TEXT, md5_hash TEXT, path_spec TEXT, sha1_hash TEXT, sha256_hash TEXT, yara_match TEXT",
    ),
    ("event_tag", "_event_identifier TEXT, labels TEXT"),
    ("event_label_count", "label TEXT, number_of_events INTEGER"),
    ("parser_count", "name TEXT, number_of_events INTEGER"),
    ("user_account", "_path_separator TEXT, identifier TEXT, user_directory TEXT, username TEXT"),
];

/// A storage file that is being made.
#[derive(Debug)]
pub struct NewStore {
    store: Store,
    connection: Connection,
    compression: Compression,
    made: Vec<&'static str>,
}

impl NewStore {
    /// Begins a storage file of the newest format.
    #[must_use]
    pub fn new(compression: Compression) -> Self {
        Self::of_version(compression, "20260516")
    }

    /// Begins a storage file with this format version.
    ///
    /// # Panics
    ///
    /// If the file cannot be written.
    #[must_use]
    pub fn of_version(compression: Compression, version: &str) -> Self {
        let store = Store::empty();
        let connection = Connection::open(store.path()).unwrap();
        // The file need not survive a power cut.
        connection.pragma_update(None, "synchronous", "off").unwrap();
        connection.execute_batch("BEGIN; CREATE TABLE metadata (key TEXT, value TEXT)").unwrap();
        let name = if compression == Compression::Zlib { "zlib" } else { "none" };
        for row in
            [("format_version", version), ("compression_format", name), ("serialization_format", "json")]
        {
            connection.execute("INSERT INTO metadata VALUES (?1, ?2)", row).unwrap();
        }
        Self { store, connection, compression, made: Vec::new() }
    }

    /// Adds event data with these attributes, which include `data_type` and perhaps
    /// `_event_data_stream_identifier`. Returns its number.
    ///
    /// # Panics
    ///
    /// If the attributes are not a JSON object.
    pub fn event_data(&mut self, attributes: Value) -> i64 {
        let mut all = json!({"__type__": "AttributeContainer", "__container_type__": "event_data"});
        let members = attributes.as_object().expect("attributes are an object").clone();
        all.as_object_mut().unwrap().extend(members);
        self.event_data_json(&all.to_string())
    }

    /// Adds event data that is stored as this text, which need not be JSON. Returns its number.
    pub fn event_data_json(&mut self, json: &str) -> i64 {
        match self.compression {
            Compression::None => self.insert("event_data", &[("_data", &json)]),
            Compression::Zlib => self.event_data_stored(&deflate(json.as_bytes())),
        }
    }

    /// Adds event data that is stored as exactly these bytes, or as any other value of SQLite.
    /// Returns its number.
    pub fn event_data_stored(&mut self, stored: &dyn ToSql) -> i64 {
        self.insert("event_data", &[("_data", stored)])
    }

    /// Adds an event data stream with these attributes. Returns its number.
    ///
    /// # Panics
    ///
    /// If the attributes are not a JSON object.
    pub fn stream(&mut self, attributes: Value) -> i64 {
        let members: BTreeMap<String, String> = serde_json::from_value(attributes).expect("texts");
        let columns: Vec<(&str, &dyn ToSql)> =
            members.iter().map(|(name, value)| (name.as_str(), value as &dyn ToSql)).collect();
        self.insert("event_data_stream", &columns)
    }

    /// Adds an event at this time, in microseconds since 1970, with the event data of this number.
    /// Returns the event's number.
    pub fn event(&mut self, timestamp: i64, event_data: i64) -> i64 {
        self.event_row(&timestamp, &format!("event_data.{event_data}"), &"Content Modification Time")
    }

    /// Adds an event whose columns have these values, of any type. Returns its number.
    pub fn event_row(
        &mut self,
        timestamp: &dyn ToSql,
        event_data: &dyn ToSql,
        description: &dyn ToSql,
    ) -> i64 {
        let date_time = r#"{"__class_name__": "PosixTimeInMicroseconds", "__type__": "DateTimeValues"}"#;
        self.insert(
            "event",
            &[
                ("_event_data_identifier", event_data),
                ("date_time", &date_time),
                ("timestamp", timestamp),
                ("timestamp_desc", description),
            ],
        )
    }

    /// Adds a tag with these labels to an event, as an earlier run would have done. Returns the
    /// tag's number.
    pub fn tag(&mut self, event: i64, labels: &[&str]) -> i64 {
        let labels = serde_json::to_string(labels).unwrap();
        self.insert("event_tag", &[("_event_identifier", &format!("event.{event}")), ("labels", &labels)])
    }

    /// Creates a table of the format, unless it exists.
    ///
    /// # Panics
    ///
    /// If the format has no such table.
    pub fn create(&mut self, table: &'static str) {
        if self.made.contains(&table) {
            return;
        }
        let (_, columns) = TABLES.iter().find(|(name, _)| *name == table).expect("a table of the format");
        self.sql(&format!("CREATE TABLE {table} (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, {columns})"));
        if table == "event_tag" {
            self.sql("CREATE INDEX event_tag_per_event ON event_tag (_event_identifier)");
        }
        self.made.push(table);
    }

    /// Adds a row to a table of the format. Returns its number.
    ///
    /// # Panics
    ///
    /// If there is no such table or column.
    pub fn insert(&mut self, table: &'static str, values: &[(&str, &dyn ToSql)]) -> i64 {
        self.create(table);
        let columns: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
        let marks = vec!["?"; values.len()].join(", ");
        let sql = format!("INSERT INTO {table} ({}) VALUES ({marks})", columns.join(", "));
        let values: Vec<&dyn ToSql> = values.iter().map(|(_, value)| *value).collect();
        self.connection.prepare_cached(&sql).unwrap().execute(&*values).unwrap();
        self.connection.last_insert_rowid()
    }

    /// Runs these statements on the file.
    ///
    /// # Panics
    ///
    /// If one of them fails.
    pub fn sql(&mut self, sql: &str) {
        self.connection.execute_batch(sql).unwrap();
    }

    /// Finishes the storage file.
    ///
    /// # Panics
    ///
    /// If the file cannot be written.
    #[must_use]
    pub fn finish(self) -> Store {
        self.connection.execute_batch("COMMIT").unwrap();
        self.connection.close().unwrap();
        self.store
    }
}

/// Compresses event data as Plaso does.
///
/// # Panics
///
/// Never: there is room for whatever the result is.
#[must_use]
pub fn deflate(json: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut deflated = vec![0; compressor.zlib_compress_bound(json.len())];
    let length = compressor.zlib_compress(json, &mut deflated).unwrap();
    deflated.truncate(length);
    deflated
}
