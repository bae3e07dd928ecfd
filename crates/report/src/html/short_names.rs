//! Short names of Windows, such as `PROGRA~1`, whose long names the same event has.

use std::collections::{BTreeMap, BTreeSet};

/// The maximum number of short names of an event that are explained.
const MAXIMUM: usize = 4;
/// The maximum number of bytes of a text that is searched.
const SEARCHED: usize = 1 << 14;
/// The most characters of the name that stand before `~` and a number.
const STEM: usize = 6;
/// The most characters of a short name without its ending.
const SHORT: usize = 8;

/// Returns the short names in the texts of an event, each with the only name in them for which it
/// can stand.
pub(super) fn short_names(texts: &[&str]) -> Option<String> {
    let texts: Vec<_> = texts.iter().map(|text| &text[..text.floor_char_boundary(SEARCHED)]).collect();
    if !texts.iter().any(|text| text.contains('~')) {
        return None;
    }
    let names: BTreeSet<&str> = texts.iter().flat_map(|text| names(text)).collect();
    let short: Vec<_> = names.iter().filter_map(|name| Some((*name, stem(name)?))).collect();
    let long = LongNames::of(&names, short.iter().map(|(_, stem)| stem.as_str()));
    let mut said = BTreeSet::new();
    let mut words = Vec::new();
    for (short, stem) in &short {
        if words.len() == MAXIMUM {
            break;
        }
        if let Some(long) = long.only_one(stem)
            && said.insert(short.to_uppercase())
        {
            words.push(format!("{short} is perhaps the short form of {long}"));
        }
    }
    (!words.is_empty()).then(|| words.join("; "))
}

/// Returns the parts of paths and of names of accounts.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\\', '/', '"', '\'', ',', ';', ':', '=']).map(str::trim).filter(|name| !name.is_empty())
}

/// Returns what stands before `~` and a number, in upper case, if this is a short name.
fn stem(name: &str) -> Option<String> {
    let (stem, number) = name.split('.').next()?.rsplit_once('~')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let fits = !stem.is_empty() && stem.len() <= STEM && !stem.contains(char::is_whitespace);
    (is_number && fits).then(|| stem.to_uppercase())
}

/// The names that Windows can shorten to each stem. A text can have thousands of short names and of
/// long ones, so each long name is looked up once, and not compared with each short one.
struct LongNames<'n> {
    of_stem: BTreeMap<&'n str, Fitting<'n>>,
    /// The number of beginnings of names that were looked up.
    #[cfg(test)]
    looked_up: usize,
}

/// The names that fit a stem. Names that differ only in letter case are one.
#[derive(Clone, Copy)]
enum Fitting<'n> {
    None,
    /// The first of the only name.
    One(&'n str),
    Several,
}

impl<'n> LongNames<'n> {
    fn of(names: &BTreeSet<&'n str>, stems: impl Iterator<Item = &'n str>) -> Self {
        let of_stem: BTreeMap<_, _> = stems.map(|stem| (stem, Fitting::None)).collect();
        let longest = of_stem.keys().map(|stem| stem.len()).max().unwrap_or_default();
        let mut found = Self {
            of_stem,
            #[cfg(test)]
            looked_up: 0,
        };
        for name in names.iter().filter(|name| is_long(name)) {
            found.add(name, longest);
        }
        found
    }

    /// Adds a name to the stems to which Windows can shorten it. It leaves out spaces and dots.
    fn add(&mut self, name: &'n str, longest: usize) {
        let written = || name.chars().filter(|c| !matches!(c, ' ' | '.'));
        let shortest = STEM.min(written().map(char::len_utf8).sum());
        let mut beginning = String::new();
        for c in written().flat_map(char::to_uppercase) {
            beginning.push(c);
            if beginning.len() > longest {
                break;
            }
            if beginning.len() < shortest {
                continue;
            }
            #[cfg(test)]
            (self.looked_up += 1);
            if let Some(fitting) = self.of_stem.get_mut(beginning.as_str()) {
                *fitting = fitting.with(name);
            }
        }
    }

    /// Returns the only name that fits the stem.
    fn only_one(&self, stem: &str) -> Option<&'n str> {
        match self.of_stem.get(stem)? {
            Fitting::One(name) => Some(name),
            Fitting::None | Fitting::Several => None,
        }
    }
}

impl<'n> Fitting<'n> {
    fn with(self, name: &'n str) -> Self {
        match self {
            Self::None => Self::One(name),
            Self::One(known) if known.to_lowercase() == name.to_lowercase() => self,
            Self::One(_) | Self::Several => Self::Several,
        }
    }
}

/// Returns whether a name is too long for Windows to leave it as it is.
fn is_long(name: &str) -> bool {
    name.chars().count() > SHORT && !name.contains('~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_long_name_of_the_same_event_is_said() {
        for (texts, expected) in [
            (
                &[
                    r"Process C:\Users\SVC-SQ~1\x.exe started by CORP\Svc-SQL-DB01, command line: C:\Users\SVC-SQ~1\x.exe",
                    r"CORP\Svc-SQL-DB01",
                ][..],
                Some("SVC-SQ~1 is perhaps the short form of Svc-SQL-DB01"),
            ),
            (
                &[r"C:\PROGRA~1\a.exe", r"C:\Program Files\a.exe"],
                Some("PROGRA~1 is perhaps the short form of Program Files"),
            ),
            // Two names fit, or none.
            (&[r"C:\PROGRA~1\a.exe", r"C:\Program Files\a", r"C:\Program Files (x86)\a"], None),
            (&[r"C:\PROGRA~1\a.exe", r"C:\Windows\a.exe"], None),
            (&["acpid:amd64 (1:2.0.28-1+b1~1, automatic)"], None),
            (&["é~"], None),
        ] {
            assert_eq!(short_names(texts).as_deref(), expected, "{texts:?}");
        }
    }

    #[test]
    fn names_that_differ_in_letter_case_are_one() {
        for (text, expected) in [
            (
                r"ABCDEF~1\ABCDEFghij\abcdefGHIJ\Abcdefghij",
                Some("ABCDEF~1 is perhaps the short form of ABCDEFghij"),
            ),
            (r"ABCDEF~1\ABCDEFghij\abcdefGHIJ\Abcdefghik", None),
            // A short stem fits only a name that has no more characters.
            (r"AB~1\a . b . . .\abcdefghij", Some("AB~1 is perhaps the short form of a . b . . .")),
            (r"ßAB~1\ssab . . . .", Some("ßAB~1 is perhaps the short form of ssab . . . .")),
            (
                r"ABCDEF~1\abcdef~2\AbcDef~3\abcdefghij",
                Some(
                    "ABCDEF~1 is perhaps the short form of abcdefghij; AbcDef~3 is perhaps the short form of abcdefghij; abcdef~2 is perhaps the short form of abcdefghij",
                ),
            ),
        ] {
            assert_eq!(short_names(&[text]).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn each_long_name_is_looked_up_a_few_times_however_many_short_ones_there_are() {
        let (short, long): (Vec<_>, Vec<_>) =
            (0..1_000).map(|number| (format!("A{number:03}yz~1"), format!("a{number:03}yzlong"))).unzip();
        let names: BTreeSet<&str> = short.iter().chain(&long).map(String::as_str).collect();
        let stems: Vec<_> = short.iter().filter_map(|name| stem(name)).collect();
        let found = LongNames::of(&names, stems.iter().map(String::as_str));
        assert_eq!((stems.len(), found.only_one("A999YZ")), (1_000, Some("a999yzlong")));
        assert!(found.looked_up <= STEM * long.len(), "{} were looked up", found.looked_up);
        let text = [short.join("\\"), long[..500].join("\\")];
        let words = short_names(&[&text[0], &text[1]]).unwrap();
        assert_eq!(words.matches("perhaps").count(), MAXIMUM);
    }
}
