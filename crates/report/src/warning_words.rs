//! What common warnings of Plaso mean for its events, in words.

use std::borrow::Cow;

use messages::capitalized;

/// A part of the warning that neither the log nor its file has a year.
const WITHOUT_YEAR: &str = "missing earliest and latest date in date-less log helper";
/// A part of the warning that the years of a log would go beyond the run of Plaso.
const BEYOND_RUN: &str = "as base date would exceed";

/// Parts of the messages of other warnings, and what they mean. The first one that fits counts.
const MEANINGS: [(&str, &str); 3] = [
    ("unable to process path specification", "Plaso did not read all of this file, so events may be missing"),
    ("nable to parse", "this part of the file is missing from the timeline"),
    ("file header", "the file may not have been closed properly, and events may be missing"),
];

/// Returns what a warning of Plaso means, or an empty text.
pub(crate) fn meaning_of_warning(message: &str) -> Cow<'static, str> {
    if let Some(words) = year_of_warning(message) {
        return words.into();
    }
    let known = MEANINGS.iter().find(|(part, _)| message.contains(part));
    known.map(|(_, meaning)| *meaning).unwrap_or_default().into()
}

/// Returns what a warning says of the year of a log that names none, or `None` if it is about
/// something else.
pub(crate) fn year_of_warning(message: &str) -> Option<String> {
    if message.contains(BEYOND_RUN) {
        return Some(of_year(message));
    }
    let is_without = message.contains(WITHOUT_YEAR);
    is_without.then(|| {
        "the log names no year, and its file no time: Plaso took the year of its run, which may be wrong"
            .to_owned()
    })
}

/// Returns what a warning says of the year of a log:
/// `earliest date: TRIED… would exceed date: RUN + YEARS…, using date: LAST…`. The log goes on for
/// so many years, and Plaso gives the year `LAST` to its last line.
fn of_year(message: &str) -> String {
    let number = |before: &str, what: &str| {
        let digits = message.split_once(before)?.1.split_once(what)?.1;
        digits.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok()
    };
    let numbers = (number("earliest", "date: "), number("would exceed", " + "), number("using", "date: "));
    let (Some(tried), Some(years), Some(last)) = numbers else {
        return "the log names no year, and the one that Plaso took may be wrong".to_owned();
    };
    let first = last.saturating_sub(years);
    match (first == tried, first == last) {
        (true, true) => format!("the log names no year: Plaso took {last}"),
        (_, true) => format!(
            "the log names no year: Plaso took {last}, because {tried} would be later than its run; it may be wrong"
        ),
        (_, false) => format!(
            "the log names no year: Plaso took {first} for its first line and {last} for its last, the latest years that \
             are not after its run; they may be wrong"
        ),
    }
}

/// Returns a warning with what it means.
pub(crate) fn with_meaning(message: &str) -> String {
    match &*meaning_of_warning(message) {
        "" => message.to_owned(),
        meaning => format!("{}. Plaso's words: {message}", capitalized(meaning)),
    }
}

/// Returns whether a warning of one parser can be about an event of the other. A parser with
/// plugins, such as `text`, is related to each of them, such as `text/selinux`.
pub(crate) fn are_related(warned: &str, of_event: &str) -> bool {
    let begins = |long: &str, short: &str| {
        long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    warned.is_empty() || of_event.is_empty() || begins(warned, of_event) || begins(of_event, warned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_of_the_same_parser() {
        for (warned, of_event, expected) in [
            ("cups_ipp", "utmp", false),
            ("utmp", "utmp", true),
            ("text", "text/selinux", true),
            ("text/selinux", "text", true),
            ("text/selinux", "text/syslog", false),
            ("plist", "plist_other", false),
            ("", "utmp", true),
            ("utmp", "", true),
        ] {
            assert_eq!(are_related(warned, of_event), expected, "{warned} {of_event}");
        }
    }

    #[test]
    fn what_warnings_mean() {
        assert_eq!(with_meaning("other"), "other");
        for (warning, meaning) in [
            (WITHOUT_YEAR, "took the year of its run"),
            ("unable to process path specification with error: x", "events may be missing"),
            ("unable to parse log line: 3 \"x\"", "part of the file is missing"),
            ("Unable to parse attribute group", "part of the file is missing"),
            ("unsupported file header", "may not have been closed properly"),
        ] {
            let words = with_meaning(warning);
            assert!(
                words.ends_with(&format!(". Plaso's words: {warning}")) && words.contains(meaning),
                "{words}"
            );
        }
    }

    /// What is said of the year fits the numbers of the warning, in all forms that Plaso has.
    #[test]
    fn what_warnings_of_the_year_mean() {
        const MAY: &str = "the latest years that are not after its run; they may be wrong";
        for (warning, expected) in [
            (
                "earliest date: 2026-0-0 and latest: date: 2026-0-0 as base date would exceed date: 2026-0-0 + 0-0-0, using \
                 date: 2026-0-0",
                "the log names no year: Plaso took 2026".to_owned(),
            ),
            (
                "earliest date: 2026-0-0 and latest date: 2026-0-0 as base date would exceed date: 2026-0-0 + 1-0-0, using \
                 date: 2026-0-0",
                format!("the log names no year: Plaso took 2025 for its first line and 2026 for its last, {MAY}"),
            ),
            (
                "earliest date: 2024-0-0 as base date would exceed : 2025-0-0 + 2-0-0, using latest date: 2024-0-0",
                format!("the log names no year: Plaso took 2022 for its first line and 2024 for its last, {MAY}"),
            ),
            (
                "earliest date: 2027-0-0 and latest date: 2027-0-0 as base date would exceed date: 2026-0-0 + 0-0-0, using \
                 date: 2026-0-0",
                "the log names no year: Plaso took 2026, because 2027 would be later than its run; it may be wrong".to_owned(),
            ),
            (
                "earliest date: x as base date would exceed",
                "the log names no year, and the one that Plaso took may be wrong".to_owned(),
            ),
        ] {
            assert_eq!(year_of_warning(warning).as_deref(), Some(&*expected));
            assert_eq!(with_meaning(warning), format!("{}. Plaso's words: {warning}", capitalized(&expected)));
        }
        assert_eq!(year_of_warning("unable to parse log line: 3 \"x\""), None);
    }
}
