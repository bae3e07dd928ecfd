//! The accounts of findings and the table of accounts agree: each account that a finding shows in
//! any role is in the table with this role, and the other way round.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tests::{Compression, NewStore, Store};

use crate::numbers::analyze;
use crate::page_answers::{event, page, record};

/// The rows of a finding that name an account.
const ROLES: [&str; 16] = [
    "account",
    "account changed",
    "account created",
    "account deleted",
    "account not changed",
    "account tried",
    "account used",
    "acted as",
    "by",
    "member added",
    "member removed",
    "owner",
    "reported by",
    "runs as",
    "session",
    "user",
];

/// A row of the table of accounts.
#[derive(Debug)]
struct Row {
    name: String,
    events: u64,
    roles: BTreeSet<String>,
    also: Vec<String>,
}

fn plain(html: &str) -> String {
    html.replace("&#39;", "'")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Returns the texts between two marks.
fn between<'t>(text: &'t str, start: &'t str, end: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(start).skip(1).filter_map(move |rest| Some(rest.split_once(end)?.0))
}

fn table(page: &str) -> Vec<Row> {
    let Some((_, table)) = page.split_once("<caption>Users and accounts of events with labels") else {
        return Vec::new();
    };
    let (table, _) = table.split_once("</table>").unwrap();
    let (_, body) = table.split_once("<tbody>").unwrap();
    let row = |row: &str| {
        let cell = |name: &str| {
            let start = format!("data-name=\"{name}\">");
            let (_, rest) = row.split_once(&start).unwrap_or_else(|| panic!("{name}: {row}"));
            plain(rest.split_once("</td>").unwrap().0)
        };
        let list = |name: &str| cell(name).split(", ").map(str::to_owned).collect::<Vec<_>>();
        Row {
            name: cell("user"),
            events: cell("events").replace(',', "").parse().unwrap(),
            roles: list("role in these events").into_iter().collect(),
            also: list("also written"),
        }
    };
    between(body, "<tr>", "</tr>").map(row).collect()
}

/// Returns the accounts of each finding with their roles.
fn findings(page: &str) -> Vec<Vec<(String, String)>> {
    let events = between(page, "<li><p class=\"when\">", "</li>");
    let accounts = |event: &str| {
        let facts = between(event, "<dl class=\"parties\">", "</dl>").next().unwrap_or_default();
        let facts = between(facts, "<dt>", "</dd>").filter_map(|fact| fact.split_once("</dt><dd>"));
        let facts = facts.map(|(name, value)| (plain(name), plain(value)));
        let is_account = |(name, value): &(String, String)| {
            let is_nobody = value.starts_with("not recorded") || value.starts_with("nobody had");
            ROLES.contains(&name.as_str()) && !is_nobody
        };
        facts.filter(is_account).collect()
    };
    events.map(accounts).collect()
}

impl Row {
    /// Returns whether a finding names this account. Words can follow the name.
    fn is(&self, value: &str) -> bool {
        let value = value.to_lowercase();
        [&self.name].into_iter().chain(&self.also).filter(|name| !name.is_empty()).any(|name| {
            let rest = value.strip_prefix(&name.to_lowercase());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([',', ';']) || rest.starts_with(" ("))
        })
    }
}

/// Checks that the table has all accounts of findings. Returns how many findings name each account.
fn check(page: &str) -> BTreeMap<String, (u64, BTreeSet<String>)> {
    let rows = table(page);
    let mut named: BTreeMap<String, (u64, BTreeSet<String>)> = BTreeMap::new();
    for accounts in findings(page) {
        let mut of_finding = BTreeSet::new();
        for (role, value) in accounts {
            let row = rows.iter().find(|row| row.is(&value));
            let row = row.unwrap_or_else(|| panic!("the table has no {role} {value}: {rows:#?}"));
            assert!(row.roles.contains(&role), "{value} is not {role} in the table: {row:?}");
            let (number, roles) = named.entry(row.name.clone()).or_default();
            roles.insert(role);
            *number += u64::from(of_finding.insert(row.name.clone()));
        }
    }
    for row in &rows {
        if let Some((number, _)) = named.get(&row.name) {
            // A record can be several events.
            assert!(*number <= row.events, "{row:?} stands in {number} findings");
        }
    }
    named
}

#[test]
fn the_table_has_all_accounts_of_the_findings() {
    let mut checked = 0;
    for (name, rules) in [
        ("sample", "linux"),
        ("sample-20230327", "linux"),
        ("evtx-sample", "windows"),
        ("evtx-mitre", "windows"),
    ] {
        let store = match name {
            "evtx-mitre" => match Store::shared(name) {
                Some(store) => store,
                None => continue,
            },
            name => Store::of(name),
        };
        analyze(&store, rules);
        let named = check(&page(&store, &[]));
        assert!(!named.is_empty(), "{name}");
        checked += named.len();
    }
    assert!(checked > 20, "{checked}");
}

/// If all events are shown, the table has nothing that no finding has, and counts the same.
#[test]
fn the_findings_have_all_accounts_of_the_table() {
    let mut store = NewStore::new(Compression::Zlib);
    let subject = [
        ("SubjectUserName", "eve"),
        ("SubjectDomainName", "CORP"),
        ("SubjectUserSid", "S-1-5-21-1-2-3-1111"),
    ];
    let of = |identifier, fields: &[(&str, &str)]| record(identifier, &[&subject[..], fields].concat());
    let target = [("TargetUserName", "svc"), ("TargetDomainName", "CORP")];
    let member = [
        ("MemberName", "CN=bob,DC=corp"),
        ("MemberSid", "S-1-5-21-1-2-3-1112"),
        ("TargetUserName", "Admins"),
    ];
    for data in [
        of(4720, &target),
        of(4726, &target),
        of(4648, &target),
        of(4625, &target),
        of(4728, &member),
        // The account has only its identifier here, and a longer name of its domain elsewhere.
        of(4704, &[("PrivilegeList", "SeTcbPrivilege"), ("TargetSid", "S-1-5-21-1-2-3-1158")]),
        record(
            4624,
            &[
                ("TargetUserName", "svc"),
                ("TargetDomainName", "CORP.LAN"),
                ("TargetUserSid", "S-1-5-21-1-2-3-1158"),
            ],
        ),
    ] {
        event(&mut store, "/case/Security.evtx", data, &["seen"]);
    }
    for (program, text) in [
        ("useradd", "new user: name=svc, UID=1004, GID=1004, home=/home/svc, shell=/bin/sh"),
        ("useradd", "failed adding user 'svc', exit code: 9"),
        ("usermod", "add 'svc' to group 'sudo'"),
        ("userdel", "delete user 'svc'"),
        ("sudo", "alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/id"),
        ("sudo", "bob : user NOT in sudoers ; PWD=/ ; USER=root ; COMMAND=/bin/id"),
        ("CRON", "(root) CMD (id)"),
        ("CRON", "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"),
        ("sshd", "pam_unix(sshd:session): session opened for user alice by (uid=0)"),
    ] {
        let line = json!({"data_type": "syslog:line", "reporter": program, "message_body": text, "hostname": "web01"});
        event(&mut store, "/case/auth.log", line, &["line"]);
    }
    let file = json!({"data_type": "fs:stat", "filename": "/x", "owner_identifier": 0});
    event(&mut store, "/x", file, &["file"]);
    let page = page(&store.finish(), &["--rows", "all"]);
    let named = check(&page);
    let table: BTreeMap<_, _> =
        table(&page).into_iter().map(|row| (row.name, (row.events, row.roles))).collect();
    assert_eq!(named, table);
    let roles = |name: &str| table[name].1.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    assert_eq!(
        roles("CORP\\svc"),
        "account, account changed, account created, account deleted, account tried, account used"
    );
    // The session of root that root opened is one event.
    assert_eq!((roles("root"), table["root"].0), ("account, by, owner, runs as".to_owned(), 5));
}
