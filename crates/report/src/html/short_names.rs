//! Short names of Windows, such as `PROGRA~1`, whose long names the same event has.

use std::collections::BTreeSet;

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
    let mut said = BTreeSet::new();
    let mut words = Vec::new();
    for (short, stem) in names.iter().filter_map(|name| Some((*name, stem(name)?))) {
        let mut long: Vec<_> = names.iter().filter(|name| is_long_name(name, &stem)).collect();
        long.dedup_by_key(|name| name.to_lowercase());
        if let [long] = long.as_slice()
            && said.insert(short.to_uppercase())
            && words.len() < MAXIMUM
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

/// Returns whether Windows can shorten a name to this stem. It leaves out spaces and dots.
fn is_long_name(name: &str, stem: &str) -> bool {
    let written: String = name.chars().filter(|c| !matches!(c, ' ' | '.')).collect();
    let is_long = name.chars().count() > SHORT && !name.contains('~');
    is_long && stem.len() >= STEM.min(written.len()) && written.to_uppercase().starts_with(stem)
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
}
