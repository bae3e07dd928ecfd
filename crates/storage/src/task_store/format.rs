//! The tables of a task store, and what it says about itself.

use std::fmt;

use events::EventRange;

/// Version of the task stores' tables; kept in SQLite's `user_version`. Foreman and worker are of
/// one version, so no other is ever read.
pub(super) const FORMAT: i64 = 2;
/// SQLite's `application_id` of a task store ("fore"): a task store may replace another one, and no
/// other database.
pub(super) const APPLICATION_ID: u32 = u32::from_be_bytes(*b"fore");

/// The program that writes a task store, which must be the program that merges it.
pub(super) const PROGRAM: &str = concat!("foreman ", env!("CARGO_PKG_VERSION"));

/// The tables. One is there from its first row on: most tasks need four of them, and a run has many
/// tasks.
pub(super) const TABLES: [(&str, &str); 12] = [
    ("task", "(name TEXT PRIMARY KEY, value) WITHOUT ROWID"),
    ("plugin", "(position INTEGER PRIMARY KEY, name TEXT NOT NULL)"),
    ("event_tag", "(event INTEGER, plugin INTEGER, labels TEXT, PRIMARY KEY (event, plugin)) WITHOUT ROWID"),
    ("deferred", "(event INTEGER, plugin INTEGER, key, PRIMARY KEY (event, plugin)) WITHOUT ROWID"),
    ("reduce_key", "(plugin INTEGER, key, PRIMARY KEY (plugin, key)) WITHOUT ROWID"),
    ("key_label", "(first_key, last_key, label TEXT, PRIMARY KEY (first_key, label)) WITHOUT ROWID"),
    ("counter", "(plugin INTEGER, name TEXT, count INTEGER, PRIMARY KEY (plugin, name)) WITHOUT ROWID"),
    ("analysis_warning", "(position INTEGER PRIMARY KEY, plugin INTEGER, event INTEGER, message TEXT)"),
    ("analysis_result", "(position INTEGER PRIMARY KEY, plugin INTEGER, result TEXT)"),
    ("set_aside", "(position INTEGER PRIMARY KEY, event INTEGER, plugin TEXT, reason TEXT)"),
    ("note", "(message TEXT PRIMARY KEY, count INTEGER) WITHOUT ROWID"),
    ("profile", "(stage TEXT PRIMARY KEY, microseconds INTEGER) WITHOUT ROWID"),
];

/// The statement that makes a table of the list.
pub(super) fn statement((table, columns): &(&str, &str)) -> String {
    format!("CREATE TABLE {table} {columns}")
}

/// What a task store is a result of. A task store of another origin is not merged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Identifier of the run.
    pub run: String,
    /// The fingerprint of the storage file that was read:
    /// [`Store::fingerprint`](crate::Store::fingerprint).
    pub store: String,
    /// The digest of all settings that decide what is found, and of the rules.
    pub settings: String,
}

/// The work of a task, as its task store says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskStep {
    /// The events of a range were examined.
    Map(EventRange),
    /// The reduce step of the plugin of this name was run.
    Reduce(String),
}

impl fmt::Display for TaskStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Map(EventRange { first, last }) => write!(f, "events {first} to {last}"),
            Self::Reduce(plugin) => write!(f, "reduce {plugin}"),
        }
    }
}

/// What a task store says about its task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskHeader {
    /// What the task store is a result of.
    pub origin: Origin,
    /// Number of the task within the run.
    pub task: u32,
    /// Names of the run's plugins, in their order.
    pub plugins: Vec<String>,
    /// What was done.
    pub step: TaskStep,
}
