//! Stores of every format, and what several tests put into them.

use events::{EventId, Label, Session, Timestamp};
use storage::{Store, TagWriter};
use testing::{Compression, NewStore};

/// Version and compression of every format.
pub(crate) const FORMATS: [(&str, Compression); 4] = [
    ("20230327", Compression::Zlib),
    ("20230327", Compression::None),
    ("20260516", Compression::Zlib),
    ("20260516", Compression::None),
];

/// A store without any table but the one that says its format.
pub(crate) fn store((version, compression): (&str, Compression)) -> testing::Store {
    NewStore::of_version(compression, version).finish()
}

/// A store with the tables of events, in which there is nothing but the stream 5.
pub(crate) fn store_with_events((version, compression): (&str, Compression)) -> testing::Store {
    let mut new = NewStore::of_version(compression, version);
    for table in ["event", "event_data", "event_data_stream"] {
        new.create(table);
    }
    new.sql(
        "INSERT INTO event_data_stream (_identifier, md5_hash, path_spec) \
         VALUES (5, 'd41d8cd98f00b204e9800998ecf8427e', '{}')",
    );
    new.finish()
}

pub(crate) fn sessions(store: &Store) -> Vec<Session> {
    let mut sessions = Vec::new();
    store.visit_sessions(|session| sessions.push(session)).unwrap();
    sessions
}

pub(crate) fn session() -> Session {
    Session {
        identifier: "0123456789abcdef0123456789abcdef".into(),
        aborted: false,
        command_line_arguments: "foreman analyze case.plaso".into(),
        debug_mode: true,
        start_time: Timestamp(1),
        completion_time: Timestamp(2),
        product_name: "foreman".into(),
        product_version: "1".into(),
    }
}

pub(crate) fn add(tags: &mut TagWriter<'_>, event: EventId, labels: &[&str]) {
    let labels: Vec<_> = labels.iter().map(|text| tags.labels().number(&label(text))).collect();
    tags.add(event, &labels).unwrap();
}

pub(crate) fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}
