//! What the writer writes can be read again; a writer that does not finish changes nothing.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

use events::{
    AnalysisReport, AnalysisWarning, Counter, EventId, ResultColumn, ResultRow, ResultTable, Timestamp,
};
use rusqlite::Connection;
use storage::{StorageError, Store, StoreWriter, TagTotals};
use testing::Compression;

use crate::support::{FORMATS, add, session, sessions, store};

const SEARCHES: ResultTable = ResultTable {
    name: "browser_search_analysis_result",
    columns: &[
        ResultColumn::Integer("number_of_queries"),
        ResultColumn::Text("search_engine"),
        ResultColumn::Text("search_term"),
    ],
};

#[test]
fn containers_round_trip_in_every_format() {
    for format in FORMATS {
        let made = store(format);
        let path = made.path();
        let writer = StoreWriter::lock(path).unwrap();
        assert_eq!(writer.store().format().version.to_string(), format.0);
        writer.add_session(&session()).unwrap();
        let warning = AnalysisWarning { plugin_name: "tagging".into(), message: "é".into() };
        writer.add_warning(&warning).unwrap();
        let report = AnalysisReport {
            plugin_name: "tagging".into(),
            counter: Counter::from([("a \"b\" é".into(), 3)]),
            event_filter: Some("x is 'y'".into()),
            time_compiled: Timestamp(9),
        };
        writer.add_report(&report).unwrap();
        writer.add_result(&SEARCHES, &ResultRow(vec![2.into(), "Bing".into(), "x".into()])).unwrap();
        let mut tags = writer.tags();
        add(&mut tags, EventId::new(7), &["a", "b"]);
        tags.finish().unwrap();
        writer.commit().unwrap();

        assert_eq!(sessions(&Store::open(path).unwrap()), [session()]);
        let connection = Connection::open(path).unwrap();
        let row = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(row("SELECT plugin_name || ' ' || message FROM analysis_warning"), "tagging é");
        assert_eq!(row("SELECT _event_identifier || ' ' || labels FROM event_tag"), "event.7 [\"a\", \"b\"]");
        assert_eq!(
            row(
                "SELECT search_engine || search_term || number_of_queries FROM browser_search_analysis_result"
            ),
            "Bingx2"
        );
        assert_eq!(
            row("SELECT typeof(_data) FROM analysis_report"),
            if format.1 == Compression::Zlib { "blob" } else { "text" }
        );
        if format.1 == Compression::None {
            assert_eq!(
                row("SELECT _data FROM analysis_report"),
                r#"{"__type__": "AttributeContainer", "__container_type__": "analysis_report", "analysis_counter": {"a \"b\" \u00e9": 3}, "event_filter": "x is 'y'", "plugin_name": "tagging", "time_compiled": 9}"#
            );
        }
    }
}

#[test]
fn earlier_results_of_a_plugin_are_replaced_and_others_stay() {
    for format in FORMATS {
        let made = store(format);
        let path = made.path();
        let writer = StoreWriter::lock(path).unwrap();
        for plugin_name in ["tagging", "browser_search"].map(str::to_owned) {
            writer
                .add_warning(&AnalysisWarning { plugin_name: plugin_name.clone(), message: "m".into() })
                .unwrap();
            let report = AnalysisReport {
                plugin_name,
                counter: Counter::new(),
                event_filter: None,
                time_compiled: Timestamp(0),
            };
            writer.add_report(&report).unwrap();
        }
        writer.remove_earlier("tagging", None).unwrap();
        writer.commit().unwrap();
        let connection = Connection::open(path).unwrap();
        let count = |table| {
            connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
        };
        assert_eq!((count("analysis_report"), count("analysis_warning")), (1_i64, 1_i64));
    }
}

#[test]
fn a_writer_that_is_dropped_changes_nothing() {
    let made = store(FORMATS[0]);
    let path = made.path();
    let before = std::fs::read(path).unwrap();
    let writer = StoreWriter::lock(path).unwrap();
    assert!(matches!(StoreWriter::lock(path), Err(StorageError::Locked { .. })));
    assert!(Store::open(path).is_ok(), "others may read meanwhile");
    writer.add_session(&session()).unwrap();
    drop(writer);
    assert_eq!(std::fs::read(path).unwrap(), before);
}

/// A run that is asked to stop while the index is made does not wait for it.
#[test]
fn a_writer_that_is_interrupted_changes_nothing() {
    let made = store(FORMATS[2]);
    let before = made.bytes();
    // On a busy machine the writer may be done before the other thread has interrupted it.
    let interrupted = (0..50).any(|_| {
        let writer = StoreWriter::lock(made.path()).unwrap();
        match finish_interrupted(&writer) {
            Ok(_) => false,
            Err(StorageError::Sqlite { .. }) => true,
            Err(other) => panic!("{other}"),
        }
    });
    assert!(interrupted);
    assert_eq!(made.bytes(), before);
}

/// Finishes tags for 50,000 events while another thread does nothing but interrupt that.
fn finish_interrupted(writer: &StoreWriter) -> Result<TagTotals, StorageError> {
    let mut tags = writer.tags();
    for event in 1..50_000 {
        add(&mut tags, EventId::new(event), &["a"]);
    }
    let interrupter = writer.interrupter();
    let (begun, done) = (Barrier::new(2), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            begun.wait();
            while !done.load(Ordering::Relaxed) {
                interrupter.interrupt();
            }
        });
        begun.wait();
        let finished = tags.finish();
        done.store(true, Ordering::Relaxed);
        finished
    })
}
