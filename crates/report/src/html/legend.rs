//! The legend: what the words beside an event mean, each in a sentence. The words link to it, so
//! that it has only those that a page uses.

use std::collections::BTreeSet;

use crate::html::writer::Html;

/// How the names of entries in links begin. They are short, because a page has thousands of them.
const ID: &str = "w-";
/// How a link to an entry begins in a page.
const LINK: &str = "href=\"#w-";
/// The beginning of the names of the fields of a record.
const FIELD: &str = "xml_string.";

/// A word, and what it means.
type Entry = (&'static str, &'static str);

/// The words after a time.
const TIMES: &[Entry] = &[
    ("created", "The time of the event, as the Windows record has it."),
    (
        "written",
        "When Windows wrote the record to its file. In an exported log it is often the time of the next record, or zero: take `created`.",
    ),
    ("logged", "The time of the line of the log."),
    ("typed", "When the command was typed, as the history of the shell has it."),
    (
        "zone not recorded",
        "The source has a local time and no time zone. The time can be off by hours; the row `time` says which zone Plaso took.",
    ),
    ("year not recorded", "The source has a time without a year. The row `time` says which year Plaso took."),
    ("Added Time", "When the entry was added to the list or database."),
    ("Backup Snapshot Creation Time", "When a backup was made."),
    ("Content Deletion Time", "When it was deleted."),
    (
        "Content Modification Time",
        "When the content of the file, registry key or entry was last changed. Earlier changes leave no time.",
    ),
    ("Creation Time", "When the file or entry was created."),
    ("Downloaded Time", "When the file was downloaded."),
    ("End Time", "When what the entry describes ended."),
    ("Expiration Time", "When the entry stops being valid. Nothing needs to have happened then."),
    ("File Downloaded", "When the file was downloaded."),
    ("First Access Time", "The first access that the entry counts."),
    ("First Connection Time", "When the device was first connected."),
    ("Full Update Time", "The last full search for updates that succeeded."),
    ("Installation Time", "When the program or driver was installed, as the entry says."),
    ("Last Access Time", "The last access that the file system or the entry noted."),
    ("Last Connection Time", "When the device or network was last connected."),
    ("Last Inquiry Update Time", "When the computer last heard of the Bluetooth device."),
    ("Last Login Attempt Time", "The last logon with the account that failed."),
    ("Last Login Time", "The last logon of the account."),
    ("Last Name Update Time", "When the computer last learned the name of the Bluetooth device."),
    ("Last Password Set Time", "When the password of the account was last set."),
    ("Last Seen Time", "When the system last noted the entry."),
    ("Last Services Update Time", "When the computer last learned what the Bluetooth device offers."),
    ("Last Time Executed", "The last run that the entry noted."),
    ("Last Used Time", "The last use that the entry counts."),
    ("Last Visited Time", "The last visit to the page."),
    ("Link Time", "When the maker of the program linked it, as its file says."),
    (
        "Metadata Modification Time",
        "When the file system last changed what it keeps about the file: its name, place, owner, permissions or size (also called change time).",
    ),
    ("Modification Time", "When it was last changed."),
    ("Not a time", "The source has no time for this entry."),
    ("Recorded Time", "When the entry was recorded."),
    ("Scheduled to end", "When the task is set to end."),
    ("Scheduled to start", "When the task is set to start. Whether it ran then is not recorded."),
    ("Start Time", "When what the entry describes began."),
    ("Target Creation Time", "When the program's file or folder was created."),
    ("Update Time", "The last search for updates that succeeded."),
];

/// The names of the facts of an event.
const FACTS: &[Entry] = &[
    ("host", "The computer on which it happened."),
    (
        "by",
        "The account that did it, or why the page names none; of a session, the one whose service opened it.",
    ),
    (
        "user",
        "The account that the event, or the path that is named, has as its user. Who acted may be somebody else.",
    ),
    ("account", "The account that logged on or off, or that the event describes."),
    ("account tried", "The account with which somebody tried to log on. Who that was is another question."),
    (
        "reported by",
        "The account that passed the logon to the system, often that of the computer or a service. It need not be who logged on or tried to.",
    ),
    ("runs as", "The account with whose rights the program runs."),
    ("acted as", "The account with whose rights the process acted."),
    ("session", "Who had logged on in the session of the process."),
    ("address", "The network address of another computer."),
    ("other side", "Who took part in the connection from the other computer."),
    ("failed logons before", "How many logons from the same address failed before this one."),
    (
        "see also",
        "Other events of the page about the same task, account, service or logon of this host, and what was done in that logon, in order of time. Windows can write the records of one act some milliseconds apart, in any order.",
    ),
    (
        "event",
        "The number of the event: its row in the storage file. A record with several times has several rows.",
    ),
    ("account changed", "The account to which this was done."),
    ("account not changed", "The account that somebody tried to create, change or delete, and failed."),
    ("account created", "The account that was created."),
    ("account deleted", "The account that was deleted."),
    ("account used", "The account whose name and password were given."),
    ("target server", "The computer for which they were given."),
    ("member added", "The account or the group that came into the group."),
    ("member removed", "The account or the group that left the group."),
    ("group", "The group of which the member is; of a file, the group that owns it."),
    ("owner", "The user who owns the file, by the number that the file system keeps."),
    ("mode", "The permissions of the file, as the command `chmod` writes them."),
    ("values after it", "The values that the account has after the change."),
    ("no change", "The record tells of a change, but its values are the same before and after."),
    ("clock set", "How far the clock of the computer was moved."),
    (
        "clock of the record",
        "Whether the time of the record is that of the clock before or after it was set.",
    ),
    ("clock of the log", "A record of the same log whose number and time are in another order."),
    ("clock set near it", "How far the clock was set, as records of the same log say."),
    ("order of records", "Which record of the log came first, where the times cannot say it."),
    ("registry key", "The key of the Windows registry that has the entry."),
    ("entries", "What the entries of this key are."),
    ("from", "Where the traffic came from."),
    ("to", "Where the traffic went."),
    ("protocol", "The network protocol."),
    ("signature", "The rule of the sensor that gave the alert, with its number."),
    ("direction", "Which way the file or the connection went."),
    ("transferred file", "The file that was sent or fetched."),
    ("result", "Whether it succeeded, as far as the source says it."),
    ("process", "The program that did it."),
    ("access rights", "What the opened process allows, from the bits of the number."),
    ("acting context", "The context of SELinux of the process that acted."),
    ("time of the action", "When it happened, as the audit record itself says."),
    ("effect", "Whether it worked, which the record does not say."),
    (
        "short name",
        "Windows also gives a file or folder a short name of up to eight characters. This is the only longer name in the event that fits.",
    ),
    ("same record", "The same record was found more than once. It happened once."),
    (
        "record",
        "The identifier and the source of the Windows event, its log, and the number of the record in its file. EventRecordID is \
         the number inside the record; it differs in a log that was exported.",
    ),
    ("file", "The file in which Plaso found the event, and the place in it."),
    ("SHA-256 of the file", "The fingerprint of this file."),
    ("warning of Plaso", "The first problem that Plaso had with this file."),
    ("time", "What must be known of the time: what Plaso assumed, and what the time does not say."),
    ("data type", "What Plaso calls this kind of event."),
    (
        "ATT&CK",
        "Techniques of MITRE ATT&CK to which the rule or the label points. A label is for several kinds of events. They are hints: \
         the page does not say that this event is one of them.",
    ),
    (
        "rule",
        "Why the event has the label: the label, the line of the tagging file, and its condition. Of parts between `or`, only the \
         first one that holds is shown.",
    ),
    ("object", "What was used or changed, as the record names it."),
    ("change", "What became of the setting, by its values before and after."),
    ("changed", "What was changed, as the record says it."),
    ("level", "How serious it is, as the source says."),
    ("note", "What must be known of this entry."),
    ("cannot be read", "Why the event cannot be shown."),
];

/// Names of values. The others say what they are, or are those of one data type alone.
const VALUES: &[Entry] = &[
    ("reporter", "The program that wrote the line of the log."),
    ("command", "The command, as the history or the log has it."),
    ("hostname", "The computer that wrote the line."),
    ("ip_address", "The network address of another computer."),
    ("port", "The port of that computer."),
    ("protocol", "The protocol of the logon or of the connection."),
    ("authentication_method", "How the logon was checked."),
    ("username", "The account that the line names."),
    ("http_request", "The request, as the web server logged it."),
    ("http_request_user_agent", "What the client says that it is."),
    (
        "http_response_code",
        "The status of the answer: 2xx done, 3xx elsewhere, 4xx and 5xx refused or failed.",
    ),
    ("interrupt_reason", "Why a download ended before its end; 0 is that it did not."),
    ("received_bytes", "How many bytes arrived."),
    ("total_bytes", "How many bytes the file has."),
    ("bundle_identifier", "The name by which macOS knows the program."),
    ("full_path", "The path of the file."),
    ("pid", "The number of the process that wrote the line."),
    ("message_body", "The text of the line."),
    ("body", "The text of the line."),
    ("text", "The text of the entry."),
    (
        "web_filenames",
        "Of a file from the web: where it was stored, its address, and the process that fetched it, with bars between.",
    ),
    ("strings", "The values of the record in their order, without their names."),
    ("xml_string", "The record as XML. `xml_string.NAME` is its field `NAME`."),
    ("event_level", "How serious the record is, as its source says: from 1 (critical) to 5 (details)."),
    ("event_identifier", "The number by which the source of a record tells kinds of events apart."),
    ("source_name", "The part of Windows or the program that wrote the record."),
    ("user_sid", "The account that the record or entry names, by its identifier."),
    ("entries", "The values of the registry key."),
    ("url", "The address of the page, file or request."),
    ("key_path", "The key of the Windows registry that has the entry."),
    ("bus", "How the device was connected, such as USB."),
    ("indicator", "The indicator of compromise that was found in the event."),
    ("ssgp_hash", "A hash of the secret. The page is handed on, so it has only the length."),
    ("action", "What the line is about, as Plaso reads it."),
    ("event_type", "The number by which the audit trail tells kinds of events apart."),
    ("is_paired", "Whether the device is paired with the computer."),
    ("authenticated_username", "The account that used the role."),
    ("package_identifier", "The program or its path."),
    ("number_of_executions", "How often the program was started, as the entry counts."),
    ("account_rid", "The last number of the identifier of the account."),
    ("allowed", "Whether the program may use the service: 0 is no."),
    ("audit_type", "The kind of the record of the Linux audit log."),
    ("classification", "The kind of attack, as the rule of the sensor names it."),
    ("decision", "Whether the program was allowed to run."),
    ("destination_ip", "The address to which the traffic went."),
    ("destination_port", "The port to which the traffic went."),
    ("entry_name", "The name of the entry in the keychain."),
    ("file_size", "The size of the file in bytes."),
    (
        "history_type",
        "The list of the editor Vim that has the entry, such as its commands or places in files.",
    ),
    ("host_application", "The command line that started PowerShell."),
    ("login_count", "How many logons the account counts."),
    (
        "login_type",
        "The kind of the entry by its number: 1 and 2 are a change or a start of the system, 5 and 6 a terminal that waits, 7 a logon, 8 an end.",
    ),
    ("msi_package_code", "The identifier of the package from which the program was installed."),
    ("msi_product_code", "The identifier of the program in Windows Installer."),
    ("original_filename", "The path of the file before it was deleted."),
    ("package_code", "The identifier of the package from which the program was installed."),
    ("product_code", "The identifier of the program in Windows Installer."),
    ("reason", "Why it was decided so, as the source says."),
    ("record_index", "The number of the file in the recycle bin."),
    ("return_value", "Whether the call of the system succeeded, and what it returned."),
    (
        "rule_identifier",
        "The rule of the sensor by its numbers: the part of the sensor, the rule, and its version.",
    ),
    ("runas_user", "The account as which PowerShell ran."),
    ("source_ip", "The address from which the traffic came."),
    ("source_port", "The port from which the traffic came."),
    ("uninstall_key", "The registry key with which Windows removes the program."),
    ("value_name", "The name of the value in the registry key."),
];

/// Returns the name of a word's entry in links.
fn id(group: char, word: &str) -> String {
    let word: String = word.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("{ID}{group}-{word}")
}

/// Writes a word, with a link to its entry if it has one.
fn word(html: &mut Html, (group, entries): (char, &[Entry]), name: &str, shown: &str) {
    if entries.iter().any(|(known, _)| *known == name) {
        html.text_element("a", &[("href", &format!("#{}", id(group, name)))], shown);
    } else {
        html.text(shown);
    }
}

/// Writes the word after a time.
pub(super) fn time_word(html: &mut Html, name: &str) {
    word(html, ('t', TIMES), name, name);
}

/// Writes a name and a value in the facts of an event.
pub(super) fn fact_of_event(html: &mut Html, name: &str, value: &str) {
    fact_with(html, name, |html| html.text(value));
}

/// Writes a name in the facts of an event. `value` writes the value.
pub(super) fn fact_with(html: &mut Html, name: &str, value: impl FnOnce(&mut Html)) {
    html.element("div", &[], |html| {
        html.element("dt", &[], |html| word(html, ('f', FACTS), name, name));
        html.element("dd", &[], value);
    });
}

/// Writes the name of a value at which a rule looked.
pub(super) fn value_name(html: &mut Html, name: &str) {
    let known = if name.starts_with(FIELD) { "xml_string" } else { name };
    word(html, ('v', VALUES), known, name);
}

/// Writes the entries to which `events` links.
pub(super) fn legend(html: &mut Html, events: &Html) {
    let used: BTreeSet<&str> =
        events.written().split(LINK).skip(1).filter_map(|link| link.split('"').next()).collect();
    let groups = [
        ("Words after a time", 't', TIMES),
        ("Facts of an event", 'f', FACTS),
        ("Values of the event, with the names that Plaso gives them", 'v', VALUES),
    ];
    for (heading, group, entries) in groups {
        let entries = entries.iter().map(|(word, meaning)| (id(group, word), word, meaning));
        let entries: Vec<_> = entries.filter(|(id, ..)| used.contains(&id[ID.len()..])).collect();
        if entries.is_empty() {
            continue;
        }
        html.text_element("p", &[("class", &"caption")], heading);
        html.element("dl", &[("class", &"words")], |html| {
            for (id, word, meaning) in entries {
                html.element("div", &[("id", &id)], |html| {
                    html.text_element("dt", &[], word);
                    html.prose_element("dd", &[], meaning);
                });
            }
        });
        html.newline();
    }
}

#[cfg(test)]
mod tests {
    use messages::{REGISTRY_KEY, Role};

    use super::*;

    #[test]
    fn each_word_stands_once_and_has_one_short_sentence_or_two() {
        for entries in [TIMES, FACTS, VALUES] {
            let ids: BTreeSet<_> = entries.iter().map(|(word, _)| id('x', word)).collect();
            assert_eq!(ids.len(), entries.len());
            for (word, meaning) in entries {
                assert!(meaning.ends_with('.') && meaning.len() < 230, "{word}");
            }
        }
    }

    #[test]
    fn roles_and_accounts_have_entries() {
        for name in Role::ALL.map(Role::as_str).into_iter().chain([REGISTRY_KEY]) {
            assert!(FACTS.iter().any(|(known, _)| *known == name), "{name}");
        }
    }

    #[test]
    fn only_what_a_page_uses_is_explained() {
        let mut events = Html::default();
        time_word(&mut events, "written");
        time_word(&mut events, "unheard of");
        value_name(&mut events, "xml_string.Image");
        fact_of_event(&mut events, "by", "href=\"#w-f-host\"");
        let mut html = Html::default();
        legend(&mut html, &events);
        let html = html.finish();
        for (id, is_there) in [("t-written", true), ("v-xml-string", true), ("f-by", true), ("f-host", false)]
        {
            assert_eq!(html.contains(&format!("id=\"w-{id}\"")), is_there, "{id}: {html}");
        }
        assert!(events.written().contains("</a>unheard of<a"), "{}", events.written());
        assert_eq!(html.matches("<div").count(), 3);
    }
}
