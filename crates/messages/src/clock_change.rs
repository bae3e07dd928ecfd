//! How far a record says that the clock was set, and by which clock the record itself is dated.

use crate::Attributes;
use crate::time_words::microseconds;
use crate::windows_record::SECURITY;

/// The sources and numbers of such records, with their fields for the time before and after.
const RECORDS: [(&str, &str, &str); 2] = [
    (SECURITY, "4616", "xml_string.PreviousTime"),
    ("Microsoft-Windows-Kernel-General", "1", "xml_string.OldTime"),
];
const SECOND: i64 = 1_000_000;
const BY_NUMBER: &str =
    "in one log the numbers say which record came first, and the times do not while the clock is set";
/// The units of a difference, the largest first.
const UNITS: [(&str, i64); 3] = [("d", 86_400), ("h", 3_600), ("min", 60)];

/// Returns how far the clock was set, and whether the time of the record is that of the clock
/// before or after.
pub(crate) fn change_of_clock(attributes: &Attributes<'_>) -> Vec<(&'static str, String)> {
    let text = |name| attributes.text(name);
    let (Some(source), Some(identifier)) = (text("source_name"), text("event_identifier")) else {
        return Vec::new();
    };
    let known = RECORDS.iter().find(|(of, number, _)| *of == source && *number == identifier);
    let time = |name| i64::try_from(filter::parse_date_time(&text(name)?)?).ok();
    let times = known.and_then(|(.., before)| time(before).zip(time("xml_string.NewTime")));
    let Some((before, after)) = times.filter(|(before, after)| before != after) else { return Vec::new() };
    let direction = if after < before { "back" } else { "forward" };
    let mut facts = vec![("clock set", format!("{direction} by {}", in_words(after.abs_diff(before))))];
    let dated = attributes.stored("creation_time").and_then(microseconds);
    facts.extend(dated.map(|dated| ("clock of the record", clock_of(dated, before, after).to_owned())));
    let number = text("xml_string.EventRecordID").or_else(|| text("record_number"));
    facts.extend(
        number.map(|number| ("order of records", format!("this one is number {number}: {BY_NUMBER}"))),
    );
    facts
}

/// Says by which clock a record of this time is dated.
fn clock_of(dated: i64, before: i64, after: i64) -> &'static str {
    match dated.abs_diff(before).cmp(&dated.abs_diff(after)) {
        std::cmp::Ordering::Less => "its time, created, is nearer to the time before the change",
        std::cmp::Ordering::Greater => {
            "its time, created, is nearer to the new time, so it is likely that of the clock after the change"
        }
        std::cmp::Ordering::Equal => "whether its time, created, is that of before or after is not recorded",
    }
}

/// Returns a difference in microseconds, cut to milliseconds. It is not rounded to a large unit: a
/// clock that was set by almost three days was not set by two.
fn in_words(difference: u64) -> String {
    let difference = i64::try_from(difference).unwrap_or(i64::MAX);
    let (mut seconds, milliseconds) = (difference / SECOND, difference % SECOND / 1_000);
    let mut words = Vec::new();
    for (unit, size) in UNITS {
        if seconds >= size {
            words.push(format!("{} {unit}", seconds / size));
            seconds %= size;
        }
    }
    if milliseconds > 0 || seconds > 0 || words.is_empty() {
        let fraction = if milliseconds > 0 { format!(".{milliseconds:03}") } else { String::new() };
        words.push(format!("{seconds}{fraction} s"));
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    #[test]
    fn differences() {
        for (microseconds, expected) in [
            (8_084_791, "8.084 s"),
            (59_999_900, "59.999 s"),
            (900, "0 s"),
            (3_600_000_000, "1 h"),
            (90_061_000_000, "1 d 1 h 1 min 1 s"),
            (7_198_531_250, "1 h 59 min 58.531 s"),
            (259_199_980_236, "2 d 23 h 59 min 59.980 s"),
        ] {
            assert_eq!(in_words(microseconds), expected, "{microseconds}");
        }
    }

    #[test]
    fn a_record_says_how_far_the_clock_was_set() {
        let of = |new: &str| {
            let json = format!(
                r#"{{"data_type": "windows:evtx:record", "source_name": "{SECURITY}", "event_identifier": 4616,
                "record_number": 3, "creation_time": {{"__class_name__": "Filetime", "timestamp": 132822425049854840}},
                "xml_string": "<Event><EventData><Data Name='PreviousTime'>2021-11-24T15:48:33.084791500Z</Data><Data Name='NewTime'>{new}</Data></EventData></Event>"}}"#
            );
            let json = json.replace('\n', " ").replace('\'', "\\\"");
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            change_of_clock(&Attributes::of_data(&data))
        };
        let clock = "its time, created, is nearer to the new time, so it is likely that of the clock after the change";
        let expected = [
            ("clock set", "back by 8.084 s".to_owned()),
            ("clock of the record", clock.to_owned()),
            ("order of records", format!("this one is number 3: {BY_NUMBER}")),
        ];
        assert_eq!(of("2021-11-24T15:48:25.000000000Z"), expected);
        assert_eq!(of("2021-11-27T15:48:33.084791500Z")[0], ("clock set", "forward by 3 d".to_owned()));
        assert_eq!(of("2021-11-24T15:48:33.084791500Z"), []);
    }
}
