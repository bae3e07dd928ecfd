//! Stores and findings of a few bytes that stand for much work.

use std::path::Path;

use events::{
    AttributeNames, EventId, Label, Note, PluginFindings, Reads, StreamAttribute, TaskFindings, Timestamp,
};
use rusqlite::Connection;
use storage::merge::{MapTask, MergePlan, Merged, merge};
use storage::task_store::{TaskHeader, TaskStep, TaskStoreWriter};
use storage::{EventRange, ReadPlan, StorageError, Store, StoreWriter};

use crate::task_stores;
use crate::untrusted::{EVENTS, TAGS, store};

/// What many events share.
#[derive(Clone, Copy)]
enum Large {
    Data,
    Stream,
}

/// How many events of a store with so many, which share 16 MiB, are shown to a reader that visits
/// them at once or one by one.
fn shown(large: Large, events: i64, one_by_one: bool) -> (usize, usize) {
    let (_folder, path) = store(EVENTS);
    let connection = Connection::open(&path).unwrap();
    let text = "a".repeat(16 << 20);
    let (json, name) = match large {
        Large::Data => (format!("{{\"data_type\": \"a\", \"text\": \"{text}\"}}"), "event_data"),
        Large::Stream => {
            let json =
                r#"{"data_type": "a", "_event_data_stream_identifier": "event_data_stream.1"}"#.to_owned();
            let columns = "file_entropy TEXT, md5_hash TEXT, path_spec TEXT, sha1_hash TEXT, sha256_hash TEXT, yara_match TEXT";
            let table = format!(
                "CREATE TABLE event_data_stream (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, {columns})"
            );
            connection.execute(&table, []).unwrap();
            connection.execute("INSERT INTO event_data_stream (path_spec) VALUES (?1)", [&text]).unwrap();
            (json, "event_data_stream")
        }
    };
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut deflated = vec![0; compressor.zlib_compress_bound(json.len())];
    let length = compressor.zlib_compress(json.as_bytes(), &mut deflated).unwrap();
    connection.execute("INSERT INTO event_data (_data) VALUES (?1)", [&deflated[..length]]).unwrap();
    let events_sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT ?1) \
                      INSERT INTO event (_event_data_identifier, timestamp) SELECT 'event_data.1', x FROM n";
    connection.execute(events_sql, [events]).unwrap();
    let store = Store::open(&path).unwrap();
    let reads = Reads { event_data: true, stream: [StreamAttribute::PathSpec].into(), ..Reads::default() };
    let plan = ReadPlan::new(AttributeNames::default(), &reads);
    let mut reader = store.event_reader(plan).unwrap();
    let (mut read, mut refused) = (0, 0);
    let ranges: Vec<_> =
        if one_by_one { (1..=events).map(|event| (event, event)).collect() } else { vec![(1, events)] };
    for (first, last) in ranges {
        let visited = reader.visit::<StorageError>(EventRange { first, last }, |event| {
            match event.examine(|_| ()) {
                Ok(()) => read += 1,
                Err(problem) => {
                    let message = format!("its {name}.1 is shared by too many events: it has 16384 KiB");
                    assert_eq!(problem.to_string(), message + ", which would be looked at for each");
                    refused += 1;
                }
            }
            Ok(())
        });
        visited.unwrap();
    }
    (read, refused)
}

#[test]
fn what_is_large_is_not_looked_at_for_each_of_many_events() {
    for large in [Large::Data, Large::Stream] {
        let (read, refused) = shown(large, 500, false);
        assert_eq!((read, refused), (1 + 5, 494), "64 MiB and 64 KiB an event");
        let (twice, _) = shown(large, 1_000, false);
        assert!(twice <= 2 * read, "{twice}");
        let (read, _) = shown(large, 500, true);
        assert!(read <= 6, "{read}");
        assert_eq!(shown(large, 4, false), (4, 0), "the times of a file");
    }
}

fn merge_into(path: &Path, folder: &Path, findings: &TaskFindings) -> Merged {
    let header = TaskHeader {
        origin: task_stores::origin(),
        task: 0,
        plugins: vec!["one".into(), "two".into()],
        step: TaskStep::Map(task_stores::EVENTS),
    };
    let task = folder.join("map");
    let writer = TaskStoreWriter::create(&task, &header).unwrap();
    writer.write_findings(findings).unwrap();
    writer.finish().unwrap();
    let plan = MergePlan {
        origin: &task_stores::origin(),
        plugins: &header.plugins,
        result_tables: &[None, None],
        map_tasks: &vec![MapTask { events: task_stores::EVENTS, store: task }; 10],
        reduce_tasks: &[None, None],
        event_filter: None,
        time_compiled: Timestamp(0),
        keep_earlier: false,
        set_aside: &[],
        is_group: |_| false,
    };
    let writer = StoreWriter::lock(path).unwrap();
    let merged = merge(&writer, &plan, |_| true).unwrap().unwrap();
    writer.commit().unwrap();
    merged
}

/// The square of these numbers would take minutes here, in the merge, where there is no limit of
/// time.
#[test]
fn labels_and_notes_in_great_number_are_merged() {
    let (folder, path) = store(TAGS);
    let labels =
        |name: &str| (0..100_000).map(|n| Label::new(&format!("{name}_{n}")).unwrap()).collect::<Vec<_>>();
    let stored: Vec<_> = labels("old").iter().map(|label| format!("\"{label}\"")).collect();
    let list = format!("[{}]", stored.join(", "));
    let connection = Connection::open(&path).unwrap();
    connection
        .execute("INSERT INTO event_tag (_event_identifier, labels) VALUES ('event.1', ?1)", [list])
        .unwrap();
    drop(connection);
    let of = |labels| PluginFindings { tags: vec![(EventId::new(1), labels)], ..PluginFindings::default() };
    let findings = TaskFindings {
        events: 1,
        plugins: vec![of(labels("new")), of([labels("old"), labels("new")].concat())],
        notes: (0..100_000).map(|n| Note { message: format!("note {n}"), count: 1 }).collect(),
        ..TaskFindings::default()
    };
    let merged = merge_into(&path, folder.path(), &findings);
    assert_eq!((merged.labels_added, merged.labels.len()), (100_000, 200_000));
    assert!(merged.notes.len() == 100_000 && merged.notes.iter().all(|note| note.count == 10));
}

/// A report that is too large to be read would be lost, and no later run would replace it.
#[test]
fn a_report_keeps_what_has_room() {
    let (folder, path) = store(EVENTS);
    let name = |number: u32| format!("{number:05}{}", "x".repeat(8 << 10));
    let counter = (0..8_000).map(|number| (name(number), 1 + u64::from(number == 7_999))).collect();
    let plugins = vec![PluginFindings { counter, ..PluginFindings::default() }, PluginFindings::default()];
    let findings = TaskFindings { events: 1, plugins, ..TaskFindings::default() };
    for _ in 0..2 {
        let merged = merge_into(&path, folder.path(), &findings);
        std::fs::remove_file(folder.path().join("map")).unwrap();
        assert!(merged.has_cut_report && !merged.is_complete());
        assert_eq!((merged.warnings, merged.notes.len()), (1, 1));
        let kept = &merged.reports[0].counter;
        assert!(kept.len() < 8_000 && kept.contains_key(&name(0)) && kept[&name(7_999)] == 20);
        let (heads, unreadable) = Store::open(&path).unwrap().report_heads().unwrap();
        assert_eq!((heads.len(), unreadable.len()), (2, 0), "one for each plugin, which can be read");
    }
}

/// SQLite believes a store's statistics, which can say that looking at all tags takes less time
/// than the index.
#[test]
fn statistics_of_a_store_are_not_believed() {
    let lie = "ANALYZE; UPDATE sqlite_stat1 SET stat = '10 1000000'; DROP TABLE IF EXISTS sqlite_stat4;";
    let tags = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 20000) \
                INSERT INTO event_tag (_event_identifier, labels) SELECT 'event.' || x, '[\"old\"]' FROM n;";
    let (_folder, path) = store(&format!(
        "{EVENTS} {TAGS} {tags} INSERT INTO event (_event_data_identifier, timestamp) \
         SELECT 'event_data.1', 1 FROM event_tag; {lie}"
    ));
    let store = Store::open(&path).unwrap();
    let reads = Reads { labels: true, ..Reads::default() };
    let mut reader = store.event_reader(ReadPlan::new(AttributeNames::default(), &reads)).unwrap();
    let mut labels = 0;
    let visited = reader.visit::<StorageError>(EventRange { first: 1, last: i64::MAX }, |event| {
        labels += event.examine(|event| event.labels.len()).unwrap();
        Ok(())
    });
    visited.unwrap();
    assert_eq!(labels, 20_000);
    drop(reader);
    // Looking at all tags for each of them would take minutes.
    let writer = StoreWriter::lock(&path).unwrap();
    let mut tags = writer.tags();
    let new = tags.labels().number(&Label::new("new").unwrap());
    (1..=20_000).for_each(|event| tags.add(EventId::new(event), &[new]).unwrap());
    assert_eq!(tags.finish().unwrap().labels_added, 20_000);
}

/// A table whose pages are reached by so many ways that it has 1,000 times the rows that are in the
/// file.
#[test]
fn a_table_with_more_rows_than_the_file_has_room_for_is_refused() {
    for (table, columns) in [
        ("parser_count", "name TEXT, number_of_events INTEGER"),
        ("user_account", "user_directory TEXT, username TEXT"),
        ("event_source", "path_spec TEXT"),
    ] {
        let (_folder, path) = store(&format!(
            "{EVENTS} INSERT INTO event (timestamp) VALUES (1), (2);
             CREATE TABLE {table} (KEY, {columns});
             WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
                 INSERT INTO {table} (_identifier) SELECT i FROM n;"
        ));
        reach_pages_by_many_ways(&path, table);
        let store = Store::open(&path).unwrap();
        let refused = match table {
            "parser_count" => store.number_of_events().map(drop),
            "user_account" => store.user_accounts().map(drop),
            _ => store.number_of_event_sources().map(drop),
        };
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("has more rows than the file has room for"), "{message}");
    }
}

/// Each event is read once, although many ways lead to it.
#[test]
fn events_that_come_again_are_refused() {
    let (_folder, path) = store(&format!(
        "{EVENTS} WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
             INSERT INTO event (_identifier, _event_data_identifier, timestamp) SELECT i, 'event_data.1', 1 FROM n;"
    ));
    reach_pages_by_many_ways(&path, "event");
    let store = Store::open(&path).unwrap();
    let mut reader = store.event_reader(ReadPlan::new(AttributeNames::default(), &Reads::default())).unwrap();
    let mut seen = 0;
    let visited = reader.visit::<StorageError>(EventRange { first: 1, last: 20_000 }, |_| {
        seen += 1;
        Ok(())
    });
    let message = visited.unwrap_err().to_string();
    assert!(message.contains("event") && message.contains("order") && seen == 0, "{seen}: {message}");
}

/// Puts two levels on top of a table's pages, in which all entries lead to the same page.
fn reach_pages_by_many_ways(path: &Path, table: &str) {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let root: usize = connection.query_row(sql, [table], |row| row.get(0)).unwrap();
    let size: usize = connection.pragma_query_value(None, "page_size", |row| row.get(0)).unwrap();
    drop(connection);
    let mut file = std::fs::read(path).unwrap();
    let pages = u32::try_from(file.len() / size).unwrap();
    let root = (root - 1) * size..root * size;
    assert_eq!(file[root.start], 5, "the table needs more than one page");
    for level in 1..=2 {
        let below = file[root.clone()].to_vec();
        file.extend_from_slice(&below);
        let page = &mut file[root.clone()];
        let child = (pages + level).to_be_bytes();
        let cells = usize::from(u16::from_be_bytes([page[3], page[4]]));
        for cell in 0..cells {
            let at = usize::from(u16::from_be_bytes([page[12 + 2 * cell], page[13 + 2 * cell]]));
            page[at..at + 4].copy_from_slice(&child);
        }
        page[8..12].copy_from_slice(&child);
    }
    file[28..32].copy_from_slice(&(pages + 2).to_be_bytes());
    std::fs::write(path, file).unwrap();
}
