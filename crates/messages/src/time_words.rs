//! Which of its times a time of an event is, where Plaso calls several times of a data type the
//! same, or one of them something else than what it is.

use events::{Timestamp, Value, json};

use crate::Attributes;

/// A data type, what Plaso calls a time of it, the attributes that have such a time, and what each
/// of them means.
type OneName = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const START_AND_END: &[(&str, &str)] = &[("start_time", "start"), ("end_time", "end")];
const SAME_NAMES: [OneName; 16] = [
    ("docker:container:configuration", "Creation Time", &[("creation_time", "container created")]),
    ("docker:container:configuration", "End Time", &[("end_time", "container ended")]),
    ("docker:container:configuration", "Start Time", &[("start_time", "container started")]),
    ("ios:health:all_watch_sleep", "Start Time", START_AND_END),
    ("ios:health:headphone_audio_levels", "Start Time", START_AND_END),
    ("ios:health:heart_rate", "Start Time", START_AND_END),
    (
        "msiecf:url",
        "Unknown Time",
        &[
            ("primary_time", "first time of unknown meaning"),
            ("secondary_time", "second time of unknown meaning"),
        ],
    ),
    (
        "olecf:dest_list:entry",
        "Content Modification Time",
        &[("modification_time", "entry of the list last used")],
    ),
    (
        "pe_coff:file",
        "Content Modification Time",
        &[
            ("export_table_modification_time", "time in the export table"),
            ("load_configuration_table_modification_time", "time in the load configuration"),
        ],
    ),
    (
        "windows:metadata:deleted_item",
        "Content Deletion Time",
        &[("deletion_time", "moved to the recycle bin")],
    ),
    ("windows:registry:amcache", "Creation Time", &[("file_creation_time", "the program's file created")]),
    (
        "windows:registry:amcache",
        "Content Modification Time",
        &[
            ("file_modification_time", "the program's file last changed"),
            // Plaso calls it the writing of the entry. But it is the value 17, which examiners
            // found to be a second time of the file: it can be older than the Amcache itself.
            ("last_written_time", "the program's file changed, by a second value of the entry"),
        ],
    ),
    (
        "windows:registry:amcache",
        "Installation Time",
        &[
            ("installation_time", "the program installed"),
            ("msi_installation_time", "the program installed by the Windows Installer"),
        ],
    ),
    ("windows:registry:amcache", "Link Time", &[("link_time", "the program linked by its maker")]),
    (
        "windows:registry:diagnosed_applications",
        "Content Modification Time",
        &[("last_written_time", "registry key last changed")],
    ),
    (
        "windows:registry:usbstor:instance",
        "Installation Time",
        &[
            ("driver_first_installation_time", "driver first installed"),
            ("driver_last_installation_time", "driver last installed"),
        ],
    ),
];

/// Returns which time of its data type a time of an event is, such as `the program's file last
/// changed`. If the event has the same time twice, both are named. Returns `None` if Plaso's words
/// for the time say it.
#[must_use]
pub fn time_in_words(
    attributes: &Attributes<'_>,
    time: Option<Timestamp>,
    description: &str,
) -> Option<String> {
    let data_type = attributes.data_type();
    let known = SAME_NAMES.iter().find(|(known, name, _)| *known == data_type && *name == description)?;
    let stored: Vec<_> = known.2.iter().filter(|(name, _)| attributes.stored(name).is_some()).collect();
    let may_be = |name: &str| {
        let stored = attributes.stored(name).and_then(microseconds);
        // Plaso rounds, and the time of a store of another version may be cut.
        stored.is_none_or(|stored| time.is_none_or(|time| stored.abs_diff(time.0) <= 1))
    };
    let same: Vec<_> = stored.iter().filter(|(name, _)| may_be(name)).map(|(_, words)| *words).collect();
    (!same.is_empty()).then(|| same.join(" or "))
}

const MICROSECONDS: i128 = 1_000_000;
/// How many seconds 1970 began after 1601.
const WINDOWS: i128 = 11_644_473_600;
/// How many seconds 2001 began after 1970.
const COCOA: i128 = 978_307_200;

/// Returns a stored date and time in microseconds since 1970, or `None` if it has another form.
pub(crate) fn microseconds(stored: &[u8]) -> Option<i64> {
    let value = |name| json::value(json::member(stored, name)?).ok();
    let Some(Value::String(class)) = value(b"__class_name__") else { return None };
    let microseconds = match (&*class, value(b"timestamp")?) {
        ("Filetime", Value::Integer(number)) => (number / 10).checked_sub(WINDOWS * MICROSECONDS)?,
        ("PosixTime", Value::Integer(number)) => number.checked_mul(MICROSECONDS)?,
        ("CocoaTime", Value::Integer(number)) => number.checked_add(COCOA)?.checked_mul(MICROSECONDS)?,
        // A number that is too large for a time becomes the largest one, which is no time.
        ("CocoaTime", Value::Float(number)) => {
            ((number * 1e6).round() as i128).checked_add(COCOA * MICROSECONDS)?
        }
        _ => return None,
    };
    i64::try_from(microseconds).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    fn words(json: &str, time: i64, description: &str) -> Option<String> {
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        time_in_words(&Attributes::of_data(&data), Some(Timestamp(time)), description)
    }

    #[test]
    fn times_of_the_same_name() {
        let entry = r#"{"data_type": "windows:registry:amcache",
            "file_modification_time": {"__class_name__": "Filetime", "timestamp": 131460620128186880},
            "last_written_time": {"__class_name__": "Filetime", "timestamp": 131460620181197200}}"#
            .replace('\n', " ");
        let of = |time, description| words(&entry, time, description);
        let changed = "Content Modification Time";
        assert_eq!(of(1_501_588_412_818_688, changed).as_deref(), Some("the program's file last changed"));
        assert_eq!(
            of(1_501_588_418_119_720, changed).as_deref(),
            Some("the program's file changed, by a second value of the entry")
        );
        assert_eq!(of(1_501_588_418_119_720, "Creation Time"), None);
        let both = entry.replace("131460620181197200", "131460620128186880");
        let both = words(&both, 1_501_588_412_818_688, changed);
        assert_eq!(
            both.as_deref(),
            Some(
                "the program's file last changed or the program's file changed, by a second value of the entry"
            )
        );
        let usb = r#"{"data_type": "windows:registry:usbstor:instance",
            "driver_last_installation_time": {"__class_name__": "TimeElements"}}"#
            .replace('\n', " ");
        assert_eq!(words(&usb, 7, "Installation Time").as_deref(), Some("driver last installed"));
        assert_eq!(words(r#"{"data_type": "fs:stat"}"#, 7, changed), None);
    }

    #[test]
    fn forms_of_dates() {
        let of = |class: &str, number: &str| {
            microseconds(format!(r#"{{"__class_name__": "{class}", "timestamp": {number}}}"#).as_bytes())
        };
        assert_eq!(of("PosixTime", "7"), Some(7_000_000));
        assert_eq!(of("CocoaTime", "0.5"), Some(978_307_200_500_000));
        assert_eq!(of("CocoaTime", "1"), Some(978_307_201_000_000));
        assert_eq!(of("Filetime", "116444736000000010"), Some(1));
        let largest = i64::MAX.to_string();
        assert_eq!((of("PosixTime", &largest), of("CocoaTime", &largest)), (None, None));
        assert_eq!((of("Other", "1"), of("Filetime", "\"1\"")), (None, None));
    }

    #[test]
    fn each_is_of_an_attribute_that_plaso_has() {
        /// The data types of Plaso 20260720, each with its attributes.
        const PLASO: &str = include_str!("../../../tests/data/plaso-data-types.txt");
        for (data_type, _, attributes) in SAME_NAMES {
            let mut words = PLASO.lines().map(|line| line.split(' '));
            let line = words.find_map(|mut words| (words.next() == Some(data_type)).then_some(words));
            let known: Vec<_> = line.unwrap_or_else(|| panic!("Plaso has no {data_type}")).collect();
            for (name, _) in attributes {
                assert!(known.contains(name), "{data_type} has no {name}");
            }
        }
    }
}
