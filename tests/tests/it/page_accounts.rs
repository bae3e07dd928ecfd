//! Whose session an event is about and who opened it, and what Plaso completed of its time, on the
//! pages of the samples.

use serde_json::json;
use tests::{Compression, NewStore, Store, foreman};

use crate::numbers::analyze;
use crate::page_answers::{assert_says, event, of_event, page};

/// Returns the row of the first event on the page that has this message.
fn event_of(page: &str, message: &str) -> i64 {
    let (before, _) = page.split_once(message).unwrap_or_else(|| panic!("{message}: {page:.3000}"));
    let (_, number) = before.rsplit_once("<span id=\"event-").unwrap();
    number.split_once('"').unwrap().0.parse().unwrap()
}

/// `by (uid=0)` is the service, not a second candidate for who logged on.
#[test]
fn a_session_says_whose_it_is_and_who_opened_it() {
    let store = Store::of("sample");
    analyze(&store, "linux");
    let page = page(&store, &[]);
    let opened = of_event(&page, event_of(&page, "SSH session of bob opened (sshd, process 9857)"));
    let service = "user number 0 (root), as the line says: the service that opened the session, not the one who logged on";
    assert_says(opened, &[("account", "bob (whose session it is)"), ("by", service)]);
    let label = ["report", "--format", "json", "--label", "session_opened"];
    let json = foreman(label).arg(store.path()).succeed().stdout;
    assert!(
        json.contains("SSH session of bob opened (sshd, process 9857)") && !json.contains("as the line says"),
        "{json}"
    );
}

/// The command line settles the year and the zone, and what is said of a warning fits its numbers.
#[test]
fn what_plaso_completed_is_said_without_contradiction() {
    let store = Store::of("sample-20230327");
    analyze(&store, "linux");
    let page = page(&store, &[]);
    let opened = of_event(&page, event_of(&page, "SSH session of bob opened"));
    let time = "the log names no year: Plaso took 2026; the command line of Plaso has --preferred-year 2026; the log names no \
                time zone, and the command line of Plaso names none, so Plaso took UTC";
    assert_says(opened, &[("time", time)]);
    assert!(!opened.contains("base date") && !opened.contains("warning of Plaso"), "{opened}");
    assert!(page.contains("The log names no year: Plaso took 2026. Plaso&#39;s words: "), "{page}");
}

/// An event counts for each account that a finding shows: also for the one as which sudo ran.
#[test]
fn the_table_of_users_counts_all_accounts_of_an_event() {
    let mut store = NewStore::new(Compression::Zlib);
    let text = "bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/usr/bin/id";
    let sudo = json!({"data_type": "syslog:line", "reporter": "sudo", "message_body": text});
    event(&mut store, "/case/auth.log", sudo, &["sudo"]);
    let cron = json!({"data_type": "syslog:line", "reporter": "CRON", "message_body": "(root) CMD (id)"});
    event(&mut store, "/case/syslog", cron, &["cron"]);
    let page = page(&store.finish(), &[]);
    let (_, of_root) = page.split_once("<td class=\"name\" data-name=\"user\">root</td>").unwrap();
    let (of_root, _) = of_root.split_once("</tr>").unwrap();
    assert_eq!(of_root.matches(">2</td>").count(), 2, "{of_root}");
    // A label counts its event once.
    assert_says(&page, &[("By", "bob (1)")]);
}

/// A list of labels that is cut says so, and names have their numbers where some events have none.
#[test]
fn what_to_look_at_first_says_what_it_leaves_out() {
    let mut store = NewStore::new(Compression::Zlib);
    let mut rules = String::new();
    for number in 0..10 {
        let label = format!("serious_{number}x");
        rules += &format!("# It is serious.\n# severity: high\n{label}\n  command is 'c{number}'\n\n");
        for host in [json!({"hostname": "web01"}), json!({})] {
            let mut data = host;
            data["data_type"] = json!("bash:history:entry");
            data["command"] = json!(format!("c{number}"));
            event(&mut store, "/case/history", data, &[&label]);
        }
    }
    let store = store.finish();
    let rules = store.beside("rules.txt", &rules);
    let page = page(&store, &["--tagging-file", rules.to_str().unwrap()]);
    let (_, first) = page.split_once("Look at these first").unwrap();
    let (first, _) = first.split_once("</section>").unwrap();
    assert_eq!(first.matches("<li>").count(), 8, "{first}");
    assert!(first.contains("2 more serious labels"), "{first}");
    assert!(first.contains("on web01 (1), 1 without a host"), "{first}");
}

/// A label that Plaso gives is counted apart, and a report on labels has no total among them.
#[test]
fn labels_of_plaso_and_totals_are_told_apart() {
    let mut store = NewStore::new(Compression::Zlib);
    let history = |command: &str| json!({"data_type": "bash:history:entry", "command": command});
    event(&mut store, "/case/history", history("a"), &["recovered"]);
    event(&mut store, "/case/history", history("whoami"), &["recovered", "found"]);
    let store = store.finish();
    let rules = store.beside("rules.txt", "found\n  command is 'whoami'\n");
    foreman(["analyze", "--analysis", "tagging", "--tagging-file"]).arg(&rules).arg(store.path()).succeed();
    let page = page(&store, &[]);
    assert!(
        page.contains(
            "2 events have at least one of 2 labels (1 of them only recovered, a label of Plaso&#39;s own)"
        ),
        "{page}"
    );
    let (_, report) = page.split_once("<section id=\"reports\">").unwrap();
    assert!(report.contains("Events to which it gave at least one label (event_tags): 1"), "{report}");
    assert!(!report.contains(">event_tags</td>"), "{report}");
}
