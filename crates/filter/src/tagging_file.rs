//! Tagging files: labels, and below each the rules that give it.
//!
//! Plaso takes a file as it comes and goes wrong silently; here everything that would is an error, and all of
//! them are told at once. Any white space makes a line a rule, and an empty line, or one of white space only,
//! ends a label, as in Plaso.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use events::{AttributeNames, Label};

use crate::ast::Expression;
use crate::error::visible;
use crate::parser::is_space;
use crate::{Diagnostic, Diagnostics, FilterError, RuleSet, Severity, built_in};

/// How large a tagging file may be, in bytes.
pub const MAXIMUM_FILE_SIZE: usize = 64 << 20;

/// A tagging file that was read without error.
#[derive(Debug, Clone)]
pub struct TaggingFile {
    name: String,
    text: Arc<str>,
    pub(crate) labels: Vec<Label>,
    /// The line of each label.
    pub(crate) label_lines: Vec<Line>,
    pub(crate) rules: Vec<Rule>,
}

/// One rule and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// The label's index.
    pub(crate) label: usize,
    pub(crate) line: Line,
    pub(crate) expression: Expression,
}

/// A line of a tagging file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    /// Its number, from 1.
    pub(crate) number: usize,
    /// Where it begins and ends in the text.
    start: usize,
    end: usize,
}

impl TaggingFile {
    /// The names of the tagging files that come with the program; see [`built_in`](Self::built_in).
    pub const BUILT_IN: [&str; 3] = ["linux", "windows", "macos"];

    /// Reads a tagging file; `name` is what messages call it.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it: invalid labels, labels without rules, labels given twice, rules without
    /// a label, rules that are no expressions or cannot be compiled.
    pub fn parse(name: &str, text: &str) -> Result<Self, Diagnostics> {
        let (file, mut errors) = Self::parse_what_can_be(name, text);
        if errors.is_empty() {
            return Ok(file);
        }
        // What only compiling finds is told in the same go.
        if let Err(more) = RuleSet::compile(&file, &mut AttributeNames::default()) {
            more.iter().for_each(|error| errors.push(error.clone()));
        }
        errors.sort();
        Err(errors)
    }

    /// What is good of a tagging file, and what is not.
    pub(crate) fn parse_what_can_be(name: &str, text: &str) -> (Self, Diagnostics) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = Reader::new(name, if text.len() > MAXIMUM_FILE_SIZE { "" } else { text });
        if text.len() > MAXIMUM_FILE_SIZE {
            reader.errors.push(Diagnostic::whole(too_large()));
            return reader.finish();
        }
        for line in lines(text) {
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
    pub fn load(path: &Path) -> Result<Self, Diagnostics> {
        let name = visible(&path.to_string_lossy());
        Self::parse(&name, &read(path, &name)?)
    }

    /// One of the tagging files that come with the program.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        built_in::text(name).and_then(|text| Self::parse(name, text).ok())
    }

    /// What messages call the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The labels in the order of the file.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        self.labels.iter()
    }

    /// No problems yet, for what is found out after parsing.
    pub(crate) fn no_problems(&self) -> Diagnostics {
        Diagnostics::new(&self.name)
    }

    /// The text of a line.
    pub(crate) fn source(&self, line: Line) -> &str {
        &self.text[line.start..line.end]
    }

    /// What was found wrong with a rule when it was compiled.
    pub(crate) fn error_in(&self, rule: &Rule, error: &FilterError) -> Diagnostic {
        Diagnostic::from_error(error, rule.line.number, self.source(rule.line))
    }
}

/// The lines of a text, which end as Python takes it: with `\n`, `\r\n` or `\r`.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

fn too_large() -> String {
    format!("larger than {MAXIMUM_FILE_SIZE} bytes")
}

/// The text of a tagging file, which messages call `name`.
pub(crate) fn read(path: &Path, name: &str) -> Result<String, Diagnostics> {
    let refused = |diagnostic| {
        let mut errors = Diagnostics::new(name);
        errors.push(diagnostic);
        Err(errors)
    };
    let mut bytes = Vec::new();
    let limit = MAXIMUM_FILE_SIZE as u64 + 1;
    let read = std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    if let Err(error) = read {
        return refused(Diagnostic::whole(format!("cannot be read: {error}")));
    }
    if bytes.len() > MAXIMUM_FILE_SIZE {
        return refused(Diagnostic::whole(too_large()));
    }
    String::from_utf8(bytes).or_else(|error| {
        let at = error.utf8_error().valid_up_to();
        let (before, behind) = error.as_bytes().split_at(at);
        let before = String::from_utf8_lossy(before);
        let before = before.strip_prefix('\u{feff}').unwrap_or(&before);
        // The byte itself, so that the line it stands in is the last whatever comes before it.
        let upto = format!("{before}\u{fffd}");
        let number = lines(&upto).count();
        let line = lines(&upto).last().unwrap_or_default();
        let column = line.chars().count();
        let behind = String::from_utf8_lossy(&behind[1..]);
        let line = format!("{line}{}", lines(&behind).next().unwrap_or_default());
        let message = match error.as_bytes() {
            // The marks that editors begin such files with.
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the file is UTF-16, not UTF-8: save it as UTF-8".into(),
            bytes => format!("not UTF-8: byte {:#04x} at offset {at}", bytes[at]),
        };
        refused(Diagnostic::new(Severity::Error, number, &line, column..column + 1, message))
    })
}

struct Reader<'t> {
    text: &'t str,
    labels: Vec<Label>,
    label_lines: Vec<Line>,
    rules: Vec<Rule>,
    /// The number of each label's line.
    numbers: BTreeMap<Label, usize>,
    state: State,
    number: usize,
    errors: Diagnostics,
}

/// What the lines read so far mean for the next rule.
#[derive(Clone, Copy)]
enum State {
    NoLabel,
    /// The label that stands in the line, which has rules or not yet.
    Label {
        line: Line,
        has_rules: bool,
    },
    /// Below a line that should have been a label: its rules are checked, but belong to nothing.
    BadLabel,
}

impl<'t> Reader<'t> {
    fn new(name: &str, text: &'t str) -> Self {
        Self {
            text,
            labels: Vec::new(),
            label_lines: Vec::new(),
            rules: Vec::new(),
            numbers: BTreeMap::new(),
            state: State::NoLabel,
            number: 0,
            errors: Diagnostics::new(name),
        }
    }

    /// Takes the next line, a part of the text.
    fn line(&mut self, line: &'t str) {
        self.number += 1;
        let start = line.as_ptr().addr() - self.text.as_ptr().addr();
        let line = line.trim_end_matches(is_space);
        let text = line.trim_start_matches(is_space);
        let place = Line { number: self.number, start, end: start + line.len() };
        if text.is_empty() {
            self.end_label();
        } else if text.starts_with('#') {
        } else if text.len() == line.len() {
            self.label(text, place);
        } else {
            let indentation = line[..line.len() - text.len()].chars().count();
            self.rule(text, indentation, place);
        }
    }

    fn error(&mut self, line: Line, columns: Range<usize>, message: String) -> Diagnostic {
        Diagnostic::new(Severity::Error, line.number, &self.text[line.start..line.end], columns, message)
    }

    fn end_label(&mut self) {
        if let State::Label { line, has_rules: false } = self.state {
            let length = self.text[line.start..line.end].chars().count();
            let error = self.error(line, 1..1 + length, "a label without rules".into());
            self.errors.push(error);
        }
        self.state = State::NoLabel;
    }

    fn label(&mut self, text: &str, line: Line) {
        self.end_label();
        self.state = State::BadLabel;
        let length = text.chars().count();
        let Ok(label) = Label::new(text) else {
            let error = self.no_label(text, line);
            return self.errors.push(error);
        };
        if let Some(first) = self.numbers.get(&label) {
            let message = format!("the label `{}` is given twice, first in line {first}", label.as_str());
            let error = self.error(line, 1..1 + length, message);
            return self.errors.push(error);
        }
        self.numbers.insert(label.clone(), self.number);
        self.labels.push(label);
        self.label_lines.push(line);
        self.state = State::Label { line, has_rules: false };
    }

    /// What is wrong with a line that should be a label.
    fn no_label(&mut self, text: &str, line: Line) -> Diagnostic {
        const EXPECTED: &str = "a label (letters A to Z, digits and `_`)";
        let length = text.chars().count();
        let is_good = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if let Ok(Some(_)) = Expression::parse(text) {
            let message = "a rule that is not indented".into();
            return self.error(line, 1..1 + length, message).suggesting(format!("  {}", visible(text)));
        }
        let bad = text.chars().take_while(|c| is_good(*c)).count();
        let many = text.chars().skip(bad).take_while(|c| !is_good(*c)).count();
        let meant = text.replace(|c| !is_good(c), "_");
        let meant = meant.trim_matches('_');
        let message = format!("expected {EXPECTED}, found `{}`", visible(text));
        let error = Diagnostic {
            expected: Some(EXPECTED.into()),
            ..self.error(line, 1 + bad..1 + bad + many.max(1), message)
        };
        // What has no letter, or is a sentence, was not meant for a label.
        if meant.is_empty() || length > 60 {
            return error;
        }
        Diagnostic { message: format!("{}; did you mean `{meant}`?", error.message), ..error }
            .suggesting(format!("`{meant}`"))
    }

    fn rule(&mut self, text: &str, indentation: usize, line: Line) {
        match &mut self.state {
            State::NoLabel => {
                let message = "a rule with no label over it (a blank line ends a label)";
                let columns = 1 + indentation..1 + indentation + text.chars().count();
                let error = self.error(line, columns, message.into());
                self.errors.push(error);
            }
            State::Label { has_rules, .. } => *has_rules = true,
            State::BadLabel => {}
        }
        match Expression::parse_in_line(text, 1 + indentation) {
            Ok(Some(expression)) if matches!(self.state, State::Label { .. }) => {
                self.rules.push(Rule { label: self.labels.len() - 1, line, expression });
            }
            Ok(_) => {}
            Err(error) => {
                let source = &self.text[line.start..line.end];
                self.errors.push(Diagnostic::from_error(&error, line.number, source));
            }
        }
    }

    fn finish(mut self) -> (TaggingFile, Diagnostics) {
        self.end_label();
        if self.labels.is_empty() && self.errors.is_empty() {
            self.errors.push(Diagnostic::whole("it contains no label".into()));
        }
        let file = TaggingFile {
            name: self.errors.name().to_owned(),
            text: self.text.into(),
            labels: self.labels,
            label_lines: self.label_lines,
            rules: self.rules,
        };
        (file, self.errors)
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
        ));
    }

    #[test]
    fn control_characters_do_not_reach_a_message() {
        let message = problems("a\u{1b}[31m\n  v is \u{1b}\n");
        assert!(message.chars().all(|c| c == '\n' || !c.is_control()), "{message:?}");
    }

    #[test]
    fn an_empty_file_is_an_error() {
        assert_eq!(problems("# nothing\n\n"), "rules.txt: error: it contains no label");
    }

    #[test]
    fn a_flood_of_errors_is_counted() {
        let message = problems(&"x y\n".repeat(5_000));
        assert_eq!(message.lines().count(), 3_001);
        assert!(message.ends_with("rules.txt: 4000 more problems"));
    }
}
