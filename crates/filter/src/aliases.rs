//! Names of attributes from other tools and languages, and what Plaso calls the attribute in each
//! data type.
//!
//! A test compares the table with the event data classes of Plaso 20260720.

use std::borrow::Cow;

/// What an attribute is called elsewhere, and in Plaso.
pub(crate) struct Alias {
    /// The names elsewhere, in lower case and without underscores.
    words: &'static [&'static str],
    /// The data types to which the row applies. A name that ends with `:` stands for all data types
    /// that begin with it.
    data_types: &'static [&'static str],
    /// The attribute, or a field inside it, as an expression names it.
    pub(crate) attribute: &'static str,
}

const WINDOWS_EVENTS: &[&str] = &["windows:evtx:record", "windows:evt:record"];
const EVTX: &[&str] = &["windows:evtx:record"];
const EVT: &[&str] = &["windows:evt:record"];
const SYSLOG: &[&str] = &["syslog:line", "systemd:journal"];
const HOSTS: &[&str] = &["windows:evtx:record", "windows:evt:record", "syslog:", "systemd:journal"];
const FILES: &[&str] = &["fs:stat", "fs:bodyfile:entry", "fs:ntfs:usn_change"];
const SHELLS: &[&str] = &["bash:history:entry", "shell:zsh:history", "fish:history:entry"];
const SSH: &[&str] = &["syslog:ssh:", "apache:access_log:entry"];
const BROWSERS: &[&str] =
    &["chrome:history:page_visited", "firefox:places:page_visited", "safari:history:visit"];

/// The table. If several rows have a word, the first is the best guess.
#[rustfmt::skip]
const ALIASES: &[Alias] = &[
    Alias { words: &["eventid", "eventcode", "eventidentifier"], data_types: WINDOWS_EVENTS, attribute: "event_identifier" },
    Alias { words: &["computer", "computername", "host", "machine", "machinename"], data_types: HOSTS, attribute: "hostname" },
    Alias { words: &["provider", "providername", "source", "sourcename"], data_types: WINDOWS_EVENTS, attribute: "source_name" },
    Alias { words: &["recordid", "recordnumber", "eventrecordid"], data_types: WINDOWS_EVENTS, attribute: "record_number" },
    Alias { words: &["sid", "userid", "usersid"], data_types: WINDOWS_EVENTS, attribute: "user_sid" },
    Alias { words: &["user", "username", "account", "accountname"], data_types: EVTX, attribute: "xml_string.TargetUserName" },
    Alias { words: &["user", "username", "account", "accountname"], data_types: EVT, attribute: "user_sid" },
    Alias { words: &["user", "account", "accountname"], data_types: &["syslog:", "linux:utmp:event"], attribute: "username" },
    Alias { words: &["message", "msg"], data_types: EVTX, attribute: "xml_string" },
    Alias { words: &["message", "msg"], data_types: EVT, attribute: "strings" },
    Alias { words: &["message", "msg", "text"], data_types: SYSLOG, attribute: "message_body" },
    Alias { words: &["message", "msg", "cmd", "commandline"], data_types: SHELLS, attribute: "command" },
    Alias { words: &["cmd", "cmdline", "commandline", "command"], data_types: EVTX, attribute: "xml_string.CommandLine" },
    Alias { words: &["process", "processname", "image"], data_types: EVTX, attribute: "xml_string.NewProcessName" },
    Alias { words: &["message", "file", "path", "filepath", "name"], data_types: FILES, attribute: "filename" },
    Alias { words: &["file", "filename", "process", "image"], data_types: &["windows:prefetch:execution"], attribute: "executable" },
    Alias { words: &["message", "uri", "link"], data_types: BROWSERS, attribute: "url" },
    Alias { words: &["ip", "ipaddr", "clientip", "sourceip", "srcip"], data_types: SSH, attribute: "ip_address" },
    Alias { words: &["ip", "ipaddr", "clientip", "srcip"], data_types: &["iis:log:line"], attribute: "source_ip" },
    Alias { words: &["key", "registrykey", "keypath"], data_types: &["windows:registry:key_value"], attribute: "key_path" },
];

impl Alias {
    /// Returns the rows for a name, except for the row that has this very name.
    pub(crate) fn of(name: &str) -> impl Iterator<Item = &'static Self> {
        let word: String = name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect();
        let name = name.to_owned();
        ALIASES.iter().filter(move |row| row.words.contains(&word.as_str()) && row.attribute != name)
    }

    /// Returns whether the row applies to this data type.
    pub(crate) fn is_about(&self, data_type: &str) -> bool {
        self.data_types.iter().any(|known| is_of(data_type, known))
    }

    /// Returns the data types, for a message.
    pub(crate) fn data_types(&self) -> String {
        let shown = self.data_types.iter().map(|name| match name.ends_with(':') {
            true => Cow::Owned(format!("`{name}…`")),
            false => Cow::Owned(format!("`{name}`")),
        });
        shown.collect::<Vec<_>>().join(", ")
    }
}

fn is_of(data_type: &str, known: &str) -> bool {
    data_type == known || known.ends_with(':') && data_type.starts_with(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data types of Plaso 20260720, each with its attributes.
    const PLASO: &str = include_str!("../../../tests/data/plaso-data-types.txt");

    #[test]
    fn attributes_of_the_table_are_plasos() {
        for Alias { words, data_types, attribute } in ALIASES {
            let base = attribute.split('.').next().unwrap();
            for known in *data_types {
                let lines: Vec<_> =
                    PLASO.lines().filter(|line| is_of(line.split(' ').next().unwrap(), known)).collect();
                assert!(!lines.is_empty(), "Plaso does not make {known}");
                let has = |line: &&str, name: &str| line.split(' ').skip(1).any(|other| other == name);
                assert!(lines.iter().any(|line| has(line, base)), "{known} has no {attribute}");
                for word in *words {
                    assert_eq!(word.to_lowercase().replace('_', ""), *word);
                    // Only then the word is a slip.
                    assert!(!lines.iter().any(|line| has(line, word)), "{known} has {word}");
                    // A filter accepts such a name, too.
                    assert_eq!(events::other_name(known, word), None, "{known} had {word}");
                }
            }
        }
    }

    #[test]
    fn slips() {
        let meant = |name| Alias::of(name).map(|row| row.attribute).collect::<Vec<_>>();
        assert_eq!(meant("EventID"), ["event_identifier"]);
        assert_eq!(meant("computer_name"), ["hostname"]);
        assert_eq!(meant("user"), ["xml_string.TargetUserName", "user_sid", "username"]);
        assert_eq!(meant("event_identifier"), [""; 0]);
        assert_eq!(meant("reporter"), [""; 0]);
    }
}
