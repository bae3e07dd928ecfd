//! Whose session an event is about and who opened it, and what Plaso completed of its time, on the
//! pages of the samples.

use tests::{Store, foreman};

use crate::numbers::analyze;
use crate::page_answers::{assert_says, of_event, page};

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
    let opened = of_event(&page, event_of(&page, "SSH session of bob opened (sshd 9857)"));
    let service =
        "user number 0, as the line says: the service that opened the session, not the one who logged on";
    assert_says(opened, &[("account", "bob (whose session it is)"), ("by", service)]);
    let label = ["report", "--format", "json", "--label", "session_opened"];
    let json = foreman(label).arg(store.path()).succeed().stdout;
    assert!(
        json.contains("SSH session of bob opened (sshd 9857)") && !json.contains("as the line says"),
        "{json}"
    );
}

/// The command line settles the year and the zone, and what is said of a warning fits its numbers.
#[test]
fn what_plaso_completed_is_said_without_contradiction() {
    let store = Store::of("sample-20230327");
    analyze(&store, "linux");
    let page = page(&store, &[]);
    let event = of_event(&page, event_of(&page, "SSH session of bob opened"));
    let time = "the log names no year: the command line of Plaso has --preferred-year 2026; the log names no time zone, \
                and the command line of Plaso has none, so Plaso took UTC";
    assert_says(event, &[("time", time)]);
    let meaning = "(that is: the year that Plaso used is 2026; the log itself names none)";
    assert!(event.contains(meaning), "{event}");
    assert!(!page.contains("the year after"), "{page}");
}
