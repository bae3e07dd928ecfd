//! What a page says beside an event: what its time means, which key or file it is about, what Plaso
//! warned of, and both times of a record.

use serde_json::json;
use tests::{Compression, NewStore};

use crate::page_answers::{assert_says, event, of_event, page, record};

/// What the time, the key, the rights and the warnings of an event say, beside it.
#[test]
fn what_is_known_of_times_and_files_stands_beside_the_event() {
    let mut store = NewStore::new(Compression::Zlib);
    let list = json!({
        "data_type": "windows:registry:mrulist", "key_path": "HKEY_CURRENT_USER\\Software\\Recent",
        "entries": ["Index: 1 [MRU Value a]: x"],
        "last_written_time": {"__type__": "DateTimeValues", "__class_name__": "Filetime", "timestamp": 7},
    });
    let list = event(&mut store, "/case/NTUSER.DAT", list, &["list"]);
    let file = json!({
        "data_type": "fs:stat", "filename": "/case/tmp/.x", "file_system_type": "OS",
        "owner_identifier": 1000, "group_identifier": 0, "mode": 0o4755,
    });
    let file = store.event_data(file);
    let file = store.event(86_400_000_000, file);
    store.tag(file, &["file"]);
    store.sql(
        "CREATE TABLE extraction_warning
         (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT, parser_chain TEXT, path_spec TEXT)",
    );
    for message in ["no base date", "no year"] {
        store.sql(&format!(
            "INSERT INTO extraction_warning (message, parser_chain, path_spec)
             VALUES ('{message}', 'x', '{{\"location\": \"/case/NTUSER.DAT\"}}')",
        ));
    }
    let page = page(&store.finish(), &[]);
    assert_says(
        of_event(&page, list),
        &[
            ("registry key", "HKEY_CURRENT_USER\\Software\\Recent"),
            ("warning of Plaso", "about this file: no base date (the first of 2 warnings)"),
            (
                "time",
                "this is the last change of the registry key: it may date the newest entry of the list, and no other entry",
            ),
        ],
    );
    assert_says(
        of_event(&page, file),
        &[("owner", "user number 1000"), ("group", "group number 0"), ("mode", "4755")],
    );
    assert!(of_event(&page, file).contains("exactly midnight: Plaso does not store"), "{page}");
    assert!(of_event(&page, file).contains("may be the time of the copying"), "{page}");
    assert!(page.contains("<a href=\"#runs\">How it was made</a>"), "{page}");
}

/// A record of a Windows event log has two times. Both are shown, also if a label is that of one.
#[test]
fn both_times_of_a_record_are_shown() {
    let mut store = NewStore::new(Compression::Zlib);
    let data = store.event_data(record(4624, &[("TargetUserName", "eve")]));
    let one = store.event(5_000_000, data);
    let other = store.event(6_000_000, data);
    let next = store.event_data(record(4624, &[("TargetUserName", "bob")]));
    let next = store.event(7_000_000, next);
    store.tag(one, &["logon"]);
    let page = page(&store.finish(), &[]);
    assert_says(
        of_event(&page, one),
        &[("event", &format!("rows {one}, {other} of the storage file, which are one record"))],
    );
    assert!(page.contains(&format!("id=\"event-{other}\"")), "{page}");
    assert!(!page.contains(&format!("id=\"event-{next}\"")), "{page}");
}

/// Of a record that was not recovered, a warning about what Plaso tried to recover says nothing.
#[test]
fn warnings_about_recovery_stand_beside_recovered_records() {
    let mut store = NewStore::new(Compression::Zlib);
    let found = event(&mut store, "/case/x.evtx", record(4624, &[]), &["logon"]);
    let recovered = event(&mut store, "/case/x.evtx", record(4625, &[]), &["logon", "recovered"]);
    store.sql(
        "CREATE TABLE recovery_warning
         (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT, parser_chain TEXT, path_spec TEXT);
         INSERT INTO recovery_warning (message, parser_chain, path_spec)
         VALUES ('broken', 'winevtx', '{\"location\": \"/case/x.evtx\"}')",
    );
    let page = page(&store.finish(), &[]);
    assert_says(of_event(&page, recovered), &[("warning of Plaso", "about this file: broken")]);
    assert!(!of_event(&page, found).contains("warning of Plaso"), "{page}");
}

/// The technique of the rule that matched, not all those of its label.
#[test]
fn a_built_in_rule_has_its_own_technique() {
    let mut store = NewStore::new(Compression::Zlib);
    let line = json!({
        "data_type": "syslog:line", "reporter": "kernel", "hostname": "web01",
        "message_body": "eth0: entered promiscuous mode",
    });
    let line = event(&mut store, "/case/syslog", line, &["shell_credentials"]);
    let page = page(&store.finish(), &["--tagging-file", "linux"]);
    let said = "T1040 Network Sniffing (of the rule for shell_credentials)";
    assert_says(of_event(&page, line), &[("ATT&amp;CK", said)]);
}
