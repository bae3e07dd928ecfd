//! Plain lists: a value on each line, which a description may follow.

use std::borrow::Cow;

use super::further;
use super::lines::LineReader;
use super::record::split;
use super::stopped::Stopped;
use crate::model::{DetailsId, Full, Indicators, Kind, NewDetails};
use crate::stix;
use crate::time;
use crate::tree::{Origin, add_recognised};
use crate::values::{NoShape, Recognised, by_shape, hash};

/// Returns the text of a line that is a comment. The lists of Spamhaus have `;` before theirs,
/// which also divides fields.
pub(super) fn comment(line: &str) -> Option<&str> {
    line.strip_prefix('#').or_else(|| line.strip_prefix("//")).or_else(|| {
        let comment = line.strip_prefix(';')?;
        (comment.is_empty() || comment.starts_with(char::is_whitespace)).then_some(comment)
    })
}

/// A comment above values is about these values, up to the next comment, or an empty line behind
/// a comment.
#[derive(Debug, Default)]
pub(super) struct LastComment {
    text: String,
    is_fresh: bool,
}

impl LastComment {
    /// Takes a line that is a comment or empty. Returns whether it was one.
    pub(super) fn take(&mut self, line: &str) -> bool {
        if let Some(comment) = comment(line) {
            let comment = comment.trim_matches(|first: char| first.is_whitespace() || "#-=*".contains(first));
            if !comment.is_empty() {
                comment.clone_into(&mut self.text);
                self.is_fresh = true;
            }
            return true;
        }
        if line.is_empty() {
            if self.is_fresh {
                self.text.clear();
            }
            return true;
        }
        self.is_fresh = false;
        false
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// Reads the values of a file.
pub(super) fn read(mut lines: LineReader<'_>, to: &mut Indicators) -> Result<(), Stopped> {
    let mut comment = LastComment::default();
    let mut details = Some(DetailsId::default());
    while let Some(line) = lines.next_line()? {
        if comment.take(&line.text) {
            details = None;
            continue;
        }
        if line.is_cut {
            to.add_problem(line.number, &line.text, "the line is longer than 64 KiB".into());
            continue;
        }
        // Most lines have the same comment as the line before them.
        let of_comment = match details {
            Some(details) => details,
            None => {
                let comment = comment.text().to_owned();
                to.details(&NewDetails { comment, ..NewDetails::default() })?
            }
        };
        details = Some(of_comment);
        add(&line.text, Origin { line: line.number, details: of_comment }, to)?;
    }
    Ok(())
}

/// Adds the value of a line below a comment.
pub(super) fn add_value(line: &str, number: u32, comment: &str, to: &mut Indicators) -> Result<(), Full> {
    let details = to.details(&NewDetails { comment: comment.to_owned(), ..NewDetails::default() })?;
    add(line, Origin { line: number, details }, to)
}

/// Returns whether a word is a value that nothing else looks like: a hash, an address or a network,
/// or a URL with its scheme.
pub(super) fn is_clear(word: &str) -> bool {
    let is_kind = |kind| matches!(kind, Kind::Address | Kind::Network | Kind::Url);
    let is_address_or_url = || by_shape(word).is_ok_and(|recognised| is_kind(recognised.kind));
    hash(word).is_some() || (word.contains("://") || is_numbers_of_address(word)) && is_address_or_url()
}

/// Returns whether a word has only what addresses and networks are written with.
fn is_numbers_of_address(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_hexdigit() || b".:/[]%".contains(&byte))
}

/// Divides a line of the form of `md5sum` and its like: a hash before or behind a name. So is an
/// address or a URL, with words behind it.
fn of_words<'a>(line: &'a str, comment: &str) -> Option<Parts<'a>> {
    let divided = |value, rest: &'a str| {
        let words = [rest.trim().trim_matches(['*', '=']).trim(), comment.trim()];
        let mut parts = Parts::new(value, "");
        parts.description =
            words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; ").into();
        parts
    };
    let (first, rest) = line.split_once(char::is_whitespace)?;
    if is_clear(first) {
        // `md5sum` writes a second sign before the name, which may well be a hash.
        let is_name = hash(first).is_some() && rest.starts_with([' ', '*']);
        return Some(divided(first, rest).with_fields(Some(rest).filter(|_| !is_name).into_iter()));
    }
    let (rest, last) = line.rsplit_once(char::is_whitespace)?;
    hash(last).map(|_| divided(last, rest))
}

fn add(line: &str, origin: Origin, to: &mut Indicators) -> Result<(), Full> {
    // The long lists have nothing but hashes, and no other value looks like one.
    if let Some(hash) = hash(line) {
        return add_recognised(&hash, line, origin, to);
    }
    if stix::is_pattern(line) {
        return stix::add_pattern(line, origin, to);
    }
    let parts = divide(line);
    match &parts.recognised {
        Ok(recognised) => {
            let details = match parts.description.trim() {
                "" => origin.details,
                text => to.details(&NewDetails { comment: text.to_owned(), ..NewDetails::default() })?,
            };
            add_recognised(recognised, &parts.written, Origin { details, ..origin }, to)?;
            let fields: Vec<_> = parts.fields.iter().map(|field| &**field).collect();
            further::leave_out(recognised, &fields, origin.line, to);
        }
        Err(error) => to.add_problem(origin.line, line, error.0.clone()),
    }
    Ok(())
}

/// A line, divided into its value and its description.
pub(super) struct Parts<'a> {
    pub(super) recognised: Result<Recognised<'a>, NoShape>,
    written: Cow<'a, str>,
    description: Cow<'a, str>,
    /// The fields of the description, each of which may be a further value.
    fields: Vec<Cow<'a, str>>,
}

impl<'a> Parts<'a> {
    fn new(value: &'a str, description: &'a str) -> Self {
        let written = value.trim();
        Self {
            recognised: by_shape(written),
            written: written.into(),
            description: description.into(),
            fields: Vec::new(),
        }
    }

    fn with_fields(self, fields: impl Iterator<Item = &'a str>) -> Self {
        Self { fields: fields.map(Cow::Borrowed).collect(), ..self }
    }
}

/// Divides a line. `;`, `,`, a tab or ` #` end the value. A URL may have these signs in it, and so
/// it ends only at a tab or a space, and a user agent only at a tab or ` #`.
pub(super) fn divide(line: &str) -> Parts<'_> {
    if line.starts_with('"') {
        return divide_record(line);
    }
    let (line, comment) = line.split_once(" #").unwrap_or((line, ""));
    let whole = line.trim();
    if let Some(parts) = of_hosts_file(whole) {
        return parts;
    }
    // A user agent has the other signs in it.
    let ends = if whole.starts_with("Mozilla/") { &['\t'][..] } else { &[';', ',', '\t'] };
    let end = whole.find(ends).filter(|end| !is_comma_of_path(whole, *end));
    let end = end.unwrap_or(whole.len());
    let is_url = whole[..end].contains("://") && !whole.contains(char::is_whitespace);
    if end == whole.len() || is_url {
        return of_words(whole, comment).unwrap_or_else(|| Parts::new(whole, comment));
    }
    let (value, description) = (&whole[..end], &whole[end + 1..]);
    let parts = Parts::new(value, description);
    if parts.recognised.is_ok() {
        parts.with_fields(description.split(char::from(whole.as_bytes()[end])))
    } else {
        divide_record(whole)
    }
}

/// Returns whether a sign is a comma in the name of a file: `C:\Temp\a,b.exe`. What is before it
/// has no ending, and what is behind it has one.
fn is_comma_of_path(line: &str, at: usize) -> bool {
    let (before, after) = line.split_at(at);
    let is = |text, kind| by_shape(text).is_ok_and(|recognised| recognised.kind == kind);
    let name = before.rsplit(['\\', '/']).next().unwrap_or_default();
    after.strip_prefix(',').is_some_and(|after| {
        !after.contains(char::is_whitespace)
            && is(after, Kind::FileName)
            && is(before, Kind::FilePath)
            && by_shape(name).is_err()
    })
}

/// Divides a record of CSV without a header. The value is its first field, or the first one behind
/// dates and numbers. The other fields are the description. A file name in a description is no
/// value, even if what should be the value is none.
fn divide_record(line: &str) -> Parts<'static> {
    let delimiter = [';', '\t', ','].into_iter().find(|delimiter| line.contains(*delimiter)).unwrap_or(',');
    let mut fields = Vec::new();
    split(line, delimiter, &mut fields);
    let is_beside = |field: &String| {
        field.is_empty() || field.bytes().all(|byte| byte.is_ascii_digit()) || time::parse(field).is_some()
    };
    let at = fields.iter().position(|field| !is_beside(field)).unwrap_or(0);
    let written = fields.remove(at);
    let recognised = by_shape(&written).map(Recognised::into_owned);
    fields.retain(|field| !field.trim().is_empty());
    let description = fields.join("; ").into();
    let fields = fields.into_iter().map(Cow::Owned).collect();
    Parts { recognised, written: written.into(), description, fields }
}

/// Divides a line of a hosts file, in which names of no good get an address of nowhere.
fn of_hosts_file(line: &str) -> Option<Parts<'_>> {
    let (address, name) = line.split_once([' ', '\t'])?;
    let (names, description) = name.trim().split_once('\t').unwrap_or((name, ""));
    let (name, others) = names.trim().split_once(' ').unwrap_or((names, ""));
    matches!(address, "0.0.0.0" | "127.0.0.1" | "::1" | "::")
        .then(|| Parts::new(name, description).with_fields([others, description].into_iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_divided() {
        for (line, value, description) in [
            ("evil.com", "evil.com", ""),
            ("evil.com;a comment, b", "evil.com", "a comment, b"),
            ("evil.com, a comment", "evil.com", " a comment"),
            ("evil.com\ta comment", "evil.com", "a comment"),
            ("evil.com;a.exe\tb", "evil.com", "a.exe\tb"),
            ("evil.com # a comment", "evil.com", " a comment"),
            ("http://evil.com/a;b,c", "http://evil.com/a;b,c", ""),
            ("http://evil.com/a;b c", "http://evil.com/a", "b c"),
            ("evil.com;http://x.org/a.exe", "evil.com", "http://x.org/a.exe"),
            ("http://evil.com/#x", "http://evil.com/#x", ""),
            ("0.0.0.0 evil.com", "evil.com", ""),
            ("127.0.0.1\tevil.com\tmalware C2", "evil.com", "malware C2"),
            ("0.0.0.0 evil.com bad.org", "evil.com", ""),
            ("127.0.0.1\tevil.com", "evil.com", ""),
            ("\"evil.com\",\"x, y\"", "evil.com", "x, y"),
            ("2021-01-01,evil.com,bad", "evil.com", "2021-01-01; bad"),
            ("2021-01-01\tevil.com\tbad", "evil.com", "2021-01-01; bad"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64, KHTML) EvilBot/1.0",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64, KHTML) EvilBot/1.0",
                "",
            ),
            ("Mozilla/5.0 (X11; a)\tbad; b", "Mozilla/5.0 (X11; a)", "bad; b"),
            ("Mozilla/5.0 (X11; a) # bad", "Mozilla/5.0 (X11; a)", " bad"),
            ("C:\\a b\\c.exe;x", "C:\\a b\\c.exe", "x"),
            ("C:\\Temp\\a,b.exe", "C:\\Temp\\a,b.exe", ""),
            ("C:\\Temp\\a,b,c.exe", "C:\\Temp\\a,b,c.exe", ""),
            ("/tmp/a,b.dat", "/tmp/a,b.dat", ""),
            ("C:\\Temp\\a.exe,b.exe", "C:\\Temp\\a.exe", "b.exe"),
            ("C:\\Temp\\a,drops b.exe", "C:\\Temp\\a", "drops b.exe"),
            ("C:\\Temp\\a,bad", "C:\\Temp\\a", "bad"),
            ("C:\\Temp\\a;b.exe", "C:\\Temp\\a", "b.exe"),
            ("33e4fd94e2560e008e2c3b431d0e3419  run.exe", "33e4fd94e2560e008e2c3b431d0e3419", "run.exe"),
            ("33e4fd94e2560e008e2c3b431d0e3419 *run.exe", "33e4fd94e2560e008e2c3b431d0e3419", "run.exe"),
            (
                "MD5 (run.exe) = 33e4fd94e2560e008e2c3b431d0e3419",
                "33e4fd94e2560e008e2c3b431d0e3419",
                "MD5 (run.exe)",
            ),
            (
                "C:\\a\\run.exe 33e4fd94e2560e008e2c3b431d0e3419",
                "33e4fd94e2560e008e2c3b431d0e3419",
                "C:\\a\\run.exe",
            ),
            ("203.0.113.5 - bad.exe", "203.0.113.5", "- bad.exe"),
            ("203.0.113.5 bad.exe # seen twice", "203.0.113.5", "bad.exe; seen twice"),
            ("203.0.113.0/24\tbad.exe", "203.0.113.0/24", "bad.exe"),
            ("http://evil.com/a is bad", "http://evil.com/a", "is bad"),
        ] {
            let parts = divide(line);
            assert!(parts.recognised.is_ok(), "{line}");
            assert_eq!((&*parts.written, &*parts.description), (value, description), "{line}");
        }
        for line in ["some words", "a;b", "evil.com is bad", "\"a", "", ";", "x;a.exe", "d41d8cd9;a.exe"] {
            assert!(divide(line).recognised.is_err(), "{line}");
        }
    }

    #[test]
    fn comments_are_about_the_lines_below_them() {
        let mut comment = LastComment::default();
        let mut seen = Vec::new();
        for line in ["; file", ";", "", "a", "", "# one", "b", "", "c", "# two", "# -- three --", "d"] {
            if !comment.take(line) {
                seen.push((line, comment.text().to_owned()));
            }
        }
        let seen: Vec<_> = seen.iter().map(|(line, comment)| (*line, comment.as_str())).collect();
        assert_eq!(seen, [("a", ""), ("b", "one"), ("c", "one"), ("d", "three")]);
    }
}
