//! How to read the events of a page, before the findings: a few hints, and the legend.

use filter::tagging_file::BUILT_IN;

use crate::evidence::Evidence;
use crate::html::legend::legend;
use crate::html::writer::Html;
use crate::time_zone::chosen;

/// The name of the legend in links, and its heading.
pub(super) const HOW_TO_READ: &str = "words";
pub(super) const HOW_TO_READ_WORDS: &str = "How to read an event";
const NOT_RECORDED: &str = "Where the source of a time has no time zone or no year, it is said after the time, and marked with `*` in tables of \
     events. The tables of labels, hosts, users and addresses have no such mark.";
/// Stands on the page only in a browser that has no style for the content of closed lists.
const CLOSED: &str = "Browsers from before 2025 do not print the events of a closed list: open the lists before you print, or use a \
     current version.";
const OF_COMPUTERS: &str = "A name that ends in “$” is usually that of the account of a computer, with which the system itself acts; a user can \
     have such a name, too.";

/// Says how to read the events, and what the words beside them mean.
pub(super) fn how_to_read(html: &mut Html, evidence: &Evidence, findings: &Html) {
    html.newline();
    html.element("div", &[("class", &"legend"), ("id", &HOW_TO_READ)], |html| {
        html.text_element("h3", &[], HOW_TO_READ_WORDS);
        html.element("ul", &[], |html| {
            hints(evidence, findings.written()).iter().for_each(|hint| html.prose_element("li", &[], hint));
        });
        html.text_element("p", &[("class", &"closed")], CLOSED);
        legend(html, findings);
    });
}

/// Says which commands show more, for those who have the store and the program.
pub(super) fn with_the_program(sets: &[&str]) -> String {
    let mut words =
        "With the storage file and the program: `foreman check --event NUMBER STORE` shows all of an event"
            .to_owned();
    for set in sets {
        words += &format!("; `foreman rules {set}` prints the built-in tagging file `{set}`");
    }
    words + "."
}

/// Returns what must be known to read the events of this page, whose findings are written as
/// `findings`: a sentence each.
fn hints(evidence: &Evidence, findings: &str) -> Vec<String> {
    let events = || evidence.events.iter().map(|shown| &shown.event);
    let files = || events().flat_map(|event| &event.matched_rules).map(|rule| rule.file.as_str());
    let accounts = || events().flat_map(|event| event.user.iter().chain(&event.by));
    let zone = chosen().unwrap_or_else(|| "UTC".into());
    let mut hints = vec![
        format!("Times are shown in the zone {zone}."),
        "Names after a time and before a value link to their meaning below. Other words after a time say what happened then.".to_owned(),
        "The severity is that of the label, as its tagging file says. It is the same for all its events.".to_owned(),
        "An event has its time, what happened, on which host and by whom; then which event it is; then its values, with a mark on each part \
         of a text that a rule searched for and found; and last the rules and the techniques of ATT&CK. The values are those that the rules compare. If they compare none, its own values may stand there. \
         A name of a value that is not below is the name that Plaso gives to a field of the source."
            .to_owned(),
    ];
    let mut add = |is_needed: bool, words: &str| hints.extend(is_needed.then(|| words.to_owned()));
    add(events().any(|event| !event.not_recorded().is_empty()), NOT_RECORDED);
    let sets: Vec<_> = BUILT_IN.into_iter().filter(|set| files().any(|file| file == *set)).collect();
    add(true, &with_the_program(&sets));
    let conditions = || events().flat_map(|event| &event.matched_rules).map(|rule| rule.condition.as_str());
    add(
        conditions().any(|condition| condition.contains(r"\\")),
        r"In a rule, `\\` stands for one backslash, as the tagging file writes it.",
    );
    add(
        conditions().any(|condition| condition.contains(" contains ")),
        "In a rule, `contains` does not tell capital letters from small ones.",
    );
    add(
        conditions().any(|condition| condition.contains("regexp ")),
        "In a rule, `regexp` searches for a pattern, a regular expression; `iregexp` does not tell capital letters from small ones.",
    );
    add(
        events().any(|event| event.message.contains("ession")),
        "A session in an event is that of an account, from logon to logoff. Sessions of activity are the times between two pauses of all events; \
         sessions of tools are runs of Plaso and foreman.",
    );
    add(
        events().any(|event| event.message.contains('?')),
        "A `?` can stand for a value that the event does not have.",
    );
    add(
        events().any(|event| event.message.contains("UAC")),
        "UAC is User Account Control: the question of Windows whether a program may run with full rights.",
    );
    add(accounts().any(|name| name.split(" (").next().is_some_and(|name| name.ends_with('$'))), OF_COMPUTERS);
    add(
        events().any(|event| event.message.contains("uid ")),
        "`uid` is the number of an account of Unix; 0 is root.",
    );
    add(
        events().any(|event| event.message.contains("(%%")),
        "`%%` and a number are the code by which Windows keeps a text. The words before it say what the text means.",
    );
    add(
        events().any(|event| event.message.contains("PUA:")),
        "PUA means potentially unwanted application: what Defender calls unwanted, but not malware.",
    );
    add(
        conditions().any(|condition| condition.contains("timestamp_desc ")),
        "In a rule, `timestamp_desc` is what the time of the event is, such as Creation Time.",
    );
    add(
        findings.contains("EVT "),
        "EVT is the format of the event logs before Windows Vista; its records have other numbers than those of EVTX, the format since then.",
    );
    hints
}
