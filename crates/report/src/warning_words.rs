//! What common warnings of Plaso mean for its events, in words.

/// Parts of the messages of warnings, and what they mean. The first one that fits counts.
const MEANINGS: [(&str, &str); 5] = [
    (
        "as base date would exceed",
        "the log names no year, and the year that Plaso tried first would put lines after the day of its run. So it \
         took the year after `using`, and the years of these events may be wrong",
    ),
    (
        "missing earliest and latest date in date-less log helper",
        "the log names no year and its file no time. So Plaso took the year of its run, and the years of these \
         events may be wrong",
    ),
    ("unable to process path specification", "Plaso did not read all of this file, so events may be missing"),
    ("nable to parse", "this part of the file is missing from the timeline"),
    ("file header", "the file may not have been closed properly, and events may be missing"),
];

/// Returns what a warning of Plaso means, or an empty text.
pub(crate) fn meaning_of_warning(message: &str) -> &'static str {
    let known = MEANINGS.iter().find(|(part, _)| message.contains(part));
    known.map(|(_, meaning)| *meaning).unwrap_or_default()
}

/// Returns a warning with what it means.
pub(crate) fn with_meaning(message: &str) -> String {
    match meaning_of_warning(message) {
        "" => message.to_owned(),
        meaning => format!("{message} (that is: {meaning})"),
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
        let year = "earliest date: 2026-0-0 and latest date: 2026-0-0 as base date would exceed date: 2026-0-0 + 1-0-0, \
                    using date: 2026-0-0";
        assert!(with_meaning(year).contains("0-0 (that is: the log names no year"));
        assert_eq!(with_meaning("other"), "other");
    }
}
