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
            ("warning of Plaso", "about this file, by the parser x: no base date (the first of 2 warnings)"),
            (
                "time",
                "the Content Modification Time is the last change of the registry key: it may date the newest entry of the list, and no other entry",
            ),
        ],
    );
    assert_says(
        of_event(&page, file),
        &[
            ("owner", "user number 1000"),
            ("group", "group number 0"),
            (
                "mode",
                "4755 in octal digits, 2541 in decimal ones; set-user-ID: a program runs as the owner of its file",
            ),
        ],
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
    assert_says(
        of_event(&page, recovered),
        &[("warning of Plaso", "about this file, by the parser winevtx: broken")],
    );
    assert!(!of_event(&page, found).contains("warning of Plaso"), "{page}");
}

/// A parser that tried to read a file in vain says nothing of the events that another one found
/// there. What a common warning means is said.
#[test]
fn warnings_of_other_parsers_are_left_out() {
    let mut store = NewStore::new(Compression::Zlib);
    let of =
        |parser: &str| json!({"data_type": "linux:utmp:event", "_parser_chain": parser, "username": "eve"});
    let logon = event(&mut store, "/case/utmp", of("utmp"), &["logon"]);
    let line = event(&mut store, "/case/utmp", of("text/syslog"), &["logon"]);
    store.sql(
        "CREATE TABLE extraction_warning
         (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT, parser_chain TEXT, path_spec TEXT);
         INSERT INTO extraction_warning (message, parser_chain, path_spec)
         VALUES ('unable to parse attribute group', 'cups_ipp', '{\"location\": \"/case/utmp\"}'),
                ('unable to parse record', 'text', '{\"location\": \"/case/utmp\"}')",
    );
    let page = page(&store.finish(), &[]);
    assert!(!of_event(&page, logon).contains("warning of Plaso"), "{page}");
    let warning = "about this file, by the parser text: This part of the file is missing from the timeline. \
                   Plaso&#39;s words: unable to parse record";
    assert_says(of_event(&page, line), &[("warning of Plaso", warning)]);
}

/// An entry of the Amcache has times of its own, of which none is that of its key and none says
/// that the program ran.
#[test]
fn times_of_the_amcache_are_told_apart() {
    let mut store = NewStore::new(Compression::Zlib);
    let date = |second: i64| {
        let timestamp = (second + 11_644_473_600) * 10_000_000;
        json!({"__type__": "DateTimeValues", "__class_name__": "Filetime", "timestamp": timestamp})
    };
    let number = store.event_data(json!({
        "data_type": "windows:registry:amcache", "full_path": "c:\\temp\\x.exe",
        "file_creation_time": date(5), "file_modification_time": date(3), "last_written_time": date(7),
    }));
    let data = format!("event_data.{number}");
    let row = |second: i64, description| (second * 1_000_000, description);
    let modified = "Content Modification Time";
    let events: Vec<_> = [row(3, modified), row(5, "Creation Time"), row(7, modified)]
        .map(|(time, description)| store.event_row(&time, &data, &description))
        .into();
    for event in &events {
        store.tag(*event, &["seen"]);
    }
    let page = page(&store.finish(), &[]);
    let words = [
        "the program&#39;s file last changed",
        "the program&#39;s file created",
        "the program&#39;s file changed, by a second value of the entry",
    ];
    for (event, words) in events.iter().zip(words) {
        let (_, of_time) = page.split_once(&format!("<span id=\"event-{event}\">")).unwrap();
        let (of_time, _) = of_time.split_once("<a ").unwrap();
        assert!(of_time.contains(words), "{words}: {page}");
    }
    let entry = of_event(&page, events[2]);
    assert!(entry.contains("whether it ran is not recorded"), "{entry}");
    assert!(entry.contains("or when the entry was made"), "{entry}");
    assert!(!entry.contains("last change of the registry key"), "{entry}");
}

/// Raw values that the words of an event say are left out. What a rule matched stays.
#[test]
fn a_record_of_the_audit_trail_is_told_in_words() {
    let mut store = NewStore::new(Compression::Zlib);
    let record = |error: &str, status: u32, call: u32| {
        json!({
            "data_type": "bsm:entry", "event_type": 45023,
            "return_value": format!("{{'error': '{error}', 'token_status': {status}, 'call_status': {call}}}"),
            "extra_tokens": [
                {"AUT_SUBJECT32": {"aid": -1, "euid": 92, "pid": 143, "terminal_ip": "192.0.2.7"}},
                {"AUT_TEXT": {"text": "Verify password for record type Users 'eve' node '/Local/Default'"}},
                {"AUT_RETURN32": {"error": error, "token_status": status, "call_status": call}},
            ],
        })
    };
    let failed = event(&mut store, "/case/a.bsm", record("UNKNOWN", 255, 5000), &["logon_failed"]);
    let list = json!({
        "data_type": "windows:registry:bagmru", "key_path": "HKEY_CURRENT_USER\\BagMRU",
        "entries": "Index: 1 [MRU Value 0]: Shell item path: <My Computer> C:\\\\Temp",
    });
    let list = event(&mut store, "/case/NTUSER.DAT", list, &["file_or_folder_opened"]);
    let page = page(&store.finish(), &[]);
    let of_failed = of_event(&page, failed);
    let facts = [
        ("account tried", "eve"),
        ("by", "user number 92 (_securityagent on macOS)"),
        ("address", "192.0.2.7"),
        ("session", "nobody had logged on in the session of this process; the system started it"),
    ];
    assert_says(of_failed, &facts);
    assert!(of_failed.contains("because the name or the password is wrong"), "{of_failed}");
    assert!(!of_failed.contains("<dt>return_value</dt>"), "{of_failed}");
    let of_list = of_event(&page, list);
    assert!(of_list.contains("(1) &lt;My Computer&gt; C:\\Temp"), "{of_list}");
    assert!(!of_list.contains("C:\\\\Temp"), "{of_list}");
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
    let said = "the rule for shell_credentials points to T1040 Network Sniffing";
    assert_says(of_event(&page, line), &[("ATT&amp;CK", said)]);
    // The table cannot tell the rules of a label apart, and says so.
    assert!(
        page.contains("A technique is a hint of the label and no proof")
            && page.contains("An event counts for all techniques of its labels"),
        "{page}"
    );
}

/// Only the path of a file says whose registry or recycle bin it is, so the page says so.
#[test]
fn a_user_from_the_path_is_a_hint() {
    let mut store = NewStore::new(Compression::Zlib);
    let run =
        json!({"data_type": "windows:registry:userassist", "value_name": "x.exe", "number_of_executions": 3});
    let run = event(&mut store, "/case/Users/eve/NTUSER.DAT", run, &["program_executed"]);
    let deleted = json!({"data_type": "windows:metadata:deleted_item", "original_filename": "C:\\x.txt"});
    let file = "/case/$Recycle.Bin/S-1-5-21-1-2-3-1001/$IABC.txt";
    let deleted = event(&mut store, file, deleted, &["file_recycled"]);
    let page = page(&store.finish(), &[]);
    for (event, user) in [(run, "eve"), (deleted, "S-1-5-21-1-2-3-1001")] {
        let words = format!("{user} (from the path of the file in which this event was found)");
        let by = ("by", "not recorded (the path that hints at the user does not say who acted)");
        assert_says(of_event(&page, event), &[by, ("user", &words)]);
    }
}

/// Codes of a record have words in its message.
#[test]
fn codes_of_windows_have_words() {
    let mut store = NewStore::new(Compression::Zlib);
    let right = "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2";
    let properties = format!("%%7688\r\n\t{{{right}}}");
    let fields = [("SubjectUserName", "eve"), ("ObjectName", "x"), ("Properties", properties.as_str())];
    let used = event(&mut store, "/case/x.evtx", record(4662, &fields), &["credential_access"]);
    let page = page(&store.finish(), &[]);
    let words = format!("use an extended right (%%7688) {{{right}}} (replicate all changes, also secrets)");
    assert!(of_event(&page, used).contains(&words), "{page}");
}

/// What has no usable time counts for no session's length, which is said.
#[test]
fn sessions_say_which_events_have_no_time() {
    let mut store = NewStore::new(Compression::Zlib);
    let data = store.event_data(json!({"data_type": "fs:stat", "filename": "/x"}));
    for time in [0, 5_000_000, 9_000_000] {
        let event = store.event(time, data);
        store.tag(event, &["session_1"]);
    }
    let page = page(&store.finish(), &[]);
    assert!(page.contains("Events of sessions without a usable time: 1."), "{page}");
    assert!(page.contains("3, 1 without a time"), "{page}");
}

/// A downloaded file is not the file in which the download was found, and a key says whether its
/// file is that of a user.
#[test]
fn it_is_said_of_which_file_the_path_names_no_user() {
    let mut store = NewStore::new(Compression::Zlib);
    let download =
        json!({"data_type": "chrome:history:file_downloaded", "full_path": "/home/ubuntu/Downloads/x"});
    let download = event(&mut store, "/case/History", download, &["download"]);
    let mut of_key = |key: &str| {
        let data = json!({"data_type": "windows:registry:run", "key_path": key});
        event(&mut store, "/case/hive", data, &["key"])
    };
    let (user, computer) =
        (of_key("HKEY_CURRENT_USER\\Software\\Run"), of_key("HKEY_LOCAL_MACHINE\\Software\\Run"));
    let page = page(&store.finish(), &[]);
    for (event, why) in [
        (
            download,
            "the path of the browser&#39;s file in which this event was found does not say whose it is",
        ),
        (
            user,
            "the registry file in which this event was found is that of a user, and its path does not say of which one",
        ),
        (
            computer,
            "the registry file in which this event was found is that of the computer, not that of a user",
        ),
    ] {
        assert_says(of_event(&page, event), &[("by", &format!("not recorded ({why})"))]);
    }
}
