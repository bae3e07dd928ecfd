//! The tables of a task store.

/// Version of the task stores' tables; kept in SQLite's `user_version`. Foreman and worker are of
/// one version, so no other is ever read.
pub(super) const FORMAT: i64 = 2;
/// SQLite's `application_id` of a task store ("fore"): a task store may replace another one, and no
/// other database.
pub(super) const APPLICATION_ID: u32 = u32::from_be_bytes(*b"fore");

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

/// What a task store says about its task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskHeader {
    /// Identifier of the run.
    pub run: String,
    /// Number of the task within the run.
    pub task: u32,
    /// Names of the run's plugins, in their order.
    pub plugins: Vec<String>,
    /// What was done, for people: `events 1 to 4096`, `reduce sessionize`.
    pub step: String,
}
