//! What is known of the years and the time zones that Plaso completed: the options of its run, as
//! the store has its command line.

use std::borrow::Cow;

use messages::{LOCAL, NO_YEAR};

use crate::info::RunFacts;
use crate::{Rest, Table};

/// Tools of Plaso that collect events.
const COLLECTORS: [&str; 2] = ["log2timeline", "psteal"];
const YEAR: [&str; 2] = ["--preferred-year", "--preferred_year"];
/// The option for the zone, and the words that Plaso takes for it.
const ZONE: [&str; 3] = ["-z", "--zone", "--timezone"];
/// Plaso takes the beginning of an option too.
const BEGINNINGS: [&str; 3] = ["--pref", "--t", "--z"];

/// The options with which the events were collected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Completion {
    year: Choice,
    zone: Choice,
    /// Whether Plaso found a time zone in the source.
    source_has_zone: bool,
}

/// What the command line says of an option.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Choice {
    /// Nothing certain: there is no command line, or more than one.
    #[default]
    Unknown,
    /// The option is not there.
    Absent,
    /// The option with its value.
    Given(String),
}

impl Completion {
    pub(crate) fn of(runs: &Table<RunFacts>, source_has_zone: bool) -> Self {
        let mut collectors = runs.rows.iter().filter(|run| is_collector(&run.command_line));
        let (Some(run), None, Rest { rows: 0, .. }) = (collectors.next(), collectors.next(), runs.more)
        else {
            return Self { source_has_zone, ..Self::default() };
        };
        Self { year: choice(run, &YEAR), zone: choice(run, &ZONE), source_has_zone }
    }

    /// Returns that the command line gives the year, if it does.
    pub(crate) fn given_year(&self) -> Option<String> {
        match &self.year {
            Choice::Given(option) => Some(format!("the command line of Plaso has {option}")),
            Choice::Unknown | Choice::Absent => None,
        }
    }

    /// Returns a note on a time, with what the command line settles of it.
    pub(crate) fn words(&self, note: &'static str) -> Cow<'static, str> {
        match (note, &self.year, &self.zone) {
            (NO_YEAR, Choice::Given(option), _) => {
                format!("the log names no year, and Plaso took that of its option {option}").into()
            }
            (NO_YEAR, Choice::Absent, _) => {
                "the log names no year, and the command line of Plaso names none: Plaso took it from the times of the file, \
                 or from the day of its run"
                    .into()
            }
            (LOCAL, _, Choice::Given(option)) => {
                format!("the log names no time zone, and Plaso took that of its option {option}").into()
            }
            (LOCAL, _, Choice::Absent) if !self.source_has_zone => {
                "the log names no time zone, and the command line of Plaso names none, so Plaso took UTC".into()
            }
            _ => note.into(),
        }
    }
}

/// Returns whether the first word of a command line is a program that collects events.
fn is_collector(command_line: &str) -> bool {
    let program = command_line.split_whitespace().next().unwrap_or_default();
    let program = program.rsplit(['/', '\\']).next().unwrap_or_default();
    COLLECTORS.iter().any(|tool| program.starts_with(tool))
}

/// Looks for an option in the command line, which has no quotes.
fn choice(run: &RunFacts, names: &[&str]) -> Choice {
    let mut words = run.command_line.split_whitespace();
    while let Some(word) = words.next() {
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        if names.contains(&name) {
            let value = value.or_else(|| words.next()).unwrap_or_default();
            return Choice::Given(format!("{name} {value}"));
        }
        let may_be_one = BEGINNINGS.iter().any(|start| name.starts_with(start))
            || (name.starts_with('-') && !name.starts_with("--") && name.contains('z'));
        let is_another = YEAR.contains(&name) || ZONE.contains(&name);
        if may_be_one && !is_another {
            return Choice::Unknown;
        }
    }
    // A long command line is cut.
    if run.command_line.ends_with('…') { Choice::Unknown } else { Choice::Absent }
}

#[cfg(test)]
mod tests {
    use events::Timestamp;

    use super::*;
    use crate::Time;

    fn runs(command_lines: &[&str]) -> Table<RunFacts> {
        let run = |command_line: &&str| RunFacts {
            identifier: String::new(),
            product: "plaso".into(),
            product_version: "1".into(),
            start: Time(Timestamp(1)),
            completion: None,
            aborted: false,
            debug: false,
            command_line: (*command_line).to_owned(),
        };
        Table { rows: command_lines.iter().map(run).collect(), more: Rest::default() }
    }

    #[test]
    fn the_command_line_settles_what_plaso_took() {
        const YEAR_OF_FILE: &str = "the log names no year, and the command line of Plaso names none: Plaso took it from the \
                                    times of the file, or from the day of its run";
        const UTC: &str =
            "the log names no time zone, and the command line of Plaso names none, so Plaso took UTC";
        let given = |what: &str, option: &str| {
            format!("the log names no {what}, and Plaso took that of its option {option}")
        };
        for (lines, year, zone) in [
            (
                &["log2timeline --preferred-year 2026 --storage-file a.plaso case", "foreman analyze -z"][..],
                given("year", "--preferred-year 2026"),
                UTC.into(),
            ),
            (
                &["/usr/bin/log2timeline.py --preferred_year=2019 -z CET x"],
                given("year", "--preferred_year 2019"),
                given("time zone", "-z CET"),
            ),
            (
                &["psteal.py --timezone=Europe/Paris x"],
                YEAR_OF_FILE.into(),
                given("time zone", "--timezone Europe/Paris"),
            ),
            // The beginning of an option, several options in one word, a line that was cut, two
            // runs, and no run.
            (&["psteal.py --pref 2019 x"], NO_YEAR.into(), LOCAL.into()),
            (&["psteal.py -dz CET x"], NO_YEAR.into(), LOCAL.into()),
            (&["psteal.py --storage-file …"], NO_YEAR.into(), LOCAL.into()),
            (&["log2timeline a", "log2timeline b"], NO_YEAR.into(), LOCAL.into()),
            (&["foreman analyze"], NO_YEAR.into(), LOCAL.into()),
        ] {
            let completion = Completion::of(&runs(lines), false);
            assert_eq!(
                (completion.words(NO_YEAR), completion.words(LOCAL)),
                (year.into(), zone.into()),
                "{lines:?}"
            );
            assert_eq!(completion.words("another note"), "another note");
        }
        assert_eq!(Completion::of(&runs(&["log2timeline x"]), true).words(LOCAL), LOCAL);
    }
}
