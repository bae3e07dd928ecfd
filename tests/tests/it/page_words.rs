//! A page says in sentences what records say in codes and lines, and whose account is meant.

use serde_json::json;
use tests::{Compression, NewStore};

use crate::page_answers::{assert_says, event, of_event, page, record};

/// The audit of an SQL server writes lines of names and values.
#[test]
fn a_record_of_the_audit_of_sql_server_is_a_finding_in_words() {
    let mut store = NewStore::new(Compression::Zlib);
    let text = "audit_schema_version:1\naction_id:CR  \nsucceeded:true\nclass_type:SL\nclient_ip:203.0.113.8\n\
        session_server_principal_name:CORP\\eve\nserver_principal_name:CORP\\eve\ndatabase_name:master\n\
        object_name:new\nstatement:CREATE LOGIN [new]\nadditional_information:\n";
    let data = json!({"data_type": "windows:evtx:record", "source_name": "MSSQL$X", "event_identifier": 33205,
        "hostname": "sql01", "strings": [text]});
    let created = event(&mut store, "/case/Application.evtx", data, &["account_changed"]);
    let page = page(&store.finish(), &[]);
    let result =
        "the record says whether the permission was there, not whether the statement was carried out";
    let facts = [("host", "sql01"), ("by", "CORP\\eve"), ("address", "203.0.113.8"), ("result", result)];
    let created = of_event(&page, created);
    assert_says(created, &facts);
    let message = "SQL Server audit: CORP\\eve was allowed to create the SQL login new, database master: CREATE LOGIN [new]";
    assert!(created.contains(message), "{created}");
}

/// A name that ends in `$` is that of a computer, or looks so.
#[test]
fn the_account_of_a_computer_is_told_from_that_of_a_person() {
    let mut store = NewStore::new(Compression::Zlib);
    let of = |subject, target| {
        let names = [("SubjectUserName", subject), ("SubjectDomainName", "CORP"), ("TargetUserName", target)];
        let mut record = record(4724, &names);
        record["hostname"] = json!("WIN10.corp.lan");
        record
    };
    let own = event(&mut store, "/case/x.evtx", of("win10$", "eve"), &["password_changed"]);
    let other = event(&mut store, "/case/x.evtx", of("eve", "FS01$"), &["password_changed"]);
    let page = page(&store.finish(), &[]);
    assert_says(of_event(&page, own), &[("by", "CORP\\win10$, the computer&#39;s own account")]);
    let words = "FS01$; its name ends in “$”, as the names of computers&#39; accounts do";
    assert_says(of_event(&page, other), &[("by", "CORP\\eve"), ("account changed", words)]);
    // What these rows mean stands before the first finding.
    let (before, _) = page.split_once("<article").unwrap();
    for words in
        ["<dt>by</dt><dd>The account that did it,", "<dt>written</dt><dd>When Windows wrote the record"]
    {
        assert!(before.contains(words), "{before}");
    }
}

/// Somebody can give a name like that of a computer to the account of a user.
#[test]
fn an_account_of_a_user_is_not_called_that_of_a_computer() {
    let mut store = NewStore::new(Compression::Zlib);
    let sid = "S-1-5-21-1-2-3-1002";
    let names = [
        ("SubjectUserName", "eve"),
        ("SubjectDomainName", "CORP"),
        ("TargetUserName", "help$"),
        ("TargetDomainName", "CORP"),
        ("TargetSid", sid),
    ];
    let created = event(&mut store, "/case/x.evtx", record(4720, &names), &["account_created"]);
    let reset = event(&mut store, "/case/x.evtx", record(4724, &names), &["password_changed"]);
    let group = [
        ("SubjectUserName", "help$"),
        ("SubjectDomainName", "CORP"),
        ("MemberSid", sid),
        ("TargetUserName", "Administrators"),
    ];
    let group = event(&mut store, "/case/x.evtx", record(4732, &group), &["group_changed"]);
    let computer = event(&mut store, "/case/x.evtx", record(4741, &names[..4]), &["computer"]);
    let page = page(&store.finish(), &[]);
    let user =
        "the account of a user: its name ends in “$” like that of a computer, which can hide it among those";
    let named = format!("CORP\\help$, {user}");
    assert_says(of_event(&page, created), &[("account created", &named), ("by", "CORP\\eve")]);
    assert_says(of_event(&page, reset), &[("account changed", &named)]);
    let member = format!("CORP\\help$ ({sid}), {user}");
    assert_says(of_event(&page, group), &[("member added", &member), ("by", &named)]);
    let computer = of_event(&page, computer);
    assert_says(computer, &[("account created", "CORP\\help$, the account of a computer")]);
    let meaning = "<dt>member added</dt><dd>The account or the group that came into the group.</dd>";
    assert!(page.contains(meaning) && !page.contains("<dt>member removed</dt>"), "{page}");
}

/// Each record of a change says who did it and to whom.
#[test]
fn a_changed_account_has_who_changed_it_beside_it() {
    let mut store = NewStore::new(Compression::Zlib);
    let names = [
        ("SubjectUserSid", "S-1-5-21-1-2-3-1001"),
        ("SubjectUserName", "eve"),
        ("SubjectDomainName", "CORP"),
        ("TargetUserName", "bob"),
        ("TargetDomainName", "CORP"),
        ("TargetSid", "S-1-5-21-1-2-3-1002"),
        ("MemberName", "-"),
        ("MemberSid", "S-1-5-21-1-2-3-1002"),
    ];
    let mut events = Vec::new();
    for (identifier, what) in [
        (4720, "account created"),
        (4722, "account changed"),
        (4723, "account changed"),
        (4724, "account changed"),
        (4725, "account changed"),
        (4726, "account deleted"),
        (4738, "account changed"),
        (4740, "account changed"),
        (4728, "member added"),
        (4732, "member added"),
        (4756, "member added"),
    ] {
        // Each has a label of its own, because a label shows some of its events.
        let label = format!("of_{identifier}x");
        events.push((event(&mut store, "/case/x.evtx", record(identifier, &names), &[&label]), what));
    }
    let page = page(&store.finish(), &[]);
    for (event, what) in events {
        let member = "CORP\\bob (S-1-5-21-1-2-3-1002)";
        let whom = if what == "member added" { member } else { "CORP\\bob" };
        assert_says(of_event(&page, event), &[("by", "CORP\\eve"), (what, whom)]);
    }
}

/// The original path hints at the user, and the time of an entry is told apart from a deletion.
#[test]
fn an_entry_of_the_recycle_bin_says_what_its_path_and_time_are() {
    let mut store = NewStore::new(Compression::Zlib);
    let mut data = json!({"data_type": "windows:metadata:deleted_item",
        "original_filename": "C:\\Users\\anna\\Documents\\plan.zip",
        "deletion_time": {"__type__": "DateTimeValues", "__class_name__": "Filetime", "timestamp": 7}});
    let file =
        store.stream(json!({"path_spec": r#"{"type_indicator": "OS", "location": "/case/$IABC.txt"}"#}));
    data["_event_data_stream_identifier"] = json!(format!("event_data_stream.{file}"));
    let data = store.event_data(data);
    let deleted = store.event_row(&7_000_000, &format!("event_data.{data}"), &"Content Deletion Time");
    store.tag(deleted, &["file_recycled"]);
    let page = page(&store.finish(), &[]);
    let user = "anna (from the original path of the deleted file)";
    let time = "Plaso calls it Content Deletion Time: it is when the file was moved to the recycle bin, as the entry of the bin \
                says; when the bin was emptied is not recorded";
    assert_says(of_event(&page, deleted), &[("user", user), ("time", time)]);
}

/// A database of users says when a password was set, and not by whom.
#[test]
fn who_set_a_password_is_said_not_to_be_recorded() {
    let mut store = NewStore::new(Compression::Zlib);
    let user = json!({"data_type": "windows:registry:sam_users", "username": "eve", "account_rid": 1001});
    let data = store.event_data(user);
    let set = store.event_row(&7_000_000, &format!("event_data.{data}"), &"Last Password Set Time");
    store.tag(set, &["password_changed"]);
    let page = page(&store.finish(), &[]);
    let facts = [("account", "eve"), ("by", "not recorded (the event does not say who used the account)")];
    assert_says(of_event(&page, set), &facts);
    assert!(page.contains("The user database (SAM) has the account eve, number 1001"), "{page}");
}

/// A computer may have another name by now, and its clock may have been set.
#[test]
fn the_system_itself_and_a_clock_that_was_set() {
    let mut store = NewStore::new(Compression::Zlib);
    let names = [
        ("SubjectUserName", "OLD-NAME$"),
        ("SubjectDomainName", "WORKGROUP"),
        ("SubjectUserSid", "S-1-5-18"),
        ("TargetUserName", "eve"),
    ];
    let mut reset = record(4724, &names);
    reset["hostname"] = json!("NEW-NAME");
    let reset = event(&mut store, "/case/x.evtx", reset, &["password_changed"]);
    let set = |previous: &str| {
        let times = [("PreviousTime", previous), ("NewTime", "1970-01-01T10:00:00.0000000Z")];
        record(4616, &times)
    };
    let change = event(&mut store, "/case/x.evtx", set("1970-01-01T00:00:00.0000000Z"), &["time_changed"]);
    event(&mut store, "/case/x.evtx", set("1970-01-01T09:59:59.0000000Z"), &["time_changed"]);
    event(&mut store, "/case/y.evtx", set("1970-01-02T00:00:00.0000000Z"), &["time_changed"]);
    let page = page(&store.finish(), &[]);
    let said = of_event(&page, reset);
    let by = "WORKGROUP\\OLD-NAME$, the computer&#39;s own account (the record has the identifier of the system itself, \
              S-1-5-18); its name is not that of the host, so the computer was perhaps renamed";
    assert_says(said, &[("by", by)]);
    let clock = format!("forward by 10 h (record of <a href=\"#event-{change}\">event {change}</a>)</dd>");
    assert!(said.contains(&clock), "{said}");
    assert!(!of_event(&page, change).contains("clock set near it"), "{page}");
}
