//! Parses tagging files: labels, and below each label its rules.
//!
//! As in Plaso, a line that begins with any white space is a rule, and an empty line (or one of
//! only white space) ends a label. Plaso silently misreads many malformed files. Here these are
//! errors, and all errors of a file are reported together.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use events::{AttributeNames, Label};

use crate::ast::Expression;
use crate::characters::is_space;
use crate::compile::Compiler;
use crate::diagnostic::{Diagnostic, Severity};
use crate::diagnostics::Diagnostics;
use crate::error::visible;
use crate::rules::comments::Comment;
use crate::rules::meaning::LabelMeaning;
use crate::rules::{Place, Rule, RuleLabel, Rules, Source, built_in};

/// The maximum size of a tagging file, in bytes.
pub const MAXIMUM_FILE_SIZE: usize = 64 << 20;

/// The conditions of a file of at most this size, in bytes, are read once and kept.
const KEPT: usize = 1 << 20;

/// The names of the built-in tagging files; see [`built_in`].
pub const BUILT_IN: [&str; 3] = ["linux", "windows", "macos"];

/// Parses the text of a tagging file. `name` is its name in messages.
///
/// # Errors
///
/// All errors in the file: invalid labels, labels without rules, duplicate labels, rules without a
/// label, rules that cannot be parsed or compiled.
pub fn parse(name: &str, text: &str) -> Result<Rules, Diagnostics> {
    parse_owned(name, text.to_owned())
}

fn parse_owned(name: &str, text: String) -> Result<Rules, Diagnostics> {
    let (rules, mut errors) = parse_what_can_be(name, text);
    if errors.is_empty() {
        return Ok(rules);
    }
    // Errors that only compiling finds are reported together with the others.
    let mut names = AttributeNames::default();
    let mut compiler = Compiler::new(&mut names, false);
    if let Err(more) = rules.compile_each(|_, condition| compiler.compile(condition)) {
        more.iter().for_each(|error| errors.push(error.clone()));
    }
    errors.sort();
    Err(errors)
}

/// Reads the rules of the tagging file at `path`.
///
/// # Errors
///
/// If the file cannot be read, is larger than [`MAXIMUM_FILE_SIZE`], or is not UTF-8, and if
/// [`parse`] refuses its text.
pub fn load(path: &Path) -> Result<Rules, Diagnostics> {
    let name = visible(&path.to_string_lossy());
    parse_owned(&name, read(path, &name)?)
}

/// Like [`load`]. Also returns the SHA-256 of the bytes that were read.
///
/// # Errors
///
/// As for [`load`].
pub fn load_with_digest(path: &Path) -> Result<(Rules, String), Diagnostics> {
    let name = visible(&path.to_string_lossy());
    let text = read(path, &name)?;
    let digest = files::sha256_of(text.as_bytes());
    Ok((parse_owned(&name, text)?, digest))
}

/// Returns the labels of the tagging file at `path`, with what they mean, but without their rules.
/// That is much faster than [`load`]. Errors in the file are not found.
///
/// # Errors
///
/// If the file cannot be read, is larger than [`MAXIMUM_FILE_SIZE`], or is not UTF-8.
pub fn load_labels(path: &Path) -> Result<Rules, Diagnostics> {
    let name = visible(&path.to_string_lossy());
    Ok(labels(&name, read(path, &name)?))
}

/// Returns the labels of the built-in tagging file with this name, as [`load_labels`] does.
#[must_use]
pub fn built_in_labels(name: &str) -> Option<Rules> {
    built_in::text(name).map(|text| labels(name, text.to_owned()))
}

fn labels(name: &str, text: String) -> Rules {
    read_lines(name, text, false).0
}

/// Returns whether the path is the name of a built-in tagging file. It always means that file: a
/// file of the same name in the current folder is `./linux`.
#[must_use]
pub fn is_built_in(path: &Path) -> bool {
    BUILT_IN.iter().any(|name| path.as_os_str() == *name)
}

/// Returns the rules of the built-in tagging file with this name, or `None` if there is none.
#[must_use]
pub fn built_in(name: &str) -> Option<Rules> {
    built_in::text(name).and_then(|text| parse(name, text).ok())
}

/// Returns the rules of a tagging file that can be parsed, and the errors in the rest.
pub(crate) fn parse_what_can_be(name: &str, text: String) -> (Rules, Diagnostics) {
    read_lines(name, text, true)
}

fn read_lines(name: &str, mut text: String, with_rules: bool) -> (Rules, Diagnostics) {
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    let is_too_large = text.len() > MAXIMUM_FILE_SIZE;
    let text = Arc::new(if is_too_large { String::new() } else { text });
    let mut reader = Reader::new(name, &text, with_rules);
    if is_too_large {
        reader.errors.push(Diagnostic::whole(too_large()));
        return reader.finish();
    }
    for line in lines(&text) {
        reader.line(line);
    }
    reader.finish()
}

/// Returns the lines of a text. As in Python, a line ends with `\n`, `\r\n` or `\r`.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

fn too_large() -> String {
    format!("the file is larger than {MAXIMUM_FILE_SIZE} bytes")
}

/// Reads the text of a tagging file. `name` is its name in messages.
pub(crate) fn read(path: &Path, name: &str) -> Result<String, Diagnostics> {
    let refused = |diagnostic| {
        let mut errors = Diagnostics::new(name);
        errors.push(diagnostic);
        Err(errors)
    };
    let mut bytes = Vec::new();
    let limit = MAXIMUM_FILE_SIZE as u64 + 1;
    let read = files::open_input(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    if let Err(error) = read {
        return refused(Diagnostic::whole(format!("the file cannot be read: {error}")));
    }
    if bytes.len() > MAXIMUM_FILE_SIZE {
        return refused(Diagnostic::whole(too_large()));
    }
    String::from_utf8(bytes).or_else(|error| {
        let at = error.utf8_error().valid_up_to();
        let (before, behind) = error.as_bytes().split_at(at);
        let before = String::from_utf8_lossy(before);
        let before = before.strip_prefix('\u{feff}').unwrap_or(&before);
        // A character in place of the bad byte makes sure that the last line is the one with that
        // byte.
        let upto = format!("{before}\u{fffd}");
        let number = lines(&upto).count();
        let line = lines(&upto).last().unwrap_or_default();
        let column = line.chars().count();
        let behind = String::from_utf8_lossy(&behind[1..]);
        let line = format!("{line}{}", lines(&behind).next().unwrap_or_default());
        let message = match error.as_bytes() {
            // The byte order marks with which such files begin.
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the file is UTF-16, not UTF-8: save it as UTF-8".into(),
            bytes => format!("the file is not UTF-8: byte {:#04x} at offset {at}", bytes[at]),
        };
        refused(Diagnostic::new(Severity::Error, number, &line, column..column + 1, message))
    })
}

struct Reader<'t> {
    text: &'t str,
    /// Whether rules are read. Otherwise, only labels are.
    with_rules: bool,
    rules: Rules,
    /// The line number of each label.
    numbers: BTreeMap<Label, usize>,
    state: State,
    /// The comment directly above the next line.
    comment: Comment,
    /// The indented comment directly above the next line.
    rule_comment: Comment,
    number: usize,
    errors: Diagnostics,
}

/// The label that the next rule belongs to.
#[derive(Clone, Copy)]
enum State {
    NoLabel,
    /// The label in the line `place`.
    Label {
        place: Place,
        has_rules: bool,
    },
    /// The last label is not valid. The rules below it are checked, but not kept.
    BadLabel,
}

impl<'t> Reader<'t> {
    fn new(name: &str, text: &'t Arc<String>, with_rules: bool) -> Self {
        Self {
            text,
            with_rules,
            rules: Rules {
                source: Source::new(name, Arc::clone(text)),
                labels: Vec::new(),
                rules: Vec::new(),
                accept_other_data_types: false,
                techniques: BTreeMap::new(),
                doubts: Diagnostics::new(name),
            },
            numbers: BTreeMap::new(),
            state: State::NoLabel,
            comment: Comment::default(),
            rule_comment: Comment::default(),
            number: 0,
            errors: Diagnostics::new(name),
        }
    }

    /// Reads the next line, which must be a part of the text.
    fn line(&mut self, line: &'t str) {
        self.number += 1;
        let start = line.as_ptr().addr() - self.text.as_ptr().addr();
        let line = line.trim_end_matches(is_space);
        let text = line.trim_start_matches(is_space);
        let place = Place { line: self.number, start, end: start + line.len() };
        let is_indented = text.len() < line.len();
        let (source, doubts) = (&self.rules.source, &mut self.rules.doubts);
        if text.starts_with('#') {
            let comment = if is_indented { &mut self.rule_comment } else { &mut self.comment };
            return comment.add(line, place, source, doubts);
        }
        if is_indented || text.is_empty() {
            self.comment.separate(source, doubts);
        }
        if !is_indented || text.is_empty() {
            self.rule_comment.separate(source, doubts);
        }
        if text.is_empty() {
            self.end_label();
        } else if !is_indented {
            let meaning = self.comment.take();
            self.label(text, meaning, place);
        } else {
            let techniques = self.rule_comment.take_techniques(source, doubts);
            self.techniques(techniques, place);
            let indentation = line[..line.len() - text.len()].chars().count();
            self.rule(text, indentation, place);
        }
    }

    /// Notes the techniques of a rule, which are also techniques of its label.
    fn techniques(&mut self, techniques: Vec<String>, place: Place) {
        let label = self.rules.labels.last_mut().filter(|_| matches!(self.state, State::Label { .. }));
        if let Some(label) = label.filter(|_| !techniques.is_empty()) {
            let known = &mut label.meaning.techniques;
            for technique in &techniques {
                if !known.contains(technique) {
                    known.push(technique.clone());
                }
            }
            self.rules.techniques.insert(place.line, techniques);
        }
    }

    fn error(&self, place: Place, columns: Range<usize>, message: String) -> Diagnostic {
        self.rules.source.diagnostic(Severity::Error, place, columns, message)
    }

    fn end_label(&mut self) {
        if let State::Label { place, has_rules: false } = self.state {
            let length = self.text[place.start..place.end].chars().count();
            let error = self.error(place, 1..1 + length, "this label has no rules".into());
            self.errors.push(error);
        }
        self.state = State::NoLabel;
    }

    fn label(&mut self, text: &str, meaning: LabelMeaning, place: Place) {
        self.end_label();
        self.state = State::BadLabel;
        let length = text.chars().count();
        let Ok(label) = Label::new(text) else {
            let error = self.no_label(text, place);
            return self.errors.push(error);
        };
        if let Some(first) = self.numbers.get(&label) {
            let message = format!("the label `{}` is already defined in line {first}", label.as_str());
            let error = self.error(place, 1..1 + length, message);
            return self.errors.push(error);
        }
        self.numbers.insert(label.clone(), self.number);
        self.rules.labels.push(RuleLabel { label, meaning, place });
        self.state = State::Label { place, has_rules: false };
    }

    /// Creates the error for a line that should be a label.
    fn no_label(&self, text: &str, place: Place) -> Diagnostic {
        const EXPECTED: &str = "a label (letters A to Z, digits and `_`)";
        let length = text.chars().count();
        let is_good = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if let Ok(Some(_)) = Expression::parse(text) {
            let message = "this rule is not indented".into();
            return self.error(place, 1..1 + length, message).suggesting(format!("  {}", visible(text)));
        }
        let bad = text.chars().take_while(|c| is_good(*c)).count();
        let many = text.chars().skip(bad).take_while(|c| !is_good(*c)).count();
        let meant = text.replace(|c| !is_good(c), "_");
        let meant = meant.trim_matches('_');
        let message = format!("expected {EXPECTED}, found `{}`", visible(text));
        let error = Diagnostic {
            expected: Some(EXPECTED.into()),
            ..self.error(place, 1 + bad..1 + bad + many.max(1), message)
        };
        // A long text, or one without letters or digits, was not meant as a label.
        if meant.is_empty() || length > 60 {
            return error;
        }
        Diagnostic { message: format!("{}; did you mean `{meant}`?", error.message), ..error }
            .suggesting(format!("`{meant}`"))
    }

    fn rule(&mut self, text: &str, indentation: usize, place: Place) {
        match &mut self.state {
            State::NoLabel => {
                let message = "this rule has no label above it (an empty line ends a label)";
                let columns = 1 + indentation..1 + indentation + text.chars().count();
                let error = self.error(place, columns, message.into());
                self.errors.push(error);
            }
            State::Label { has_rules, .. } => *has_rules = true,
            State::BadLabel => {}
        }
        if !self.with_rules {
            return;
        }
        match Expression::parse_in_line(text, 1 + indentation) {
            Ok(Some(condition)) if matches!(self.state, State::Label { .. }) => {
                let kept = (self.text.len() <= KEPT).then_some(condition);
                self.rules.rules.push(Rule::written(self.rules.labels.len() - 1, place, kept));
            }
            Ok(_) => {}
            Err(error) => self.errors.push(self.rules.source.error_at(place, &error)),
        }
    }

    fn finish(mut self) -> (Rules, Diagnostics) {
        self.comment.separate(&self.rules.source, &mut self.rules.doubts);
        self.rule_comment.separate(&self.rules.source, &mut self.rules.doubts);
        self.end_label();
        if self.rules.labels.is_empty() && self.errors.is_empty() {
            self.errors.push(Diagnostic::whole("the file contains no label".into()));
        }
        (self.rules, self.errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> String {
        parse("rules.txt", text).unwrap_err().to_string()
    }

    #[test]
    fn labels_and_rules() {
        let text = "\u{feff}# comment\r\nfirst\r\n  v is 'a'\r\n\t# more\r\n\u{a0}v is 'b'\r\nsecond\r\n  v is 'c'  \r\n";
        let rules = parse("rules.txt", text).unwrap();
        assert_eq!(rules.labels().map(Label::as_str).collect::<Vec<_>>(), ["first", "second"]);
        let rules: Vec<_> =
            rules.rules.iter().map(|rule| (rule.label(), rules.condition(rule).to_string())).collect();
        assert_eq!(rules, [(0, "v is 'a'".into()), (0, "v is 'b'".into()), (1, "v is 'c'".into())]);
    }

    #[test]
    fn a_rule_has_techniques_of_its_own() {
        let text = "# attack: T1003\nfirst\n  # attack: T1055, T1003\n  # Why.\n  v is 'a'\n  v is 'b'\n\
                    second\n  # attack: T1056\n  # severity: high\n  v is 'c'\n  # attack: T1055\n";
        let rules = parse("rules.txt", text).unwrap();
        let of_rules = [(5, vec!["T1055".to_owned(), "T1003".to_owned()]), (10, vec!["T1056".to_owned()])];
        assert_eq!(*rules.techniques_of_rules(), of_rules.into());
        let of_label = rules.meanings().map(|(_, meaning)| meaning.techniques.join(" "));
        assert_eq!(of_label.collect::<Vec<_>>(), ["T1003 T1055", "T1056"]);
        let doubts: Vec<_> = rules
            .doubts
            .iter()
            .map(|doubt| {
                (doubt.position.as_ref().map_or(0, |position| position.line), doubt.message.as_str())
            })
            .collect();
        assert_eq!(
            doubts,
            [
                (9, "a rule has only `attack:` of its own; severity and references belong to its label"),
                (
                    11,
                    "this line has no effect: it must be directly above a label, or above a rule and indented"
                ),
            ]
        );
    }

    /// Each item of a long line takes as long as the line, if something is said of it.
    #[test]
    fn a_long_line_of_techniques_is_bounded() {
        let line = |items: usize| {
            let items: Vec<_> = (0..items).map(|item| format!("T{item:04}.001")).collect();
            format!("# attack: {}\nlabel\n  v is 'a'\n", items.join(", "))
        };
        let rules = parse("rules.txt", &line(9_999)).unwrap();
        let (_, meaning) = rules.meanings().next().unwrap();
        assert_eq!(meaning.techniques.len(), 100);
        let further = "a label or a rule has at most 100 techniques; further ones do not count";
        assert_eq!(rules.doubts.iter().filter(|doubt| doubt.message == further).count(), 1);
        let wrong = format!("# attack: {}\nlabel\n  v is 'a'\n", "Q1, ".repeat(9_999));
        let doubts = parse("rules.txt", &wrong).unwrap().doubts;
        assert_eq!((doubts.iter().count(), doubts.left_out()), (1_000, 8_999));
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        insta::assert_snapshot!(problems(
            "  v is 'a'\n\nempty\n\nbad-label\n  v iz 'a'\n\ngood\n  v is 'a\n\nv is 'x'\ngood\n  v is 'b'\n\ncut\n# c\n\n  v is 'c'\nlast"
        ));
    }

    #[test]
    fn control_characters_do_not_reach_a_message() {
        let message = problems("a\u{1b}[31m\n  v is \u{1b}\n");
        assert!(message.chars().all(|c| c == '\n' || !c.is_control()), "{message:?}");
    }

    #[test]
    fn an_empty_file_is_an_error() {
        assert_eq!(problems("# nothing\n\n"), "rules.txt: error: the file contains no label");
    }

    #[test]
    fn a_flood_of_errors_is_counted() {
        let message = problems(&"x y\n".repeat(5_000));
        assert_eq!(message.lines().count(), 3_001);
        assert!(message.ends_with("rules.txt: 4000 more problems"));
    }
}
