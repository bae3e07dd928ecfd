//! Every number of an overview, a report and a summary is counted again, by queries that share
//! nothing with the code that counts.

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;
use serde_json::{Value, json};
use tests::{Compression, NewStore, Store, foreman};

/// The tags as a table of events and labels, and the events with their usable times. As text, an
/// event is `event.` and its number.
const VIEWS: &str = r"
    CREATE TEMP TABLE facts AS
        SELECT _identifier AS event, _event_data_identifier AS record,
            CASE WHEN typeof(timestamp) = 'integer' AND timestamp NOT IN (0, -11644473600000000) THEN timestamp END AS time
        FROM main.event;
    CREATE INDEX temp.facts_by_event ON facts (event);
    CREATE TEMP TABLE given AS
        SELECT DISTINCT CAST(substr(_event_identifier, 7) AS INTEGER) AS event, value AS label,
            value GLOB 'session_[0-9]*' AND NOT substr(value, 9) GLOB '*[^0-9]*' AS is_session
        FROM event_tag, json_each(labels)
        WHERE CAST(substr(_event_identifier, 7) AS INTEGER) IN (SELECT event FROM facts);
";

/// A store whose numbers are counted again.
pub(crate) struct Counted {
    connection: rusqlite::Connection,
}

impl Counted {
    pub(crate) fn new(store: &Store) -> Self {
        let connection = store.connection();
        if store.number("SELECT count(*) FROM sqlite_schema WHERE name = 'event_tag'") == 0 {
            connection.execute_batch("CREATE TEMP TABLE event_tag (_event_identifier, labels)").unwrap();
        }
        connection.execute_batch(VIEWS).unwrap();
        Self { connection }
    }

    /// The rows of a query, each as a list of values.
    pub(crate) fn rows(&self, sql: &str) -> Vec<Value> {
        let mut statement = self.connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            (0..columns)
                .map(|column| {
                    Ok(match row.get(column)? {
                        rusqlite::types::Value::Null => Value::Null,
                        rusqlite::types::Value::Integer(number) => number.into(),
                        rusqlite::types::Value::Text(text) => text.into(),
                        other => panic!("{other:?}"),
                    })
                })
                .collect()
        };
        statement.query_map([], row).unwrap().map(Result::unwrap).collect()
    }

    pub(crate) fn one(&self, sql: &str) -> Value {
        self.rows(sql).remove(0)
    }
}

/// Returns a time of a report, such as `2026-09-01T06:01:25.5Z`, in microseconds, or null.
pub(crate) fn microseconds(time: &Value) -> Value {
    let Some(text) = time.as_str() else { return Value::Null };
    let (date, of_day) = text.strip_suffix('Z').and_then(|text| text.split_once('T')).unwrap();
    let numbers = |text: &str, separator| -> Vec<i64> {
        text.split(separator).map(|part: &str| part.parse().unwrap()).collect()
    };
    let (year, month_and_day) = date.split_at(date.len() - "-01-01".len());
    let [month, day] = numbers(&month_and_day[1..], '-')[..] else { panic!("{text}") };
    let year: i64 = year.parse().unwrap();
    // Counted year by year, and month by month.
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in = |month: i64| match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let length = |year| 365 + i64::from(is_leap(year));
    let years: i64 =
        if year < 1970 { -(year..1970).map(length).sum::<i64>() } else { (1970..year).map(length).sum() };
    let days = years + (1..month).map(days_in).sum::<i64>() + day - 1;
    let (clock, fraction) = of_day.split_once('.').unwrap_or((of_day, ""));
    let [hour, minute, second] = numbers(clock, ':')[..] else { panic!("{text}") };
    let fraction: i64 = format!("{fraction:0<6}").parse().unwrap();
    ((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + fraction).into()
}

/// Returns a number with commas, and the thing that it counts.
pub(crate) fn counted(number: &Value, thing: &str) -> String {
    let digits = number.as_u64().unwrap().to_string();
    let groups: Vec<_> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    format!("{} {thing}{}", groups.join(","), if number == 1 { "" } else { "s" })
}

pub(crate) fn json_of(command: &str, store: &Store) -> Value {
    let said = foreman([command, "--format", "json"]).arg(store.path()).succeed().stdout;
    serde_json::from_str(&said).unwrap()
}

fn assert_true(store: &Store) {
    let counted = Counted::new(store);
    let report = json_of("report", store);
    let info = &report["info"];
    assert_eq!(&json_of("info", store), info);
    let events = &info["events"];
    assert_eq!(
        json!([
            events["number"],
            events["without_time"],
            microseconds(&events["first"]),
            microseconds(&events["last"])
        ]),
        counted.one("SELECT count(*), count(*) - count(time), min(time), max(time) FROM facts")
    );
    let tags = &info["tags"];
    assert_eq!(
        json!([tags["events"], tags["labelled"], tags["labels"]["rows"].as_array().unwrap().len()]),
        counted.one(
            "SELECT count(DISTINCT event), count(DISTINCT event) FILTER (WHERE NOT is_session),
                count(DISTINCT label) FILTER (WHERE NOT is_session) FROM given"
        )
    );
    assert_eq!(
        json!([tags["only_recovered"]]),
        counted.one(
            "SELECT count(*) FROM (SELECT event FROM given WHERE NOT is_session
                GROUP BY event HAVING min(label) = 'recovered' AND max(label) = 'recovered')"
        )
    );
    assert_eq!(
        json!([tags["sessions"]["rows"], tags["sessions"]["number"]]),
        counted.one("SELECT count(DISTINCT label), count(DISTINCT event) FROM given WHERE is_session")
    );
    assert_labels(&counted, &report);
    assert_severities(&counted, &report);
    assert_tactics(&counted, &report);
    assert_kinds(&counted, info);
    assert_timeline(&counted, &report);
    assert_warnings(store, &report);
    let page = foreman(["report", "--format", "html"]).arg(store.path()).succeed().stdout;
    let text = foreman(["report"]).arg(store.path()).succeed().stdout;
    let markdown = foreman(["report", "--format", "markdown"]).arg(store.path()).succeed().stdout;
    let overview = foreman(["info"]).arg(store.path()).succeed().stdout;
    for words in words(tags, events["without_time"].as_u64().unwrap()) {
        for said in [&page, &text, &markdown, &overview] {
            assert!(said.contains(&words), "{words}: {said:.3000}");
        }
    }
}

/// What is said of these numbers to people.
fn words(tags: &Value, without_time: u64) -> Vec<String> {
    let labels = tags["labels"]["rows"].as_array().unwrap().len();
    let mut words = Vec::new();
    if labels > 1 {
        let labels = counted(&labels.into(), "label");
        words.push(format!("{} have at least one of {labels}", counted(&tags["labelled"], "event")));
    }
    if tags["sessions"]["rows"] != 0 {
        let (sessions, events) = (&tags["sessions"]["rows"], &tags["sessions"]["number"]);
        words.push(format!("{} of activity ({})", counted(sessions, "session"), counted(events, "event")));
    }
    if without_time > 1 {
        words.push(format!("{} have no usable time", counted(&without_time.into(), "event")));
    }
    words
}

fn assert_labels(counted: &Counted, report: &Value) {
    let sorted = |mut rows: Vec<Value>| {
        rows.sort_by_key(ToString::to_string);
        rows
    };
    let labels = report["labels"]["rows"].as_array().unwrap().iter().map(|label| {
        let (first, last) = (microseconds(&label["first"]), microseconds(&label["last"]));
        json!([label["label"], label["events"], label["records"], label["without_time"], first, last])
    });
    let expected = counted.rows(
        "SELECT label, count(*), count(DISTINCT record), count(*) - count(time), min(time), max(time)
         FROM given LEFT JOIN facts USING (event) WHERE NOT is_session GROUP BY label",
    );
    assert_eq!(sorted(labels.collect()), sorted(expected));
    let sessions = report["sessions"]["rows"].as_array().unwrap().iter().map(|session| {
        json!([
            session["label"],
            session["events"],
            microseconds(&session["first"]),
            microseconds(&session["last"])
        ])
    });
    let expected = counted.rows(
        // An event in two sessions shows that they are of several runs, whose times mean nothing.
        "SELECT label, count(*), iif(several, NULL, min(time)), iif(several, NULL, max(time))
         FROM given LEFT JOIN facts USING (event), (
            SELECT count(*) > 0 AS several FROM (
                SELECT event FROM given WHERE is_session GROUP BY event HAVING count(DISTINCT label) > 1))
         WHERE is_session GROUP BY label",
    );
    assert_eq!(sorted(sessions.collect()), sorted(expected));
}

/// An event counts for the most serious of its labels.
fn assert_severities(counted: &Counted, report: &Value) {
    counted
        .connection
        .execute_batch("DROP TABLE IF EXISTS temp.ranks; CREATE TEMP TABLE ranks (label, rank)")
        .unwrap();
    let severities = report["severities"].as_array().unwrap();
    for label in report["labels"]["rows"].as_array().unwrap() {
        let rank = severities.iter().position(|facts| facts["severity"] == label["severity"]).unwrap();
        let insert = "INSERT INTO ranks VALUES (?1, ?2)";
        counted.connection.execute(insert, (label["label"].as_str(), rank)).unwrap();
    }
    let expected = counted.rows(
        "SELECT rank, count(*), min(time), max(time) FROM
            (SELECT event, min(rank) AS rank FROM given JOIN ranks USING (label) GROUP BY event)
            LEFT JOIN facts USING (event) GROUP BY rank",
    );
    let found =
        severities.iter().enumerate().filter(|(_, facts)| facts["events"] != 0).map(|(rank, facts)| {
            json!([rank, facts["events"], microseconds(&facts["first"]), microseconds(&facts["last"])])
        });
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

/// An event with several labels of a tactic, or of a technique, counts once.
fn assert_tactics(counted: &Counted, report: &Value) {
    counted
        .connection
        .execute_batch(
            "DROP TABLE IF EXISTS temp.shows; CREATE TEMP TABLE shows (label, technique, tactic);
             CREATE INDEX temp.shows_by_label ON shows (label)",
        )
        .unwrap();
    for label in report["labels"]["rows"].as_array().unwrap() {
        for technique in label["techniques"].as_array().unwrap() {
            for tactic in technique["tactics"].as_array().unwrap() {
                let row = (label["label"].as_str(), technique["id"].as_str(), tactic.as_str());
                counted.connection.execute("INSERT INTO shows VALUES (?1, ?2, ?3)", row).unwrap();
            }
        }
    }
    let (mut tactics, mut techniques) = (Vec::new(), Vec::new());
    for tactic in report["tactics"].as_array().unwrap().iter().filter(|tactic| tactic["id"] != "") {
        tactics.push(json!([tactic["name"], tactic["events"], tactic["labels"].as_array().unwrap().len()]));
        techniques.extend(
            tactic["techniques"]
                .as_array()
                .unwrap()
                .iter()
                .map(|technique| json!([tactic["name"], technique["id"], technique["events"]])),
        );
    }
    let sorted = |mut rows: Vec<Value>| {
        rows.sort_by_key(ToString::to_string);
        rows
    };
    let expected = counted.rows(
        "SELECT tactic, count(DISTINCT event), count(DISTINCT label) FROM given JOIN shows USING (label) GROUP BY tactic",
    );
    assert_eq!(sorted(tactics), sorted(expected));
    let expected = counted.rows(
        "SELECT tactic, technique, count(DISTINCT event) FROM given JOIN shows USING (label) GROUP BY tactic, technique",
    );
    assert_eq!(sorted(techniques), sorted(expected));
}

/// The numbers by parser and by data type, from the event data itself. An event whose time is a
/// text cannot be read, and is not among them.
fn assert_kinds(counted: &Counted, info: &Value) {
    let (mut parsers, mut data_types) = (BTreeMap::new(), BTreeMap::new());
    counted
        .connection
        .execute_batch(
            "DROP TABLE IF EXISTS temp.readable;
             CREATE TEMP TABLE readable AS SELECT _event_data_identifier AS record, count(*) AS events
                FROM main.event WHERE typeof(timestamp) IN ('integer', 'null') GROUP BY 1;
             CREATE INDEX temp.readable_by_record ON readable (record)",
        )
        .unwrap();
    let mut statement = counted
        .connection
        .prepare(
            "SELECT _data, events FROM event_data JOIN readable ON record = 'event_data.' || _identifier",
        )
        .unwrap();
    let mut buffer = vec![0; 16 << 20];
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let data: Value = match row.get_ref(0).unwrap() {
            ValueRef::Blob(blob) => serde_json::from_slice(inflated(blob, &mut buffer)).unwrap(),
            text => serde_json::from_slice(text.as_bytes().unwrap()).unwrap(),
        };
        let events: u64 = row.get(1).unwrap();
        let chain = data["_parser_chain"].as_str().unwrap_or_default();
        let parser = chain.rsplit('/').next().unwrap();
        for (counts, name) in [(&mut parsers, parser), (&mut data_types, data["data_type"].as_str().unwrap())]
        {
            *counts.entry(name.to_owned()).or_insert(0) += events;
        }
    }
    for (name, mut counts) in [("parsers", parsers), ("data_types", data_types)] {
        counts.retain(|name, events| *events > 0 && !name.is_empty());
        let table = &info[name];
        let found = table["rows"].as_array().unwrap().iter();
        let found: BTreeMap<_, _> = found
            .map(|row| (row["name"].as_str().unwrap().to_owned(), row["number"].as_u64().unwrap()))
            .collect();
        assert_eq!(found, counts, "{name}");
        assert_eq!(table["more"]["rows"], 0);
    }
}

fn inflated<'b>(blob: &[u8], buffer: &'b mut [u8]) -> &'b [u8] {
    let length = libdeflater::Decompressor::new().zlib_decompress(blob, buffer).unwrap();
    &buffer[..length]
}

fn assert_warnings(store: &Store, report: &Value) {
    for kind in ["preprocessing", "extraction", "timelining", "recovery"] {
        let groups = report["collection_warnings"]["rows"].as_array().unwrap();
        let of_kind = groups.iter().filter(|group| group["kind"] == kind);
        let found: u64 = of_kind.map(|group| group["number"].as_u64().unwrap()).sum();
        let table = format!("{kind}_warning");
        let exists = store.number(&format!("SELECT count(*) FROM sqlite_schema WHERE name = '{table}'")) == 1;
        let expected = if exists { store.number(&format!("SELECT count(*) FROM {table}")) } else { 0 };
        assert_eq!(i64::try_from(found).unwrap(), expected, "{kind}");
    }
}

/// The charts show all events with a usable time, and no others.
fn assert_timeline(counted: &Counted, report: &Value) {
    let sum = |bins: &Value| -> u64 {
        let counts = bins["counts"].as_array().unwrap().iter();
        counts.chain([&bins["before"], &bins["after"]]).map(|count| count.as_u64().unwrap()).sum()
    };
    if !report["timeline"].is_null() {
        let with_time = counted.one("SELECT count(time) FROM facts");
        assert_eq!(json!([sum(&report["timeline"]["events"])]), with_time);
        assert_bars(counted, &report["timeline"]);
    }
    for label in report["labels"]["rows"].as_array().unwrap() {
        let with_time = label["events"].as_u64().unwrap() - label["without_time"].as_u64().unwrap();
        assert_eq!(sum(&label["histogram"]), with_time, "{label}");
    }
}

/// Each bar counts the events between its start and the next one.
fn assert_bars(counted: &Counted, timeline: &Value) {
    let mut starts: Vec<_> = timeline["starts"].as_array().unwrap().iter().map(microseconds).collect();
    starts.push(microseconds(&timeline["end"]));
    let between = starts.windows(2).map(|times| {
        counted.one(&format!("SELECT count(*) FROM facts WHERE time >= {} AND time < {}", times[0], times[1]))
            [0]
        .clone()
    });
    assert_eq!(timeline["events"]["counts"], between.collect::<Value>());
    let (first, end) = (&starts[0], &starts[starts.len() - 1]);
    assert_eq!(
        json!([timeline["events"]["before"], timeline["events"]["after"]]),
        counted.one(&format!(
            "SELECT count(*) FILTER (WHERE time < {first}), count(*) FILTER (WHERE time >= {end}) FROM facts"
        ))
    );
}

/// The summary of a run counts what the run gave, so it is compared with a store without earlier
/// tags.
pub(crate) fn analyze(store: &Store, rules: &str) {
    store.change("DROP TABLE IF EXISTS event_tag");
    let summary = store.folder().join("summary.json");
    let run = foreman(["analyze", "--analysis", "tagging,sessionize", "--tagging-file", rules, "--summary"]);
    let said = run.arg(&summary).arg(store.path()).succeed().stdout;
    let summary: Value = serde_json::from_slice(&std::fs::read(summary).unwrap()).unwrap();
    let results = &summary["results"];
    let counted = Counted::new(store);
    let sessions = json!([results["sessions"], results["in_sessions"]]);
    assert_eq!(
        json!([results["tagged"], results["labelled"]]),
        counted.one(
            "SELECT count(DISTINCT event), count(DISTINCT event) FILTER (WHERE NOT is_session) FROM given"
        )
    );
    assert_eq!(
        sessions,
        counted.one("SELECT count(DISTINCT label), count(DISTINCT event) FROM given WHERE is_session")
    );
    assert_eq!(
        json!([results["events"], results["new_labels"]]),
        counted.one("SELECT (SELECT count(*) FROM facts), (SELECT count(*) FROM given)")
    );
    let mut labels: Vec<_> = results["labels"].as_object().unwrap().iter().collect();
    labels.sort_by_key(|(label, _)| label.as_str());
    let labels: Vec<_> = labels.into_iter().map(|(label, events)| json!([label, events])).collect();
    let expected = counted.rows("SELECT label, count(*) FROM given GROUP BY label ORDER BY label");
    assert_eq!(labels, expected);
    // A text has a line for each label.
    for row in counted.rows("SELECT label, count(*) FROM given WHERE NOT is_session GROUP BY label") {
        let label = row[0].as_str().unwrap();
        let line = said.lines().find(|line| line.split_whitespace().next() == Some(label));
        let line = line.or_else(|| said.lines().find(|line| line.split_whitespace().nth(1) == Some(label)));
        let events = self::counted(&row[1], "");
        let events = events.trim_end_matches([' ', 's']);
        assert!(line.is_some_and(|line| line.contains(&format!(" {events} "))), "{row}: {said:.4000}");
    }
    let tags = &json_of("info", store)["tags"];
    for words in words(tags, 0) {
        assert!(said.contains(&words), "{words}: {said:.3000}");
    }
}

#[test]
fn of_the_samples() {
    for name in ["sample", "sample-20230327", "chrome"] {
        let store = Store::of(name);
        assert_true(&store);
        analyze(&store, "linux");
        assert_true(&store);
    }
}

#[test]
fn of_windows_event_logs() {
    let Some(store) = Store::shared("evtx-mitre") else { return };
    assert_true(&store);
    analyze(&store, "windows");
    assert_true(&store);
    let logged: Vec<_> = Counted::new(&store).rows("SELECT count(*) FROM facts WHERE time IS NULL");
    assert_eq!(logged, [json!([105])]);
}

#[test]
fn of_many_formats() {
    let Some(store) = Store::shared("testdata") else { return };
    analyze(&store, "windows");
    assert_true(&store);
}

/// Events without a usable time, events that share a record, events with several tags, labels that
/// occur twice, tags without an event, and labels that only look like those of sessions.
#[test]
fn of_a_store_with_every_difficulty() {
    for has_index in [true, false] {
        let mut store = NewStore::new(Compression::Zlib);
        let [one, two, three] = [(); 3].map(|()| store.event_data(json!({"data_type": "test:x"})));
        let times = [
            (0, one),
            (-11_644_473_600_000_000, one),
            (5_000_000, two),
            (9_000_000, two),
            (7_000_000, three),
        ];
        let events = times.map(|(time, data)| store.event(time, data));
        let without = store.event_row(&rusqlite::types::Null, &format!("event_data.{three}"), &"x");
        let odd = store.event_row(&"noon", &format!("event_data.{three}"), &"x");
        for event in events {
            store.tag(event, &["all", "session_7", "all"]);
        }
        // A second tag of an event, with a label that the first has, too.
        store.tag(events[2], &["again", "all", "session_x"]);
        store.tag(without, &["timeless"]);
        store.tag(odd, &["session_2"]);
        store.tag(4_711, &["ghost", "timeless"]);
        if !has_index {
            store.sql("DROP INDEX event_tag_per_event");
        }
        let store = store.finish();
        assert_true(&store);
        let tags = &json_of("info", &store)["tags"];
        assert_eq!(json!([tags["events"], tags["labelled"], tags["sessions"]["number"]]), json!([7, 6, 6]));
        let said = foreman(["report"]).arg(store.path()).succeed().stdout;
        assert!(said.contains("\n                   4 events have no usable time\n"), "{said}");
        assert!(said.contains("  session_2       1                        no usable time\n"), "{said}");
        let all = foreman(["report", "--label", "all"]).arg(store.path()).succeed().stdout;
        assert!(
            all.contains(
                "  events           5 events, 3 records\n                   2 events have no usable time\n"
            ),
            "{all}"
        );
    }
}

/// The tables of hosts, users and addresses count labelled events.
#[test]
fn of_hosts_and_users() {
    let mut store = NewStore::new(Compression::None);
    for number in 0..40_i64 {
        let host = ["alpha", "beta", "gamma"][usize::try_from(number % 3).unwrap()];
        let address = format!("203.0.113.{}", number % 7);
        let mut attributes = json!({"data_type": "test:x", "hostname": host, "ip_address": address});
        if number % 4 != 0 {
            attributes["username"] = json!(format!("user {}", number % 2));
        }
        let data = store.event_data(attributes);
        let labels: &[&str] = match number % 5 {
            0 => &["log_cleared", "session_1"],
            1 => &["log_cleared", "logon"],
            2 => &["logon"],
            3 => &["session_1"],
            _ => &[],
        };
        for event in 0..2 {
            let event = store.event(number * 1_000_000 * event, data);
            if !labels.is_empty() {
                store.tag(event, labels);
            }
        }
    }
    let store = store.finish();
    let page = foreman(["report", "--format", "html"]).arg(store.path()).succeed().stdout;
    let counted = Counted::new(&store);
    for (heading, attribute) in [("host", "hostname"), ("user", "username"), ("address", "ip_address")] {
        let rows = counted.rows(&format!(
            "SELECT json_extract(_data, '$.{attribute}') AS name, count(DISTINCT event), count(DISTINCT label),
                strftime('%Y-%m-%dT%H:%M:%SZ', min(time) / 1000000, 'unixepoch'),
                strftime('%Y-%m-%dT%H:%M:%SZ', max(time) / 1000000, 'unixepoch')
             FROM given JOIN facts USING (event) JOIN event_data ON record = 'event_data.' || _identifier
             WHERE NOT is_session AND name IS NOT NULL GROUP BY name"
        ));
        assert!(rows.len() > 1);
        for row in rows {
            let (name, events, labels) = (row[0].as_str().unwrap(), &row[1], &row[2]);
            let cells = format!(
                "<td class=\"name\" data-name=\"{heading}\">{name}</td>\
                 <td class=\"number\" data-name=\"events\">{events}</td>\
                 <td class=\"number\" data-name=\"labels\">{labels}</td>"
            );
            let rest_of_page = page.split_once(&cells).unwrap_or_else(|| panic!("{cells}")).1;
            let row_of_page = rest_of_page.split_once("<tr").map_or(rest_of_page, |(row, _)| row);
            let times: Vec<_> = row_of_page.split("datetime=\"").skip(1).collect();
            assert!(times.len() >= 2, "{row}: {row_of_page:.300}");
            for (time, found) in [&row[3], &row[4]].into_iter().zip(times) {
                assert!(found.starts_with(time.as_str().unwrap()), "{row}: {found:.100}");
            }
        }
        // The same by label.
        for row in counted.rows(&format!(
            "SELECT label, json_extract(_data, '$.{attribute}') AS name, count(*)
             FROM given JOIN facts USING (event) JOIN event_data ON record = 'event_data.' || _identifier
             WHERE NOT is_session AND name IS NOT NULL GROUP BY label, name"
        )) {
            let finding = page.split_once(&format!("<h4>{}</h4>", row[0].as_str().unwrap())).unwrap().1;
            let named = format!("{} ({})", row[1].as_str().unwrap(), row[2]);
            assert!(finding.split_once("</article>").unwrap().0.contains(&named), "{row}");
        }
    }
    let shared = counted.one(
        "SELECT count(*) FROM given AS one JOIN given AS other USING (event)
         WHERE one.label = 'log_cleared' AND other.label = 'logon'",
    );
    assert!(page.contains(&format!(">logon</a> ({})", shared[0])), "{shared}");
}
