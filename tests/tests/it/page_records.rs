//! What a page says of the records of Windows event logs: which record it is, who reported it, what
//! the rule found in it, and where else it stands.

use serde_json::{Value, json};
use tests::{Compression, NewStore};

use crate::page_answers::{assert_says, event, of_event, page, record};

/// The record with this number inside, as its own log numbered it.
fn numbered(mut record: Value, number: u64) -> Value {
    let xml = record["xml_string"].as_str().unwrap();
    let inside = format!("<Channel>Security</Channel><EventRecordID>{number}</EventRecordID>");
    record["xml_string"] = json!(xml.replace("<Channel>Security</Channel>", &inside));
    record
}

/// The numbers of records say whether the clock was set before a record or after it.
#[test]
fn a_change_of_the_clock_was_before_or_after_a_record() {
    let mut store = NewStore::new(Compression::Zlib);
    let file = "/case/Security.evtx";
    let mut clock = |number| {
        let times =
            [("PreviousTime", "1970-01-01T00:00:00.0000000Z"), ("NewTime", "1970-01-01T10:00:00.0000000Z")];
        event(&mut store, file, numbered(record(4616, &times), number), &["time_changed"])
    };
    let (earlier, later) = (clock(59), clock(105));
    let changed = [("SubjectUserName", "eve"), ("TargetUserName", "bob")];
    let changed = numbered(record(4724, &changed), 60);
    let of = |store: &mut NewStore, labels: &[&str]| event(store, file, changed.clone(), labels);
    let (known, recovered) =
        (of(&mut store, &["password_changed"]), of(&mut store, &["password_changed", "recovered"]));
    let page = page(&store.finish(), &[]);
    let link = |event| format!("(record of <a href=\"#event-{event}\">event {event}</a>");
    let said = of_event(&page, known);
    assert!(said.contains(&(link(earlier) + ", by its number written before this record)")), "{said}");
    assert!(said.contains(&(link(later) + ", by its number written after this record)")), "{said}");
    // A recovered record may be of an older log.
    let said = of_event(&page, recovered);
    assert!(said.contains(&(link(later) + ")")), "{said}");
}

/// Windows names the account that reported a logon. It need not be who tried.
#[test]
fn who_reported_a_logon_did_not_try_it() {
    let mut store = NewStore::new(Compression::Zlib);
    let tried = [("TargetUserName", "eve"), ("SubjectUserName", "DC$"), ("SubjectDomainName", "CORP")];
    let tried = event(&mut store, "/case/Security.evtx", numbered(record(4625, &tried), 901), &["failed"]);
    let explicit = [
        ("SubjectUserName", "eve"),
        ("TargetUserName", "bob"),
        ("TargetServerName", "srv"),
        ("Status", "0x0"),
    ];
    let explicit = event(&mut store, "/case/Security.evtx", record(4648, &explicit), &["explicit"]);
    let page = page(&store.finish(), &[]);
    assert_says(
        of_event(&page, tried),
        &[
            ("account tried", "eve"),
            ("reported by", "CORP\\DC$, the computer&#39;s own account"),
            (
                "record",
                "event 4625 of Microsoft-Windows-Security-Auditing, log Security, record 7 of the file, EventRecordID 901",
            ),
        ],
    );
    assert!(
        page.contains("<dt>reported by</dt><dd>The account that passed")
            && page.contains("EventRecordID is the number"),
        "{page}"
    );
    assert_says(
        of_event(&page, explicit),
        &[
            ("by", "eve"),
            ("account used", "bob"),
            ("target server", "srv"),
            (
                "result",
                "not recorded (the record says that the credentials were used, not whether the logon succeeded)",
            ),
        ],
    );
}

/// No other record names the account of this identifier.
#[test]
fn an_account_without_a_name_is_said_to_have_none() {
    let mut store = NewStore::new(Compression::Zlib);
    let mut data = record(7045, &[("ServiceName", "x"), ("ImagePath", "x.exe")]);
    data["source_name"] = json!("Service Control Manager");
    data["user_sid"] = json!("S-1-5-21-1-2-3-1627");
    let installed = event(&mut store, "/case/System.evtx", data, &["installed"]);
    let fields =
        [("SubjectUserName", "DC$"), ("TargetUserName", "-"), ("Status", "0xc000006e"), ("SubStatus", "0x0")];
    let failed = event(&mut store, "/case/Security.evtx", record(4625, &fields), &["failed"]);
    let page = page(&store.finish(), &[]);
    let unnamed = "S-1-5-21-1-2-3-1627 (an identifier: the records that were read do not name this account)";
    assert_says(
        of_event(&page, installed),
        &[("user", unnamed), ("by", "not recorded (the event names a user, and does not say who acted)")],
    );
    let said = of_event(&page, failed);
    let no_account = "not recorded (the record does not name the account of the logon)";
    assert_says(said, &[("by", no_account), ("reported by", "DC$, the computer&#39;s own account")]);
    assert!(said.contains(": account restriction (no finer reason is recorded)"), "{said}");
}

/// The same record in two files is two findings, but it happened once.
#[test]
fn copies_of_a_record_stand_once() {
    let mut store = NewStore::new(Compression::Zlib);
    let mut add = |file: &str, number: u64| {
        let data = numbered(record(1102, &[("SubjectUserName", "eve")]), number);
        let path_spec = json!({"type_indicator": "OS", "location": file}).to_string();
        let stream = store.stream(json!({"path_spec": path_spec}));
        let mut data = data;
        data["_event_data_stream_identifier"] = json!(format!("event_data_stream.{stream}"));
        let data = store.event_data(data);
        let event = store.event(5_000_000, data);
        store.tag(event, &["log_cleared"]);
        event
    };
    let (later, one) = (add("/case/Security.evtx", 902), add("/case/Security.evtx", 901));
    let copy = add("/case/vss1/Security.evtx", 901);
    let page = page(&store.finish(), &[]);
    let words = format!(
        "found again as <span id=\"event-{copy}\">event {copy}</span> (written 1970-01-01 00:00:05) in /case/vss1/Security.evtx"
    );
    assert_says(of_event(&page, one), &[("same record", &words)]);
    assert!(!of_event(&page, later).contains("same record"), "{page}");
    // All have the same time: the number inside says what came first.
    let places = [one, copy, later].map(|event| page.find(&format!("<span id=\"event-{event}\">")).unwrap());
    assert!(places.is_sorted(), "{places:?}");
}

/// What a rule looked at is shown so that it can be compared with the rule.
#[test]
fn values_that_a_rule_looked_at_have_words() {
    let mut store = NewStore::new(Compression::Zlib);
    let mut data = record(4769, &[("TicketEncryptionType", "0x17"), ("TargetSid", "S-1-5-32-544")]);
    data["strings"] = json!(["eve", "\\\\*\\C$", "x"]);
    data["event_level"] = json!(3);
    let event = event(&mut store, "/case/Security.evtx", data, &["odd"]);
    let store = store.finish();
    let rule = "odd\n  strings contains '\\\\\\\\*\\\\C$' and xml_string.TicketEncryptionType is 0x17 \
                and xml_string.TargetSid is 'S-1-5-32-544' and event_level is 3\n";
    let rules = store.beside("rules.txt", rule);
    let page = page(&store, &["--tagging-file", rules.to_str().unwrap()]);
    assert_says(
        of_event(&page, event),
        &[
            ("strings", "\\\\*\\C$ (1 of the 3 values)"),
            ("xml_string.TicketEncryptionType", "0x17 (23 as a decimal number)"),
            ("xml_string.TargetSid", "S-1-5-32-544 (Administrators)"),
            ("event_level", "3 (warning)"),
        ],
    );
}

/// Without a rule, the record is told by its message, and not by its XML.
#[test]
fn a_record_that_no_rule_matches_shows_no_xml() {
    let mut store = NewStore::new(Compression::Zlib);
    let event =
        event(&mut store, "/case/Security.evtx", record(4624, &[("TargetUserName", "eve")]), &["recovered"]);
    let page = page(&store.finish(), &[]);
    let said = of_event(&page, event);
    assert!(
        said.contains("Logon of ") && !said.contains("xml_string") && !said.contains("<dt>strings"),
        "{said}"
    );
}

/// A label is for several kinds of events, so its techniques are not those of each event.
#[test]
fn techniques_of_a_label_are_said_to_be_of_the_label() {
    let mut store = NewStore::new(Compression::Zlib);
    let member = [("TargetSid", "S-1-5-32-544")];
    let member = event(
        &mut store,
        "/case/Security.evtx",
        record(4732, &member),
        &["admin_group_member_added", "group_member_added"],
    );
    let share = event(&mut store, "/case/Security.evtx", record(5142, &[]), &["policy_changed"]);
    let remote = record(4688, &[("CommandLine", "schtasks /create /s pc")]);
    let remote = event(&mut store, "/case/Security.evtx", remote, &["remote_execution"]);
    let page = page(&store.finish(), &["--tagging-file", "windows"]);
    let added = "the labels admin_group_member_added and group_member_added point to T1098.007 Account Manipulation: \
                 Additional Local or Domain Groups";
    assert_says(of_event(&page, member), &[("ATT&amp;CK", added)]);
    let of_share =
        "the rule for policy_changed points to T1021.002 Remote Services: SMB/Windows Admin Shares";
    assert_says(of_event(&page, share), &[("ATT&amp;CK", of_share)]);
    let said = of_event(&page, remote);
    assert!(
        said.contains("<dd>the label remote_execution points to ")
            && said.contains(" techniques, each for some kinds of events"),
        "{said}"
    );
}

/// A reader of the finding of a deleted task finds the one of its creation, on the same host only.
#[test]
fn findings_about_the_same_task_link_to_each_other() {
    let mut store = NewStore::new(Compression::Zlib);
    let mut task = |identifier, name: &str, host: &str| {
        let mut data = record(identifier, &[("TaskName", name)]);
        data["computer_name"] = json!(host);
        event(&mut store, "/case/Security.evtx", data, &["task"])
    };
    let created = task(4698, "\\T", "pc");
    let deleted = task(4699, "\\t", "PC");
    let other = task(4699, "\\t", "pc2");
    let page = page(&store.finish(), &[]);
    let link = |event, words| format!("<a href=\"#event-{event}\">event {event}</a> (task {words}");
    assert!(of_event(&page, created).contains(&link(deleted, "deleted")), "{page}");
    assert!(of_event(&page, deleted).contains(&link(created, "created")), "{page}");
    assert!(!of_event(&page, other).contains("(task "), "{page}");
}

/// Who reads that a task was created must see that it was deleted, and that the page has more.
#[test]
fn the_end_of_a_task_is_linked_over_many_events() {
    let mut store = NewStore::new(Compression::Zlib);
    let mut task =
        |number| event(&mut store, "/case/x.evtx", record(number, &[("TaskName", "\\T")]), &["task"]);
    let created = task(4698);
    let updated: Vec<_> = (0..8).map(|_| task(4702)).collect();
    let deleted = task(4699);
    let page = page(&store.finish(), &[]);
    let said = of_event(&page, created);
    let link = |event| format!("<a href=\"#event-{event}\">event {event}</a> (task ");
    assert!(said.contains(&link(updated[3])) && !said.contains(&link(updated[4])), "{said}");
    assert!(said.contains(&(link(deleted) + "deleted, 9.0 s later), and 4 more events</dd>")), "{said}");
    assert!(!of_event(&page, updated[4]).contains("more event"), "{page}");
}

/// A reader of a logon sees what was done in it, and who reads of an act finds its logon.
#[test]
fn what_was_done_in_a_logon_is_linked_to_it() {
    let mut store = NewStore::new(Compression::Zlib);
    let mut of = |identifier, fields: &[(&str, &str)]| {
        event(&mut store, "/case/Security.evtx", record(identifier, fields), &["seen"])
    };
    let logon = of(4624, &[("TargetLogonId", "0x1A2B")]);
    let service = of(4697, &[("ServiceName", "x"), ("SubjectLogonId", "0x1a2b")]);
    let other = of(4697, &[("ServiceName", "y"), ("SubjectLogonId", "0x1a2c")]);
    let by_system = of(4697, &[("ServiceName", "z"), ("SubjectLogonId", "0x3e7")]);
    let page = page(&store.finish(), &[]);
    let link = |event, words| format!("<a href=\"#event-{event}\">event {event}</a> ({words}, 1.0 s ");
    assert!(of_event(&page, logon).contains(&(link(service, "service installed") + "later)")), "{page}");
    let said = of_event(&page, service);
    assert!(said.contains(&(link(logon, "the logon in which it was done") + "earlier)")), "{said}");
    for unlinked in [other, by_system] {
        assert!(!of_event(&page, unlinked).contains("see also"), "{page}");
    }
}
