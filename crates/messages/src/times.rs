//! What must be known of the times of an event: what Plaso had to assume, and what a time does not
//! say.

use events::{Timestamp, Value, json};

use crate::Attributes;
use crate::time_notes::note_on_time;

/// The log names no year, so Plaso completed it.
pub const NO_YEAR: &str =
    "the log names no year: Plaso took it from its options, or from the times of the file";
/// The log has local times.
pub const LOCAL: &str =
    "the log names no time zone: Plaso took its time as UTC, or as the zone of its options";
/// The time of a file that is not in an image.
pub const OF_FOLDER: &str = "Plaso read a folder and no disk image: if somebody copied the folder to collect it, this may be \
     the time of the copying and not an act on the computer that is examined";
/// The log has local times of a zone that it names.
const NAMED_ZONE: &str = "the times of the log are local: Plaso took the time zone that the log names";

/// A key has one time for all its values.
const OF_KEY: &str = "the Content Modification Time is the last change of the registry key: which of its values changed then is not recorded";
/// A list of what was used last, in one key.
const OF_LIST: &str = "the Content Modification Time is the last change of the registry key: it may date the newest entry of the list, and no other entry";
/// What the Amcache notes of a file.
const OF_AMCACHE: &str = "the times are those that the entry in the Amcache has for the program's file: none of them says that the program \
     ran, or when the entry was made; an entry can have two values for the last change of the file, which can differ, \
     or only one of them";
const AMCACHE: &str = "windows:registry:amcache";
/// Lists in keys of the registry, the newest entry first.
const LISTS: [&str; 8] = [
    "windows:registry:bagmru",
    "windows:registry:mrulist",
    "windows:registry:mrulistex",
    "windows:registry:mstsc:mru",
    "windows:registry:office_mru_list",
    "windows:registry:outlook_search_mru",
    "windows:registry:typedurls",
    "windows:registry:winrar:history",
];
const OF_MODIFICATION: &str = "Content Modification Time";
/// The time of a record that Plaso calls something else.
const OF_RECORD: &str = "the words after the time are those of Plaso: it is when the record was written";
/// Records whose only time is called a modification, or the last of several.
const RECORDS: [(&str, &str); 3] = [
    ("bsm:entry", OF_MODIFICATION),
    ("macos:utmpx:entry", OF_MODIFICATION),
    ("santa:execution", "Last Time Executed"),
];
/// The time of a permission of a program.
const OF_PERMISSION: &str = "this is the last change of the entry, such as when the access was allowed or refused; when the program \
     used it is not recorded";
/// The time of a mark or of an entry of a history of Vim.
const OF_VIM: &str = "this is the time that Vim keeps with the mark or the entry; whether the file was opened or edited then is \
     not recorded";
/// What Plaso calls the time of an event that has none.
const NO_TIME: &str = "Not a time";
const OF_NO_TIME: &str = "the source names no time; Plaso stored the entry without one";
/// The time at which a file came into the recycle bin.
const OF_RECYCLING: &str = "Plaso calls it Content Deletion Time: it is when the file was moved to the recycle bin, as the entry of \
     the bin says; when the bin was emptied is not recorded";
/// The time at which something was deleted, as its source says.
const OF_DELETION: &str =
    "the Content Deletion Time is when it was deleted, as the source says; by whom is another question";
const DELETED: &str = "Content Deletion Time";
/// The time of a layer of an image of Docker.
const OF_LAYER: &str = "this is when the layer of the image was built; that may have been on the computer of the maker of the image";
/// Apple showed its first such device on 23 October 2001. In microseconds since 1970.
const FIRST_IPOD: i64 = 1_003_795_200_000_000;
const BEFORE_IPODS: &str = "this is before Apple sold the first such device (2001), so the clock was wrong, or somebody or a program changed \
     the value";
/// Plaso writes a date without a time as midnight.
const MIDNIGHT: &str =
    "exactly midnight: Plaso does not store whether its source has a time of day, so this may be a date only";
const MICROSECONDS_OF_DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Returns what must be known of one time of an event.
#[must_use]
pub fn notes_on_time(
    attributes: &Attributes<'_>,
    time: Option<Timestamp>,
    description: &str,
) -> Vec<&'static str> {
    let data_type = attributes.data_type();
    let is_of_key = data_type.starts_with("windows:registry:")
        && description == OF_MODIFICATION
        && attributes.stored("last_written_time").is_some();
    let is_amcache = data_type == AMCACHE;
    // Without entries, there is none that the time may date.
    let is_list = LISTS.contains(&data_type) && attributes.stored("entries").is_some();
    let is_recycled = data_type == "windows:metadata:deleted_item";
    let is_of_folder = || attributes.text("file_system_type").is_some_and(|kind| kind == "OS");
    let is_midnight = time.is_some_and(|time| time.is_usable() && time.0 % MICROSECONDS_OF_DAY == 0);
    let is_before_ipods =
        data_type == "ipod:device:entry" && time.is_some_and(|time| time.is_usable() && time.0 < FIRST_IPOD);
    let mut notes = notes_on_times(attributes);
    // A line without a year has its day and its time.
    let may_be_a_day = is_midnight && !notes.contains(&NO_YEAR);
    let own = [
        (is_of_key && is_list, OF_LIST),
        (is_of_key && !is_list && !is_amcache, OF_KEY),
        (is_amcache, OF_AMCACHE),
        (RECORDS.contains(&(data_type, description)), OF_RECORD),
        (data_type == "macos:tcc_entry", OF_PERMISSION),
        (data_type.starts_with("fs:stat") && is_of_folder(), OF_FOLDER),
        (data_type == "viminfo:history", OF_VIM),
        (data_type == "docker:layer:configuration", OF_LAYER),
        (description == NO_TIME, OF_NO_TIME),
        (description == DELETED && is_recycled, OF_RECYCLING),
        (description == DELETED && !is_recycled, OF_DELETION),
        (is_before_ipods, BEFORE_IPODS),
        (may_be_a_day, MIDNIGHT),
    ];
    notes.extend(own.into_iter().filter_map(|(is_so, words)| is_so.then_some(words)));
    notes.extend(note_on_time(data_type, description));
    notes
}

/// Returns what Plaso had to assume of the times of an event, as its event data says it.
fn notes_on_times(attributes: &Attributes<'_>) -> Vec<&'static str> {
    let (mut has_no_year, mut has_offset, mut zone) = (false, false, None);
    for (_, stored) in attributes.stored_values().filter(|(_, stored)| stored.starts_with(b"{")) {
        has_no_year |= is_true(stored, b"is_delta");
        has_offset |= json::member(stored, b"time_zone_offset").is_some_and(|offset| offset != b"null");
        if is_true(stored, b"is_local_time") {
            let has_zone =
                json::member(stored, b"time_zone_hint").is_some_and(|hint| hint.starts_with(b"\""));
            zone = Some(if has_zone { NAMED_ZONE } else { LOCAL });
        }
    }
    // Logs without years have local times, also those of which Plaso does not say so.
    let zone = zone.or_else(|| (has_no_year && !has_offset).then_some(LOCAL));
    has_no_year.then_some(NO_YEAR).into_iter().chain(zone).collect()
}

fn is_true(object: &[u8], name: &[u8]) -> bool {
    json::member(object, name).is_some_and(|stored| json::value(stored) == Ok(Value::Boolean(true)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    #[test]
    fn what_a_time_does_not_say() {
        let notes = |json: &str, time: i64, description: &str| {
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            notes_on_time(&Attributes::of_data(&data), Some(Timestamp(time)), description)
        };
        let key = |kind: &str| {
            format!(
                r#"{{"data_type": "windows:registry:{kind}", "entries": ["x"], "last_written_time": {{}}}}"#
            )
        };
        assert_eq!(notes(&key("mrulist"), 7, OF_MODIFICATION), [OF_LIST]);
        assert_eq!(notes(&key("run"), 7, OF_MODIFICATION), [OF_KEY]);
        let empty = key("mrulist").replace(r#""entries": ["x"], "#, "");
        assert_eq!(notes(&empty, 7, OF_MODIFICATION), [OF_KEY]);
        // Each of these times has words of its own, and none is that of the key.
        assert_eq!(notes(&key("amcache"), 7, OF_MODIFICATION), [OF_AMCACHE]);
        assert_eq!(notes(&key("amcache"), 7, "Creation Time"), [OF_AMCACHE]);
        // This entry has a time of its own.
        assert_eq!(notes(&key("office_mru"), 7, "Last Visited Time"), [""; 0]);
        let file = |system| format!(r#"{{"data_type": "fs:stat", "file_system_type": "{system}"}}"#);
        assert_eq!(notes(&file("OS"), 7, "Metadata Modification Time"), [OF_FOLDER]);
        assert_eq!(notes(&file("EXT"), 7, "Metadata Modification Time"), [""; 0]);
        assert_eq!(notes(r#"{"data_type": "viminfo:history"}"#, 7, "Recorded Time"), [OF_VIM]);
        let installed = r#"{"data_type": "windows:registry:amcache:programs"}"#;
        assert_eq!(notes(installed, 1_501_545_600_000_000, "Installation Time"), [MIDNIGHT]);
        assert_eq!(notes(installed, 1_501_545_601_000_000, "Installation Time"), [""; 0]);
        assert_eq!(notes(installed, 0, "Installation Time"), [""; 0]);
        assert_eq!(notes(r#"{"data_type": "bsm:entry"}"#, 7, OF_MODIFICATION), [OF_RECORD]);
        assert_eq!(notes(r#"{"data_type": "macos:tcc_entry"}"#, 7, OF_MODIFICATION), [OF_PERMISSION]);
        assert_eq!(notes(r#"{"data_type": "docker:layer:configuration"}"#, 7, "Creation Time"), [OF_LAYER]);
        assert_eq!(notes(r#"{"data_type": "macos:launchd:entry"}"#, 0, "Not a time"), [OF_NO_TIME]);
        let device = r#"{"data_type": "ipod:device:entry"}"#;
        assert_eq!(notes(device, FIRST_IPOD - 1, ""), [BEFORE_IPODS]);
        assert_eq!(notes(device, FIRST_IPOD, ""), [MIDNIGHT]);
        let recycled = r#"{"data_type": "windows:metadata:deleted_item"}"#;
        assert_eq!(notes(recycled, 7, "Content Deletion Time"), [OF_RECYCLING]);
        assert_eq!(notes(r#"{"data_type": "fs:stat"}"#, 7, "Content Deletion Time"), [OF_DELETION]);
        let line = r#"{"data_type": "syslog:line", "written_time": {"is_delta": true}}"#;
        assert_eq!(notes(line, 1_741_651_200_000_000, OF_MODIFICATION), [NO_YEAR, LOCAL]);
    }

    #[test]
    fn each_list_is_of_a_data_type_that_plaso_has() {
        /// The data types of Plaso 20260720, each with its attributes.
        const PLASO: &str = include_str!("../../../tests/data/plaso-data-types.txt");
        for list in LISTS {
            assert!(PLASO.lines().any(|line| line.split(' ').next() == Some(list)), "{list}");
        }
    }

    #[test]
    fn what_plaso_assumed() {
        let notes = |json: &str| {
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            notes_on_times(&Attributes::of_data(&data))
        };
        let local = r#""is_local_time": true, "time_elements_tuple": [0, 9, 1, 9, 19, 0]"#;
        let of = |date: &str| notes(&format!(r#"{{"data_type": "x", "written_time": {{{date}}}}}"#));
        assert_eq!(of(&format!(r#"{local}, "is_delta": true"#)), [NO_YEAR, LOCAL]);
        assert_eq!(of(local), [LOCAL]);
        assert_eq!(of(&format!(r#"{local}, "time_zone_hint": "Europe/Paris""#)), [NAMED_ZONE]);
        assert_eq!(of(r#""is_local_time": false, "timestamp": 7"#), [""; 0]);
        assert_eq!(of(r#""is_delta": true, "time_zone_offset": null"#), [NO_YEAR, LOCAL]);
        assert_eq!(of(r#""is_delta": true, "time_zone_offset": 60"#), [NO_YEAR]);
        assert_eq!(notes(r#"{"data_type": "x", "text": "{\"is_delta\": true}"}"#), [""; 0]);
    }
}
