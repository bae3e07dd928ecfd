//! An event on a page answers what happened, when, on which host, by whom, which event it is and
//! which rule found it; what is not recorded is said.

use serde_json::{Value, json};
use tests::{Compression, NewStore, Store, foreman, without_word_links};

/// Adds an event with its data in this file, and returns its row.
pub(crate) fn event(store: &mut NewStore, file: &str, mut data: Value, labels: &[&str]) -> i64 {
    let path_spec = json!({"type_indicator": "OS", "location": file}).to_string();
    let stream = store.stream(json!({"path_spec": path_spec}));
    data["_event_data_stream_identifier"] = json!(format!("event_data_stream.{stream}"));
    let data = store.event_data(data);
    let event = store.event(1_000_000 * data, data);
    store.tag(event, labels);
    event
}

pub(crate) fn page(store: &Store, arguments: &[&str]) -> String {
    let page = foreman(["report", "--format", "html"]).args(arguments).arg(store.path()).succeed().stdout;
    without_word_links(&page)
}

/// What the page says of an event: from its name for links to the end of its list item.
pub(crate) fn of_event(page: &str, event: i64) -> &str {
    let start =
        page.split_once(&format!("<span id=\"event-{event}\">")).unwrap_or_else(|| panic!("{page}")).1;
    start.split_once("</li>").unwrap().0
}

pub(crate) fn assert_says(text: &str, facts: &[(&str, &str)]) {
    for (name, value) in facts {
        let fact = format!("<dt>{name}</dt><dd>{value}</dd>");
        assert!(text.contains(&fact), "{fact}: {text}");
    }
}

#[test]
fn what_is_not_recorded_is_said() {
    let mut store = NewStore::new(Compression::Zlib);
    let history =
        json!({"data_type": "bash:history:entry", "command": "id", "_parser_chain": "text/bash_history"});
    let history = event(&mut store, "/case/.bash_history", history, &["typed"]);
    let line = json!({
        "data_type": "syslog:line", "reporter": "kernel", "message_body": "x", "hostname": "web01",
        "_parser_chain": "text/syslog_traditional",
        "last_written_time": {"__type__": "DateTimeValues", "__class_name__": "TimeElements",
            "time_elements_tuple": [0, 9, 1, 9, 19, 0], "is_local_time": true, "is_delta": true},
    });
    let line = event(&mut store, "/case/syslog", line, &["line"]);
    let file = store.event_data(json!({"data_type": "fs:stat", "filename": "/case/tmp/.x"}));
    let file = store.event(9_000_000, file);
    store.tag(file, &["file"]);
    let page = page(&store.finish(), &[]);
    assert_says(
        of_event(&page, history),
        &[
            (
                "host",
                "not recorded (the history of a shell does not name its computer); where events with labels name a host, it is always web01",
            ),
            ("by", "not recorded (the path of the shell&#39;s history file does not say whose it is)"),
            ("event", "row 1 of the storage file"),
            ("file", "/case/.bash_history, line not recorded by Plaso"),
        ],
    );
    assert_says(
        of_event(&page, line),
        &[
            ("host", "web01"),
            ("by", "not recorded (the record, as Plaso read it, names none)"),
            (
                "time",
                "the log names no year: Plaso took it from its options, or from the times of the file; the log names no time zone: Plaso took \
                 its time as UTC, or as the zone of its options",
            ),
        ],
    );
    assert_says(
        of_event(&page, file),
        &[("file", "/case/tmp/.x"), ("by", "not recorded (the times of a file do not say who changed it)")],
    );
    assert_says(&page, &[("Hosts", "not recorded (1)"), ("Users", "not recorded (1)")]);
}

/// Plaso names the computer of a source in a table of its own.
#[test]
fn the_computer_of_the_source_is_named() {
    let computer = |name: &str| json!({"hostname": {"name": name, "schema": "DNS"}}).to_string();
    let page_of = |rows: &[String]| {
        let mut store = NewStore::new(Compression::None);
        let data = json!({"data_type": "bash:history:entry", "command": "id"});
        event(&mut store, "/home/eve/.bash_history", data, &["typed"]);
        store.sql(
            "CREATE TABLE system_configuration (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _data BLOB)",
        );
        for row in rows {
            store.sql(&format!("INSERT INTO system_configuration (_data) VALUES ('{row}')"));
        }
        page(&store.finish(), &[])
    };
    let why = "the history of a shell does not name its computer";
    let named = page_of(&[computer("WEB01"), computer("WEB01"), "{}".into()]);
    assert_says(&named, &[("host", &format!("WEB01 (of the whole storage file; {why})"))]);
    // With two computers, nobody knows which one it is.
    let two = page_of(&[computer("WEB01"), computer("WEB02")]);
    assert_says(&two, &[("host", &format!("not recorded ({why})"))]);
}

/// The text of a line names the account and the address, and tables, events and JSON have the same.
#[test]
fn the_text_of_a_line_says_who_and_from_where() {
    let mut store = NewStore::new(Compression::Zlib);
    let line = |reporter: &str, text: &str| json!({"data_type": "syslog:line", "hostname": "web01", "reporter": reporter, "message_body": text});
    let failed = line("sshd", "Failed password for invalid user admin from 203.0.113.77 port 40000 ssh2");
    let failed = event(&mut store, "/case/auth.log", failed, &["ssh_failed"]);
    let sudo = line("sudo", "bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/usr/bin/id");
    let sudo = event(&mut store, "/case/auth.log", sudo, &["sudo"]);
    let store = store.finish();
    let page = page(&store, &[]);
    assert_says(
        of_event(&page, failed),
        &[
            ("account tried", "admin"),
            ("by", "not recorded (the event does not say who tried to log on with the account)"),
            ("address", "203.0.113.77"),
        ],
    );
    assert_says(of_event(&page, sudo), &[("by", "bob"), ("runs as", "root")]);
    assert_says(
        &page,
        &[("Accounts tried", "admin (1)"), ("By", "bob (1)"), ("Addresses", "203.0.113.77 (1)")],
    );
    for (heading, name) in [("user", "admin"), ("user", "bob"), ("address", "203.0.113.77")] {
        assert!(page.contains(&format!("<td class=\"name\" data-name=\"{heading}\">{name}</td>")), "{name}");
    }
    let json =
        foreman(["report", "--format", "json", "--label", "ssh_failed"]).arg(store.path()).succeed().stdout;
    let report: Value = serde_json::from_str(&json).unwrap();
    let event = &report["events"]["rows"][0];
    assert_eq!(
        [&event["user"], &event["user_role"], &event["address"]],
        [&json!("admin"), &json!("account tried"), &json!("203.0.113.77")]
    );
}

pub(crate) fn record(identifier: i64, fields: &[(&str, &str)]) -> Value {
    let fields = fields.iter().map(|(name, value)| format!("<Data Name=\"{name}\">{value}</Data>"));
    let fields: String = fields.collect();
    json!({
        "data_type": "windows:evtx:record", "event_identifier": identifier, "record_number": 7,
        "source_name": "Microsoft-Windows-Security-Auditing", "computer_name": "dc",
        "xml_string": format!("<Event><System><Channel>Security</Channel></System><EventData>{fields}</EventData></Event>"),
    })
}

#[test]
fn an_account_is_counted_once_however_it_is_written() {
    let mut store = NewStore::new(Compression::Zlib);
    let of = |name: &str, domain: &str, sid: &str| {
        record(
            4768,
            &[("TargetUserName", name), ("TargetDomainName", domain), ("TargetSid", sid), ("Status", "0x0")],
        )
    };
    for data in [
        of("eve", "CORP", "S-1-5-21-1-2-3-1111"),
        of("bob", "CORP.LAN", "S-1-5-21-1-2-3-1112"),
        of("eve", "CORP.LAN", "-"),
        record(
            4769,
            &[("TargetUserName", "eve@CORP.LAN"), ("TargetDomainName", "CORP.LAN"), ("Status", "0x0")],
        ),
        // Nothing shows that this domain is the same.
        of("eve", "OTHER.LAN", "S-1-5-21-9-9-9-1111"),
    ] {
        event(&mut store, "/case/Security.evtx", data, &["ticket"]);
    }
    let page = page(&store.finish(), &[]);
    assert_says(&page, &[("Accounts", r"CORP\eve (3), CORP\bob (1), OTHER.LAN\eve (1)")]);
}

/// The account that was tried is not who tried it, and a recovered record is said to be one.
#[test]
fn who_is_tried_did_not_do_it() {
    let mut store = NewStore::new(Compression::Zlib);
    let fields = [("TargetUserName", "eve"), ("TargetDomainName", "CORP"), ("IpAddress", "203.0.113.7")];
    let failed =
        event(&mut store, "/case/Security.evtx", record(4625, &fields), &["logon_failed", "recovered"]);
    let page = page(&store.finish(), &[]);
    let said = of_event(&page, failed);
    assert_says(said, &[("account tried", r"CORP\eve"), ("address", "203.0.113.7")]);
    assert!(
        said.contains("log Security, record 7; recovered: Plaso found it in space of the file"),
        "{said}"
    );
    assert!(page.contains("recovered is a label of Plaso, which no rule gives"), "{page}");
}

/// A log says that a command was started; whether it worked is said to be open. The words of rules
/// and sessions are explained where a page has them.
#[test]
fn a_command_in_a_log_leaves_its_effect_open() {
    let mut store = NewStore::new(Compression::Zlib);
    let mut line = |program: &str, body: &str| {
        let data = json!({"data_type": "syslog:line", "reporter": program, "message_body": body});
        event(&mut store, "/x", data, &["found"])
    };
    let sudo = line("sudo", "bob : TTY=x ; PWD=/ ; USER=root ; COMMAND=/bin/id");
    let refused = line("sudo", "bob : command not allowed ; TTY=x ; PWD=/ ; USER=root ; COMMAND=/bin/id");
    let cron = line("CRON", "(root) CMD (/x.sh)");
    let session = line("sshd", "pam_unix(sshd:session): session opened for user bob by (uid=0)");
    let store = store.finish();
    let rules = store.beside("rules.txt", "found\n  message_body iregexp 'ID|x'\n");
    let page = page(&store, &["--tagging-file", rules.to_str().unwrap()]);
    let started =
        |by| format!("not recorded (the log says that {by} started the command, not whether it worked)");
    assert_says(of_event(&page, sudo), &[("effect", &started("sudo"))]);
    assert_says(of_event(&page, cron), &[("effect", &started("cron"))]);
    assert!(!of_event(&page, refused).contains("<dt>effect</dt>"));
    assert!(!of_event(&page, session).contains("<dt>effect</dt>"));
    assert!(page.contains("<code>iregexp</code> does not tell capital letters"), "{page}");
    assert!(page.contains("A session in an event is that of an account"), "{page}");
}

/// A long command line is shown whole up to a limit, with marks on all that matched.
#[test]
fn a_long_command_line_is_shown_and_marked() {
    let mut store = NewStore::new(Compression::Zlib);
    let command = |length: usize| format!("powershell -enc {}==END -w hidden", "A".repeat(length));
    let short = json!({"data_type": "bash:history:entry", "command": command(900)});
    let short = event(&mut store, "/x", short, &["encoded"]);
    let words = format!("powershell -enc {} -w hidden", "AB ".repeat(1_700));
    let long = json!({"data_type": "bash:history:entry", "command": words});
    let long = event(&mut store, "/x", long, &["encoded"]);
    let store = store.finish();
    let rules =
        store.beside("rules.txt", "encoded\n  command contains '-enc' AND command contains 'hidden'\n");
    for label in [&[][..], &["--label", "encoded"]] {
        let arguments = [label, &["--tagging-file", rules.to_str().unwrap()]].concat();
        let page = page(&store, &arguments);
        let said = of_event(&page, short);
        let shortened = "A".repeat(80) + "… (805 characters left out here) …" + &"A".repeat(15);
        let whole = format!("powershell -enc {shortened}==END -w hidden</p>");
        assert!(said.contains(&whole), "{said}");
        assert!(said.contains("powershell <mark>-enc</mark> A"), "{said}");
        assert!(said.contains("-w <mark>hidden</mark>"), "{said}");
        let said = of_event(&page, long);
        assert!(said.contains("… (3,149 characters left out here)"), "{said}");
        assert!(said.contains("-w <mark>hidden</mark>"), "{said}");
    }
}

/// Also a message of Plaso's own, or a rule that matched a hash, shows no hash on a page.
#[test]
fn no_page_shows_the_hash_of_a_password() {
    let mut store = NewStore::new(Compression::Zlib);
    let data = json!({"data_type": "macos:user:entry", "username": "eve", "password_hash": "$ml$SECRET"});
    event(&mut store, "/x.plist", data, &["account"]);
    // An account without a password.
    let data = json!({"data_type": "macos:user:entry", "username": "a*b", "password_hash": "*"});
    event(&mut store, "/x.plist", data, &["account"]);
    let store = store.finish();
    let rules = store.beside("rules.txt", "account\n  password_hash contains '$ml$secret'\n");
    let formatters = store.folder().join("formatters");
    std::fs::create_dir(&formatters).unwrap();
    let formatter = "type: 'conditional'\ndata_type: 'macos:user:entry'\nmessage:\n- 'Hash: {password_hash}'\nshort_message:\n- 'x'\nshort_source: 'x'\nsource: 'x'\n";
    std::fs::write(formatters.join("macos.yaml"), formatter).unwrap();
    let rules = rules.to_str().unwrap();
    let with = ["--label", "account", "--tagging-file", rules, "--formatters", formatters.to_str().unwrap()];
    for arguments in [&["--tagging-file", rules][..], &with] {
        let page = page(&store, arguments);
        assert!(page.contains("<dt>password_hash</dt><dd>10 characters</dd>"), "{page}");
        assert!(!page.contains("SECRET"), "{page}");
        assert!(page.contains("a*b") && !page.contains("1 character)"), "{page}");
    }
    assert!(page(&store, &with).contains("Hash: (10 characters)"));
}

/// Each label of an event has its Sigma rule, also those under which the event does not stand.
#[test]
fn each_label_of_an_event_has_its_sigma_rule() {
    let store = Store::of("sample");
    let rule = |title: &str, level: &str, word: &str| {
        format!(
            "title: {title}\nlevel: {level}\nlogsource: {{product: linux, service: sshd}}\n\
             detection: {{keywords: ['{word}'], condition: keywords}}\n"
        )
    };
    let rules = store.folder().join("rules");
    std::fs::create_dir(&rules).unwrap();
    std::fs::write(rules.join("a.yml"), rule("One rule", "high", "Failed password")).unwrap();
    std::fs::write(rules.join("b.yml"), rule("Another rule", "low", "for root")).unwrap();
    foreman(["analyze", "--analysis", "sigma", "--sigma-rules"]).arg(&rules).arg(store.path()).succeed();
    let page = page(&store, &[]);
    let both = page.split("<li>").filter(|item| {
        item.contains("by the Sigma rule One rule") && item.contains("by the Sigma rule Another rule")
    });
    assert!(both.count() > 0, "{page}");
}

/// A logon after many failed ones from the same address is the first thing to look at, and the page
/// says who is who among the accounts of a label.
#[test]
fn a_logon_after_many_failed_ones_comes_first() {
    let mut store = NewStore::new(Compression::Zlib);
    let mut line = |second: i64, text: &str, label: &str| {
        let data = store.event_data(json!({
            "data_type": "syslog:line", "reporter": "sshd", "hostname": "web01", "message_body": text,
        }));
        let event = store.event(second * 1_000_000, data);
        store.tag(event, &[label]);
        event
    };
    for second in 0..12 {
        line(1_000 + second, "Failed password for root from 203.0.113.7 port 1 ssh2", "ssh_login_failed");
    }
    line(1_000, "Accepted password for alice from 203.0.113.8 port 1 ssh2", "ssh_login");
    let guessed = line(1_100, "Accepted password for eve from 203.0.113.7 port 1 ssh2", "ssh_login");
    let useradd = json!({
        "data_type": "syslog:line", "reporter": "useradd", "message_body": "new user: name=svc, UID=7, GID=7",
    });
    let typed = json!({"data_type": "bash:history:entry", "command": "useradd svc", "username": "eve"});
    for data in [useradd, typed] {
        let data = store.event_data(data);
        let event = store.event(2_000_000_000, data);
        store.tag(event, &["account_created"]);
    }
    let page = page(&store.finish(), &[]);
    let (_, first) = page.split_once("Look at these first").unwrap();
    let (first, _) = first.split_once("</li>").unwrap();
    let words = ": somebody logged on as eve from 203.0.113.7 at 1970-01-01 00:18:20 UTC, on web01, after 12 failed logons from this \
                 address in the 24 hours before.";
    assert!(first.contains(words), "{first}");
    assert!(first.contains(&format!("href=\"#event-{guessed}\"")), "{first}");
    assert_eq!(page.matches("Logon after many failed ones").count(), 1);
    assert_says(
        of_event(&page, guessed),
        &[(
            "failed logons before",
            "12 from the same address in the 24 hours before; so the summary names this logon first, as high, \
             whatever the severity of its label",
        )],
    );
    assert!(first.contains("the numbers by severity count the event with its labels"), "{first}");
    assert!(page.contains("eve (user) (1), svc (account created) (1)"), "{page}");
}
