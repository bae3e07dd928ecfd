//! Reads what a label means from the comment lines directly above it.
//!
//! A line such as `# severity: high` gives data; all other lines are the description. A blank line,
//! and a comment without a letter or digit (`#`, `# ----`), separates a comment from what follows.
//! So the header of a file or of a section does not become the description of a label.
//!
//! An indented line `# attack: T1055` directly above a rule gives the techniques of this rule.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::attack;
use crate::diagnostic::{Diagnostic, Severity};
use crate::diagnostics::Diagnostics;
use crate::error::visible;
use crate::rules::meaning::{LabelMeaning, LabelSeverity};
use crate::rules::{Place, Source};
use crate::spelling::nearest;

/// The words that begin a line with data.
const KEYS: [&str; 3] = ["severity", "attack", "reference"];
/// Words that are used elsewhere for the same.
const OTHER_WORDS: [(&str, &str); 3] = [("level", "severity"), ("mitre", "attack"), ("tags", "attack")];

/// The comment lines directly above the next line.
#[derive(Debug, Default)]
pub(crate) struct Comment {
    meaning: LabelMeaning,
    /// The lines that give data, each with its word.
    data: Vec<(&'static str, Place)>,
    /// The line that gives the severity.
    severity_line: Option<usize>,
    /// The references and techniques so far, for a fast look-up.
    named: BTreeSet<String>,
}

/// The most techniques that a label or a rule names. ATT&CK has some 700, and reports list them.
const MOST_TECHNIQUES: usize = 100;

/// A part of a line: a text and the number of characters before it.
#[derive(Clone, Copy)]
struct Part<'t> {
    text: &'t str,
    before: usize,
}

impl Comment {
    /// Reads the next comment line, which has `#` behind its indentation. Adds what is wrong with
    /// it to `doubts`.
    pub(crate) fn add(&mut self, line: &str, place: Place, source: &Source, doubts: &mut Diagnostics) {
        let (indentation, text) = line.split_at(line.find('#').unwrap_or_default());
        let text = Part { text, before: indentation.chars().count() }.behind(1);
        if !text.text.contains(char::is_alphanumeric) {
            return self.separate(source, doubts);
        }
        let mut tell = |severity, columns, message: String, suggestion: Option<String>| {
            doubts.push_with(|| {
                let diagnostic = source.diagnostic(severity, place, columns, message);
                Diagnostic { suggestion, ..diagnostic }
            });
        };
        let Some((key, value)) = text.at_colon() else { return self.describe(text.text) };
        let known = KEYS.into_iter().find(|known| known.eq_ignore_ascii_case(key.text));
        let Some(known) = known else {
            if let Some(meant) = meant_key(key.text) {
                let message =
                    format!("`{}:` is a part of the description; did you mean `{meant}:`?", key.text);
                tell(Severity::Hint, key.columns(), message, Some(format!("{meant}:")));
            }
            return self.describe(text.text);
        };
        let mut doubt = |columns, message, suggestion| tell(Severity::Warning, columns, message, suggestion);
        self.data.push((known, place));
        if value.text.is_empty() {
            return doubt(key.columns(), format!("`{known}:` has no value"), None);
        }
        match known {
            "severity" => self.severity(value, place.line, &mut doubt),
            "attack" => self.techniques(value, &mut doubt),
            _ => self.reference(value, &mut doubt),
        }
    }

    /// Ends the comment, because no label follows it directly.
    pub(crate) fn separate(&mut self, source: &Source, doubts: &mut Diagnostics) {
        for (_, place) in std::mem::take(self).data {
            let message = "this line has no effect: it must be directly above a label, or above a rule and \
                           indented";
            let columns = 1..1 + source.line(place).chars().count();
            doubts.push(source.diagnostic(Severity::Warning, place, columns, message.into()));
        }
    }

    /// Returns what the label in the next line means.
    pub(crate) fn take(&mut self) -> LabelMeaning {
        std::mem::take(self).meaning
    }

    /// Returns the techniques that the rule in the next line finds. It has nothing else of its own.
    pub(crate) fn take_techniques(&mut self, source: &Source, doubts: &mut Diagnostics) -> Vec<String> {
        let Self { meaning, data, .. } = std::mem::take(self);
        if let Some((_, first)) = data.iter().find(|(word, _)| *word != "attack")
            && (meaning.severity.is_some() || !meaning.references.is_empty())
        {
            let message = "a rule has only `attack:` of its own; severity and references belong to its label";
            let columns = 1..1 + source.line(*first).chars().count();
            doubts.push(source.diagnostic(Severity::Warning, *first, columns, message.into()));
        }
        meaning.techniques
    }

    fn describe(&mut self, text: &str) {
        let description = &mut self.meaning.description;
        if !description.is_empty() {
            description.push(' ');
        }
        description.push_str(text);
    }

    fn severity(&mut self, value: Part<'_>, line: usize, doubt: &mut Doubt<'_>) {
        if let Some(first) = self.severity_line {
            let message = format!("line {first} already gives the severity of this label");
            return doubt(value.columns(), message, None);
        }
        self.severity_line = Some(line);
        self.meaning.severity = LabelSeverity::of(value.text);
        if self.meaning.severity.is_none() {
            let words = LabelSeverity::ALL.map(LabelSeverity::as_str);
            let meant = match &*value.text.to_lowercase() {
                "info" | "information" => Some("informational"),
                other => nearest(other, 3, words),
            };
            let did_you_mean = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
            let message = format!(
                "`{}` is no severity; a severity is {}{did_you_mean}",
                visible(value.text),
                words.join(", ")
            );
            doubt(value.columns(), message, meant.map(str::to_owned));
        }
    }

    fn techniques(&mut self, value: Part<'_>, doubt: &mut Doubt<'_>) {
        for part in value.items() {
            let id = part.text.to_uppercase();
            if !attack::is_identifier(&id) {
                let tactic = attack::TACTICS.into_iter().find(|tactic| tactic.id == id);
                let why = match tactic {
                    Some(tactic) => format!("is the tactic {}, not a technique", tactic.name),
                    None => {
                        "is no technique of ATT&CK; a technique is written as `T1003` or `T1003.001`".into()
                    }
                };
                doubt(part.columns(), format!("`{}` {why}", visible(part.text)), None);
                continue;
            }
            if !self.named.insert(id.clone()) {
                doubt(part.columns(), format!("`{id}` is already named for this label"), None);
                continue;
            }
            if self.meaning.techniques.len() == MOST_TECHNIQUES {
                let message = format!(
                    "a label or a rule has at most {MOST_TECHNIQUES} techniques; further ones do not count"
                );
                return doubt(part.columns(), message, None);
            }
            if attack::known(&id).is_none() {
                let instead = attack::technique(&id).map_or_else(
                    || "so reports cannot show its tactic".into(),
                    |parent| format!("so reports show {} ({})", parent.id, parent.name),
                );
                let version = attack::ATTACK_VERSION;
                let message = format!("foreman's table of ATT&CK {version} does not have `{id}`, {instead}");
                doubt(part.columns(), message, None);
            }
            self.meaning.techniques.push(id);
        }
    }

    fn reference(&mut self, value: Part<'_>, doubt: &mut Doubt<'_>) {
        // No technique has a colon.
        if !self.named.insert(format!("reference:{}", value.text)) {
            return doubt(value.columns(), "this label already has this reference".into(), None);
        }
        self.meaning.references.push(value.text.into());
    }
}

/// Tells about a problem in these columns, with a suggestion if there is one.
type Doubt<'d> = dyn FnMut(Range<usize>, String, Option<String>) + 'd;

/// Returns the key that was meant by a word before a colon.
fn meant_key(word: &str) -> Option<&'static str> {
    let other = OTHER_WORDS.into_iter().find(|(other, _)| other.eq_ignore_ascii_case(word));
    other.map(|(_, key)| key).or_else(|| nearest(word, 5, KEYS))
}

impl<'t> Part<'t> {
    /// Returns the part without this many bytes at its start, which must be ASCII, and without
    /// spaces around it.
    fn behind(self, bytes: usize) -> Self {
        let rest = &self.text[bytes..];
        let text = rest.trim_start();
        let before = self.before + bytes + rest[..rest.len() - text.len()].chars().count();
        Self { text: text.trim_end(), before }
    }

    /// Splits `word: value`.
    fn at_colon(self) -> Option<(Self, Self)> {
        let colon = self.text.find(':')?;
        let word = self.text[..colon].trim_end();
        let is_word = !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphabetic());
        is_word.then(|| (Self { text: word, ..self }, self.behind(colon + 1)))
    }

    /// Splits a list at commas and spaces.
    fn items(self) -> impl Iterator<Item = Self> {
        let is_between = |c: char| c == ',' || c.is_whitespace();
        let mut next = self.before;
        let parts = self.text.split(is_between).map(move |item| {
            let before = next;
            next += item.chars().count() + 1;
            Self { text: item, before }
        });
        parts.filter(|item| !item.text.is_empty())
    }

    fn columns(self) -> Range<usize> {
        self.before + 1..self.before + 1 + self.text.chars().count().max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_know_their_columns() {
        let items: Vec<_> =
            Part { text: "é, b ,,c", before: 3 }.items().map(|item| (item.text, item.before)).collect();
        assert_eq!(items, [("é", 3), ("b", 6), ("c", 10)]);
    }
}
