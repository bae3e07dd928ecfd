//! Tagging files: labels, and below each the rules that give it.
//!
//! Plaso takes a file as it comes and goes wrong silently; here everything that would is an error,
//! and all of them are told at once. Any white space makes a line a rule, and an empty line, or one
//! of white space only, ends a label, as in Plaso.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;

use events::{AttributeNames, Label};

use crate::ast::Expression;
use crate::characters::is_space;
use crate::compile::Compiler;
use crate::diagnostic::{Diagnostic, Severity};
use crate::diagnostics::Diagnostics;
use crate::error::visible;
use crate::rules::{Place, Rule, RuleLabel, Rules, Source, built_in};

/// How large a tagging file may be, in bytes.
pub const MAXIMUM_FILE_SIZE: usize = 64 << 20;

/// The names of the tagging files that come with the program; see [`built_in`].
pub const BUILT_IN: [&str; 3] = ["linux", "windows", "macos"];

/// Reads the rules of a tagging file; `name` is what messages call it.
///
/// # Errors
///
/// Everything that is wrong with it: invalid labels, labels without rules, labels given twice,
/// rules without a label, rules that are no expressions or cannot be compiled.
pub fn parse(name: &str, text: &str) -> Result<Rules, Diagnostics> {
    let (rules, mut errors) = parse_what_can_be(name, text);
    if errors.is_empty() {
        return Ok(rules);
    }
    // What only compiling finds is told in the same go.
    let mut names = AttributeNames::default();
    let mut compiler = Compiler::new(&mut names, false);
    if let Err(more) = rules.compile_each(|rule| compiler.compile(&rule.condition)) {
        more.iter().for_each(|error| errors.push(error.clone()));
    }
    errors.sort();
    Err(errors)
}

/// Reads the rules of the tagging file at `path`.
///
/// # Errors
///
/// If it cannot be read, is larger than [`MAXIMUM_FILE_SIZE`] or not UTF-8, and for what [`parse`]
/// refuses.
pub fn load(path: &Path) -> Result<Rules, Diagnostics> {
    let name = visible(&path.to_string_lossy());
    parse(&name, &read(path, &name)?)
}

/// Returns the rules of a tagging file that comes with the program, or `None` if none has this
/// name.
#[must_use]
pub fn built_in(name: &str) -> Option<Rules> {
    built_in::text(name).and_then(|text| parse(name, text).ok())
}

/// Returns the rules of a tagging file that can be read, and what is wrong with the rest.
pub(crate) fn parse_what_can_be(name: &str, text: &str) -> (Rules, Diagnostics) {
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
    let read = files::open_input(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
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
    rules: Rules,
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
        place: Place,
        has_rules: bool,
    },
    /// Below a line that should have been a label: its rules are checked, but belong to nothing.
    BadLabel,
}

impl<'t> Reader<'t> {
    fn new(name: &str, text: &'t str) -> Self {
        Self {
            text,
            rules: Rules { source: Source::new(name, text), labels: Vec::new(), rules: Vec::new() },
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
        let place = Place { line: self.number, start, end: start + line.len() };
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

    fn error(&self, place: Place, columns: Range<usize>, message: String) -> Diagnostic {
        self.rules.source.diagnostic(Severity::Error, place, columns, message)
    }

    fn end_label(&mut self) {
        if let State::Label { place, has_rules: false } = self.state {
            let length = self.text[place.start..place.end].chars().count();
            let error = self.error(place, 1..1 + length, "a label without rules".into());
            self.errors.push(error);
        }
        self.state = State::NoLabel;
    }

    fn label(&mut self, text: &str, place: Place) {
        self.end_label();
        self.state = State::BadLabel;
        let length = text.chars().count();
        let Ok(label) = Label::new(text) else {
            let error = self.no_label(text, place);
            return self.errors.push(error);
        };
        if let Some(first) = self.numbers.get(&label) {
            let message = format!("the label `{}` is given twice, first in line {first}", label.as_str());
            let error = self.error(place, 1..1 + length, message);
            return self.errors.push(error);
        }
        self.numbers.insert(label.clone(), self.number);
        self.rules.labels.push(RuleLabel { label, place });
        self.state = State::Label { place, has_rules: false };
    }

    /// What is wrong with a line that should be a label.
    fn no_label(&self, text: &str, place: Place) -> Diagnostic {
        const EXPECTED: &str = "a label (letters A to Z, digits and `_`)";
        let length = text.chars().count();
        let is_good = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if let Ok(Some(_)) = Expression::parse(text) {
            let message = "a rule that is not indented".into();
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
        // What has no letter, or is a sentence, was not meant for a label.
        if meant.is_empty() || length > 60 {
            return error;
        }
        Diagnostic { message: format!("{}; did you mean `{meant}`?", error.message), ..error }
            .suggesting(format!("`{meant}`"))
    }

    fn rule(&mut self, text: &str, indentation: usize, place: Place) {
        match &mut self.state {
            State::NoLabel => {
                let message = "a rule with no label over it (a blank line ends a label)";
                let columns = 1 + indentation..1 + indentation + text.chars().count();
                let error = self.error(place, columns, message.into());
                self.errors.push(error);
            }
            State::Label { has_rules, .. } => *has_rules = true,
            State::BadLabel => {}
        }
        match Expression::parse_in_line(text, 1 + indentation) {
            Ok(Some(condition)) if matches!(self.state, State::Label { .. }) => {
                let label = self.rules.labels.len() - 1;
                self.rules.rules.push(Rule { label, condition, place });
            }
            Ok(_) => {}
            Err(error) => self.errors.push(self.rules.source.error_at(place, &error)),
        }
    }

    fn finish(mut self) -> (Rules, Diagnostics) {
        self.end_label();
        if self.rules.labels.is_empty() && self.errors.is_empty() {
            self.errors.push(Diagnostic::whole("it contains no label".into()));
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
        let rules: Vec<_> = rules.rules.iter().map(|rule| (rule.label, rule.condition.to_string())).collect();
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
