//! Tagging files: labels, and below each the rules that give it.
//!
//! Plaso takes a file as it comes and goes wrong silently; here everything that would is an error, and all of
//! them are told at once. Any white space makes a line a rule, and an empty line, or one of white space only,
//! ends a label, as in Plaso.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read as _;
use std::path::Path;

use events::Label;

use crate::ast::Expression;
use crate::error::visible;
use crate::parser::is_space;
use crate::{FilterError, built_in};

/// How large a tagging file may be, in bytes.
pub const MAXIMUM_FILE_SIZE: usize = 64 << 20;

/// How many problems of a file are kept; of the others only the number is.
const MAXIMUM_ERRORS: usize = 1_000;

/// A tagging file that was read without error.
#[derive(Debug, Clone)]
pub struct TaggingFile {
    name: String,
    pub(crate) labels: Vec<Label>,
    pub(crate) rules: Vec<Rule>,
}

/// One rule and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// The label's index.
    pub(crate) label: usize,
    pub(crate) line: usize,
    pub(crate) expression: Expression,
}

impl TaggingFile {
    /// The names of the tagging files that come with the program; see [`built_in`](Self::built_in).
    pub const BUILT_IN: [&str; 3] = ["linux", "windows", "macos"];

    /// Reads a tagging file; `name` is what messages call it.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it: invalid labels, labels without rules, labels given twice, rules without
    /// a label, rules that are no expressions.
    pub fn parse(name: &str, text: &str) -> Result<Self, TaggingFileErrors> {
        let mut reader = Reader::new(name);
        if text.len() > MAXIMUM_FILE_SIZE {
            reader.errors.add(1, 1, too_large());
            return Err(reader.errors);
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
        for line in lines {
            reader.line(line);
        }
        reader.finish()
    }

    /// Reads the tagging file at `path`.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is larger than [`MAXIMUM_FILE_SIZE`] or not UTF-8, and for what
    /// [`parse`](Self::parse) refuses.
    pub fn load(path: &Path) -> Result<Self, TaggingFileErrors> {
        let name = visible(&path.to_string_lossy());
        let mut errors = TaggingFileErrors::new(&name);
        let mut bytes = Vec::new();
        let limit = MAXIMUM_FILE_SIZE as u64 + 1;
        let read = std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
        if let Err(error) = read {
            errors.add_whole(format!("cannot be read: {error}"));
            return Err(errors);
        }
        if bytes.len() > MAXIMUM_FILE_SIZE {
            errors.add_whole(too_large());
            return Err(errors);
        }
        match String::from_utf8(bytes) {
            Ok(text) => Self::parse(&name, &text),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let before = &error.as_bytes()[..at];
                let line = 1 + memchr::memchr_iter(b'\n', before).count();
                let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
                let column = 1 + String::from_utf8_lossy(&before[start..]).chars().count();
                let byte = error.as_bytes()[at];
                errors.add(line, column, format!("not UTF-8: byte {byte:#04x} at offset {at}"));
                Err(errors)
            }
        }
    }

    /// One of the tagging files that come with the program.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        built_in::text(name).and_then(|text| Self::parse(name, text).ok())
    }

    /// The labels in the order of the file.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        self.labels.iter()
    }

    /// No problems yet, for what is found out after parsing.
    pub(crate) fn no_errors(&self) -> TaggingFileErrors {
        TaggingFileErrors::new(&self.name)
    }
}

fn too_large() -> String {
    format!("larger than {MAXIMUM_FILE_SIZE} bytes")
}

struct Reader {
    labels: Vec<Label>,
    rules: Vec<Rule>,
    /// The line of each label.
    lines: BTreeMap<Label, usize>,
    state: State,
    number: usize,
    errors: TaggingFileErrors,
}

/// What the lines read so far mean for the next rule.
#[derive(Clone, Copy)]
enum State {
    NoLabel,
    /// The label that stands in the line, which has rules or not yet.
    Label {
        line: usize,
        has_rules: bool,
    },
    /// Below a line that should have been a label: its rules are checked, but belong to nothing.
    BadLabel,
}

impl Reader {
    fn new(name: &str) -> Self {
        Self {
            labels: Vec::new(),
            rules: Vec::new(),
            lines: BTreeMap::new(),
            state: State::NoLabel,
            number: 0,
            errors: TaggingFileErrors::new(name),
        }
    }

    fn line(&mut self, line: &str) {
        self.number += 1;
        let line = line.trim_end_matches(is_space);
        let text = line.trim_start_matches(is_space);
        if text.is_empty() {
            self.end_label();
        } else if text.starts_with('#') {
        } else if text.len() == line.len() {
            self.label(text);
        } else {
            let indentation = line[..line.len() - text.len()].chars().count();
            self.rule(text, indentation);
        }
    }

    fn end_label(&mut self) {
        if let State::Label { line, has_rules: false } = self.state {
            self.errors.add(line, 1, "a label without rules".into());
        }
        self.state = State::NoLabel;
    }

    fn label(&mut self, text: &str) {
        self.end_label();
        self.state = State::BadLabel;
        let Ok(label) = Label::new(text) else {
            let bad = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(0);
            let message = format!(
                "expected a label (letters A to Z, digits and `_`; rules are indented), found `{}`",
                visible(text)
            );
            return self.errors.add(self.number, 1 + text[..bad].chars().count(), message);
        };
        if let Some(first) = self.lines.get(&label) {
            let message = format!("the label `{}` is given twice, first in line {first}", label.as_str());
            return self.errors.add(self.number, 1, message);
        }
        self.lines.insert(label.clone(), self.number);
        self.labels.push(label);
        self.state = State::Label { line: self.number, has_rules: false };
    }

    fn rule(&mut self, text: &str, indentation: usize) {
        match &mut self.state {
            State::NoLabel => {
                let message = "a rule with no label over it (a blank line ends a label)";
                self.errors.add(self.number, 1 + indentation, message.into());
            }
            State::Label { has_rules, .. } => *has_rules = true,
            State::BadLabel => {}
        }
        match Expression::parse_in_line(text, 1 + indentation) {
            Ok(Some(expression)) if matches!(self.state, State::Label { .. }) => {
                self.rules.push(Rule { label: self.labels.len() - 1, line: self.number, expression })
            }
            Ok(_) => {}
            Err(error) => self.errors.add_filter_error(self.number, &error),
        }
    }

    fn finish(mut self) -> Result<TaggingFile, TaggingFileErrors> {
        self.end_label();
        if self.labels.is_empty() && self.errors.is_empty() {
            self.errors.add_whole("it contains no label".into());
        }
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        Ok(TaggingFile { name: self.errors.name, labels: self.labels, rules: self.rules })
    }
}

/// What is wrong with a tagging file: one problem a line, as `name:line:column: message`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaggingFileErrors {
    name: String,
    errors: Vec<TaggingFileError>,
    /// How many more there are.
    left_out: usize,
}

/// One problem of a tagging file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaggingFileError {
    /// The line and the column (the character's number in it), both from 1; nothing if it is the whole file.
    pub position: Option<(usize, usize)>,
    /// What is wrong. Contains no control characters.
    pub message: String,
}

impl TaggingFileErrors {
    fn new(name: &str) -> Self {
        Self { name: name.into(), errors: Vec::new(), left_out: 0 }
    }

    fn push(&mut self, error: TaggingFileError) {
        if self.errors.len() < MAXIMUM_ERRORS {
            self.errors.push(error);
        } else {
            self.left_out += 1;
        }
    }

    fn add(&mut self, line: usize, column: usize, message: String) {
        self.push(TaggingFileError { position: Some((line, column)), message });
    }

    fn add_whole(&mut self, message: String) {
        self.push(TaggingFileError { position: None, message });
    }

    fn add_filter_error(&mut self, line: usize, error: &FilterError) {
        self.add(line, error.column(), error.without_column());
    }

    /// Adds what was found wrong with a rule when it was compiled.
    pub(crate) fn add_in_rule(&mut self, rule: &Rule, error: &FilterError) {
        self.add_filter_error(rule.line, error);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// What messages call the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The problems in the order of the file, at most a thousand.
    pub fn iter(&self) -> impl Iterator<Item = &TaggingFileError> {
        self.errors.iter()
    }
}

impl std::error::Error for TaggingFileErrors {}

impl fmt::Display for TaggingFileErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, TaggingFileError { position, message }) in self.errors.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            match position {
                Some((line, column)) => write!(f, "{}:{line}:{column}: {message}", self.name)?,
                None => write!(f, "{}: {message}", self.name)?,
            }
        }
        if self.left_out > 0 {
            write!(f, "\n{}: {} more problems", self.name, self.left_out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> String {
        TaggingFile::parse("rules.txt", text).unwrap_err().to_string()
    }

    #[test]
    fn labels_and_rules() {
        let text = "\u{feff}# comment\r\nfirst\r\n  v is 'a'\r\n\t# more\r\n\u{a0}v is 'b'\r\nsecond\r\n  v is 'c'  \r\n";
        let file = TaggingFile::parse("rules.txt", text).unwrap();
        assert_eq!(file.labels().map(Label::as_str).collect::<Vec<_>>(), ["first", "second"]);
        let rules: Vec<_> = file.rules.iter().map(|rule| (rule.label, rule.expression.to_string())).collect();
        assert_eq!(rules, [(0, "v is 'a'".into()), (0, "v is 'b'".into()), (1, "v is 'c'".into())]);
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        insta::assert_snapshot!(problems(
            "  v is 'a'\n\nempty\n\nbad-label\n  v iz 'a'\n\ngood\n  v is 'a\n\nv is 'x'\ngood\n  v is 'b'\n\ncut\n# c\n\n  v is 'c'\nlast"
        ), @r"
        rules.txt:1:3: a rule with no label over it (a blank line ends a label)
        rules.txt:3:1: a label without rules
        rules.txt:5:4: expected a label (letters A to Z, digits and `_`; rules are indented), found `bad-label`
        rules.txt:6:5: expected an operator, found `iz`; did you mean `is`?
        rules.txt:9:10: expected a closing `'` for the one in column 8, found the end
        rules.txt:11:2: expected a label (letters A to Z, digits and `_`; rules are indented), found `v is 'x'`
        rules.txt:12:1: the label `good` is given twice, first in line 8
        rules.txt:15:1: a label without rules
        rules.txt:18:3: a rule with no label over it (a blank line ends a label)
        rules.txt:19:1: a label without rules
        ");
    }

    #[test]
    fn control_characters_do_not_reach_a_message() {
        let message = problems("a\u{1b}[31m\n  v is \u{1b}\n");
        assert!(message.chars().all(|c| c == '\n' || !c.is_control()), "{message:?}");
    }

    #[test]
    fn an_empty_file_is_an_error() {
        assert_eq!(problems("# nothing\n\n"), "rules.txt: it contains no label");
    }

    #[test]
    fn a_flood_of_errors_is_counted() {
        let message = problems(&"x y\n".repeat(5_000));
        assert_eq!(message.lines().count(), 1_001);
        assert!(message.ends_with("rules.txt: 4000 more problems"));
    }
}
