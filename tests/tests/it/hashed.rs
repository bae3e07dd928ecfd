//! Small stores of files with hashes.

use serde_json::json;
use tests::{Compression, NewStore, Store};

/// How many events each file of a [`store`] has.
pub(crate) const EVENTS: usize = 3;

/// A hash of that many digits. It ends in the digit that its number ends in, which says whether a
/// test server knows it.
pub(crate) fn hash(number: usize, digits: usize) -> String {
    format!("{number:0digits$x}")
}

/// A store of so many files with hashes of their own, which are their numbers from 0, and
/// [`EVENTS`] events each, of this data type.
pub(crate) fn store(data_type: &str, files: usize) -> Store {
    let mut store = NewStore::new(Compression::Zlib);
    for number in 0..files {
        let stream = store.stream(json!({
            "md5_hash": hash(number, 32),
            "sha1_hash": hash(number, 40),
            "sha256_hash": hash(number, 64),
        }));
        let stream = format!("event_data_stream.{stream}");
        for time in 0..EVENTS {
            let data = json!({"data_type": data_type, "_event_data_stream_identifier": stream});
            let data = store.event_data(data);
            store.event(i64::try_from(number + time).unwrap(), data);
        }
    }
    store.finish()
}

/// The numbers of the files of a [`store`] of which every event, and no other, has the label.
///
/// # Panics
///
/// If only some events of a file have it.
pub(crate) fn labelled(store: &Store, label: &str) -> Vec<usize> {
    let tags = store.dump().tags;
    let events: Vec<usize> = tags
        .into_iter()
        .filter(|(_, labels)| labels.contains(label))
        .map(|(event, _)| usize::try_from(event).unwrap() - 1)
        .collect();
    let mut files: Vec<usize> = events.iter().map(|event| event / EVENTS).collect();
    files.dedup();
    let all: Vec<usize> =
        files.iter().flat_map(|file| (0..EVENTS).map(move |event| file * EVENTS + event)).collect();
    assert_eq!(events, all, "every event of a file has the label");
    files
}

/// The only analysis warning.
pub(crate) fn warning(store: &Store) -> String {
    let warnings = store.texts("SELECT message FROM analysis_warning");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    warnings.into_iter().next().unwrap()
}
