//! Small good inputs: events, and a store of them with everything that a run reads.

use std::sync::{Arc, LazyLock};

use events::{
    AttributeNames, AttributeReader, Event, EventDataId, EventDataStream, EventDataStreamId, EventId,
    EventView, Timestamp,
};
use rusqlite::Connection;
use serde_json::json;
use testing::{Compression, NewStore};

/// Event data with values of every kind, and of some size.
static EVENT_DATA: LazyLock<[String; 5]> = LazyLock::new(|| {
    // Not longer: reading it at each step is a hundred thousand times its length, twenty times as
    // slow as in a released program.
    let long = "a".repeat(1_000);
    [
        r#"{"data_type": "syslog:line", "body": "Failed password for root from 10.0.0.1 port 22", "v": "x"}"#.into(),
        r#"{"data_type": "fs:stat", "filename": "/usr/bin/evil", "size": 12, "v": 1.5, "is_allocated": true}"#.into(),
        r#"{"data_type": "a", "v": ["x", 1, null, ["y"]], "body": "\u00e9 \ud83d\ude00 \ud800 I\u0307", "size": NaN}"#.into(),
        r#"{"data_type": "a", "v": {"__type__": "tuple", "values": ["x"]}, "body": null, "size": 18446744073709551616}"#.into(),
        format!(r#"{{"data_type": "a", "body": "{long}x", "v": "{}", "size": -1}}"#, "ab ".repeat(10_000)),
    ]
});

/// Shows `look` each of some events, as those attributes are seen that `names` has. None of them
/// has labels.
pub(crate) fn each_event(names: &AttributeNames, mut look: impl FnMut(&EventView<'_>)) {
    let mut reader = AttributeReader::new(Arc::new(names.clone()));
    let stream = EventDataStream {
        id: EventDataStreamId::new(1),
        file_entropy: Some("4.5".into()),
        md5_hash: None,
        path_spec: Some(r#"{"__type__": "PathSpec", "location": "/a", "type_indicator": "OS"}"#.into()),
        sha1_hash: Some(String::new()),
        sha256_hash: Some("ff00".into()),
        yara_match: Some(r#"["rule_a", "rule_b"]"#.into()),
    };
    for (number, json) in EVENT_DATA.iter().enumerate() {
        let event = Event {
            id: EventId::new(1),
            data: EventDataId::new(1),
            timestamp: Some(Timestamp([1_325_376_000_000_000, 0, i64::MIN, i64::MAX, -1][number])),
            timestamp_description: "Content Modification Time".into(),
        };
        let data = reader.open(json.as_bytes()).unwrap();
        let stream = (number % 2 == 1).then_some(&stream);
        look(&EventView { event: &event, data: Some(&data), stream, labels: &[] });
        assert_eq!(data.error(), None);
    }
}

/// A store with a few events for each plugin, as small as SQLite makes it.
pub(crate) static STORE: LazyLock<Vec<u8>> = LazyLock::new(|| store(Compression::Zlib));

/// A store with a few events for each plugin.
pub(crate) fn store(compression: Compression) -> Vec<u8> {
    let mut new = NewStore::new(compression);
    let stream = new
        .stream(json!({"md5_hash": "00", "sha256_hash": "ff", "path_spec": "{}", "yara_match": "[\"r\"]"}));
    for (number, attributes) in [
        json!({"data_type": "syslog:line", "body": "Failed password", "reporter": "sshd", "username": "é"}),
        json!({"data_type": "fs:stat", "filename": "/home/u/.config/google-chrome/Default/Extensions/abcdefghijklmnopabcdefghijklmnop",
               "size": 5, "_event_data_stream_identifier": format!("event_data_stream.{stream}")}),
        json!({"data_type": "chrome:history:page_visited", "url": "https://www.google.com/search?q=a%20b+c", "title": "t"}),
    ]
    .into_iter()
    .enumerate()
    {
        let data = new.event_data(attributes);
        let event = new.event(1_700_000_000_000_000 + (number as i64) * 4_000_000_000, data);
        new.event(1_700_000_000_000_000, data);
        new.tag(event, &["old"]);
    }
    new.insert("event_label_count", &[("label", &"old"), ("number_of_events", &3)]);
    new.insert("parser_count", &[("name", &"total"), ("number_of_events", &6)]);
    new.insert(
        "user_account",
        &[("username", &"u"), ("user_directory", &"/home/u"), ("_path_separator", &"/")],
    );
    // As a run before would have left them.
    new.sql("CREATE TABLE analysis_report (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _data BLOB)");
    new.sql(
        r#"INSERT INTO analysis_report (_data) VALUES ('{"plugin_name": "tagging", "time_compiled": 7, "event_filter": "a is 1",
           "text": "b", "analysis_counter": {"old": 3, "event_tags": 9}}')"#,
    );
    new.sql(
        "CREATE TABLE analysis_warning (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT, plugin_name TEXT)",
    );
    new.sql("INSERT INTO analysis_warning (message, plugin_name) VALUES ('odd', 'tagging')");
    shrunk(new.finish().path())
}

/// The SQLite file at `path` with pages of 512 bytes, so that there is little in it that means
/// nothing.
pub(crate) fn shrunk(path: &std::path::Path) -> Vec<u8> {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("PRAGMA journal_mode = delete; PRAGMA page_size = 512; VACUUM").unwrap();
    connection.close().unwrap();
    std::fs::read(path).unwrap()
}
