//! Merging the stores of tasks into the store.

use events::{
    AnalysisWarning, Counter, EventId, Key, PluginFindings, Reduced, ResultColumn, ResultRow, ResultTable,
    SetAside, TaskFindings, Timestamp,
};
use proptest::prelude::*;
use rusqlite::Connection;
use storage::merge::{MergePlan, Merged, merge};
use storage::task_store::{TaskHeader, TaskStep, TaskStoreWriter};
use storage::{Store, StoreWriter};

use crate::support::{FORMATS, label, store};
use crate::task_stores::{map_store, map_tasks, origin, reduce_store};

/// A damaged store has something set aside for every event, which must not take the square of their
/// number.
#[test]
fn what_is_set_aside_in_great_number_is_warned_of_once() {
    let made = store(FORMATS[2]);
    let path = made.path();
    let set_aside: Vec<_> = (1..=60_000)
        .map(|event| SetAside { event: Some(EventId::new(event)), plugin: None, reason: "broken".into() })
        .collect();
    let count = |sql| Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0));
    for (keep_earlier, stored) in [(false, 60_001), (false, 60_001), (true, 120_001)] {
        let plan = MergePlan {
            origin: &origin(),
            plugins: &[],
            result_tables: &[],
            map_tasks: &[],
            reduce_tasks: &[],
            event_filter: None,
            time_compiled: Timestamp(0),
            keep_earlier,
            set_aside: &set_aside,
            is_group: |label| label.starts_with("key_"),
        };
        let writer = StoreWriter::lock(path).unwrap();
        if count("SELECT count(*) FROM analysis_warning").unwrap_or(0_i64) == 0 {
            let other = AnalysisWarning { plugin_name: "foreman".into(), message: "another".into() };
            writer.add_warning(&other).unwrap();
        }
        let merged = merge(&writer, &plan, |_| true).unwrap().unwrap();
        writer.commit().unwrap();
        assert_eq!(merged.warnings, 60_000);
        assert_eq!(count("SELECT count(*) FROM analysis_warning"), Ok(stored));
    }
}

/// What merging these tasks into an empty store gives, and the tags that are stored.
fn merged(tasks: &[TaskFindings]) -> (Merged, Vec<(String, String)>) {
    let made = store(FORMATS[2]);
    let path = made.path();
    let maps: Vec<_> = (0..).zip(tasks).map(|(n, findings)| map_store(made.folder(), n, findings)).collect();
    let plan = MergePlan {
        origin: &origin(),
        plugins: &["one".into(), "two".into()],
        result_tables: &[None, None],
        map_tasks: &map_tasks(&maps),
        reduce_tasks: &[None, Some(reduce_store(made.folder(), &maps))],
        event_filter: None,
        time_compiled: Timestamp(0),
        keep_earlier: false,
        set_aside: &[],
        is_group: |label| label.starts_with("key_"),
    };
    let writer = StoreWriter::lock(path).unwrap();
    let merged = merge(&writer, &plan, |_| true).unwrap().unwrap();
    writer.commit().unwrap();
    let connection = Connection::open(path).unwrap();
    let has_tags = connection.prepare("SELECT 1 FROM event_tag").is_ok();
    let sql = if has_tags {
        "SELECT _event_identifier, labels FROM event_tag ORDER BY _identifier"
    } else {
        "SELECT '', '' WHERE 0"
    };
    let mut statement = connection.prepare(sql).unwrap();
    let tags = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    (merged, tags)
}

/// Task stores may be anybody's, so that a row of results is checked against the table that the
/// plugin declares.
#[test]
fn results_that_a_plugin_does_not_declare_are_refused() {
    const TABLE: ResultTable =
        ResultTable { name: "fish_analysis_result", columns: &[ResultColumn::Text("name")] };
    let merged = |table: Option<&'static ResultTable>, row: ResultRow| {
        let made = store(FORMATS[2]);
        let output = made.folder().join("reduce.sqlite");
        let header = TaskHeader {
            origin: origin(),
            task: 0,
            plugins: vec!["fish".into()],
            step: TaskStep::Reduce("fish".into()),
        };
        let reduced = TaskStoreWriter::create(&output, &header).unwrap();
        reduced.write_reduced(0, &Reduced { results: vec![row], ..Reduced::default() }).unwrap();
        reduced.finish().unwrap();
        let plan = MergePlan {
            origin: &origin(),
            plugins: &["fish".into()],
            result_tables: &[table],
            map_tasks: &[],
            reduce_tasks: &[Some(output)],
            event_filter: None,
            time_compiled: Timestamp(0),
            keep_earlier: false,
            set_aside: &[],
            is_group: |label| label.starts_with("key_"),
        };
        let writer = StoreWriter::lock(made.path()).unwrap();
        merge(&writer, &plan, |_| true).map_err(|error| error.to_string())?;
        writer.commit().unwrap();
        let mut rows = Vec::new();
        let opened = Store::open(made.path()).unwrap();
        opened.visit_results(TABLE.name, TABLE.columns, |row| rows.push(row)).unwrap();
        Ok::<_, String>(rows)
    };
    let row = ResultRow(vec!["cod".into()]);
    assert_eq!(merged(Some(&TABLE), row.clone()), Ok(vec![row.clone()]));
    for (table, row) in
        [(None, row), (Some(&TABLE), ResultRow(vec![5.into()])), (Some(&TABLE), ResultRow(vec![]))]
    {
        let error = merged(table, row).unwrap_err();
        assert!(error.contains("a result that fish does not have"), "{error}");
    }
}

#[test]
fn tags_and_deferred_labels_are_united_in_plugin_order() {
    let event = EventId::new;
    let one = PluginFindings {
        tags: vec![(event(1), vec![label("x")]), (event(3), vec![label("y"), label("x")])],
        counter: Counter::from([("x".into(), 2)]),
        warnings: vec![(event(1), "careful".into())],
        ..PluginFindings::default()
    };
    let two = PluginFindings {
        deferred: vec![(event(1), Key::Time(Timestamp(5))), (event(2), Key::Time(Timestamp(2)))],
        reduce_keys: vec![Key::Time(Timestamp(2)), Key::Time(Timestamp(5))],
        ..PluginFindings::default()
    };
    let aside = SetAside { event: Some(event(4)), plugin: Some("one".into()), reason: "odd".into() };
    let findings = TaskFindings {
        events: 4,
        filtered: 0,
        plugins: vec![one, two],
        set_aside: vec![aside.clone()],
        notes: Vec::new(),
    };
    let (merged, tags) = merged(&[findings]);
    let expected =
        [("event.1", "[\"x\", \"key_5\"]"), ("event.2", "[\"key_2\"]"), ("event.3", "[\"y\", \"x\"]")];
    assert_eq!(tags, expected.map(|(event, labels)| (event.to_owned(), labels.to_owned())));
    assert_eq!((merged.events, merged.tagged, merged.labels_added, merged.warnings), (4, 3, 5, 3));
    assert_eq!((merged.labelled, merged.grouped), (2, 2));
    assert_eq!(merged.set_aside, [aside]);
    assert_eq!(merged.reports[0].counter, Counter::from([("x".into(), 2)]));
    assert_eq!(merged.reports[1].counter, Counter::from([("key_2".into(), 1), ("key_5".into(), 1)]));
}

/// For every event whether it is filtered, the labels that plugin one gives it and the key that
/// plugin two defers it by.
type Judged = (bool, Vec<u8>, Option<u8>);

fn findings(first: usize, events: &[Judged]) -> TaskFindings {
    let mut found = TaskFindings { plugins: vec![PluginFindings::default(); 2], ..TaskFindings::default() };
    for (n, (filtered, labels, key)) in events.iter().enumerate() {
        let event = EventId::new(i64::try_from(first + n + 1).unwrap());
        found.events += 1;
        if *filtered {
            found.filtered += 1;
            continue;
        }
        let mut labels: Vec<_> = labels.iter().map(|n| label(&format!("l{n}"))).collect();
        labels.dedup();
        for label in &labels {
            *found.plugins[0].counter.entry(label.to_string()).or_default() += 1;
        }
        if !labels.is_empty() {
            found.plugins[0].tags.push((event, labels));
        }
        if let Some(key) = key {
            found.plugins[1].deferred.push((event, Key::Text(key.to_string().into())));
            found.plugins[1].reduce_keys.push(Key::Text(key.to_string().into()));
        }
    }
    found.plugins[1].reduce_keys.sort();
    found.plugins[1].reduce_keys.dedup();
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Where one task ends and the next begins is nobody's business but the planner's.
    #[test]
    fn the_borders_of_tasks_change_nothing(
        events in prop::collection::vec(
            (any::<bool>(), prop::collection::vec(0_u8..3, 0..3), prop::option::of(0_u8..20)), 0..40),
        borders in prop::collection::vec(0_usize..40, 0..4),
    ) {
        let mut borders: Vec<_> = borders.into_iter().filter(|border| *border < events.len()).collect();
        borders.extend([0, events.len()]);
        borders.sort_unstable();
        borders.dedup();
        let split: Vec<_> = borders.windows(2).map(|pair| findings(pair[0], &events[pair[0]..pair[1]])).collect();
        let whole = [findings(0, &events)];
        prop_assert_eq!(merged(&split), merged(&whole));
    }
}
