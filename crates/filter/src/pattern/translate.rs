//! Translates Python's regular expression syntax to the syntax of the Rust engines.
//!
//! The two are similar, and some differences would go unnoticed: `\Z`, `$` before a final newline,
//! `a++`, `[` and `&&` in a class, `{` without a repetition, the members of `\w` and `\s`. So the
//! pattern is parsed by Python's rules and written in the new syntax. Most patterns that Python
//! refuses are refused here. The engine checks the rest.

mod escape;
mod group;
mod posix;
mod translator;

use super::flags::Flags;
use translator::{Scope, Translator};

pub(super) use translator::Translation;

/// Translates a Python pattern. The error says what is wrong with the pattern. The translation does
/// not have the flags `i` and `s` at its start.
pub(super) fn translate(pattern: &str, flags: Flags) -> Result<Translation, String> {
    let mut translator = Translator::new(pattern);
    let Flags { multi_line, ignore_case, posix_classes, .. } = flags;
    *translator.scope() = Scope { multi_line, ignore_case, ..Scope::default() };
    translator.posix_classes = posix_classes;
    translator.global_flags()?;
    while let Some(c) = translator.next() {
        translator.item(c)?;
    }
    if translator.open.len() > 1 {
        return Err("a group is not closed".into());
    }
    Ok(translator.out)
}

impl Translator<'_> {
    fn item(&mut self, c: char) -> Result<(), String> {
        let repeatable = std::mem::replace(&mut self.repeatable, true);
        match c {
            '\\' => self.escape()?,
            '[' => self.class()?,
            '(' => self.group()?,
            ')' => {
                if self.open.len() == 1 {
                    return Err("a `)` without a `(`".into());
                }
                self.open.pop();
                self.push(")");
            }
            '$' => self.dollar(),
            '^' if self.scope().multi_line => self.push("(?m:^)"),
            '^' => self.push("^"),
            '|' => {
                self.push("|");
                self.repeatable = false;
            }
            '*' | '+' | '?' => self.repetition(c.encode_utf8(&mut [0; 4]), repeatable)?,
            '{' => match self.counted_repetition() {
                Some(counts) => self.repetition(&counts, repeatable)?,
                None => self.push("\\{"),
            },
            '#' if self.scope().verbose => {
                self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
                self.repeatable = repeatable;
            }
            c if self.scope().verbose && c.is_ascii_whitespace() => self.repeatable = repeatable,
            '.' => self.push("."),
            c => self.literal(c),
        }
        Ok(())
    }

    fn repetition(&mut self, counts: &str, repeatable: bool) -> Result<(), String> {
        if !repeatable {
            return Err("nothing to repeat".into());
        }
        self.push(counts);
        if self.take("?") {
            self.push("?");
        } else if self.take("+") {
            self.push("+");
            self.out.backtracking += 1;
        }
        self.repeatable = false;
        Ok(())
    }

    /// Parses the rest of a repetition after `{`. Returns `None` if it is not a repetition: then
    /// Python treats the `{` as an ordinary character.
    fn counted_repetition(&mut self) -> Option<String> {
        let (counts, rest) = self.rest.split_once('}')?;
        let (least, most) = match counts.split_once(',') {
            Some((least, most)) => (least, Some(most)),
            None => (counts, None),
        };
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(least) || !most.is_none_or(is_number) || counts.is_empty() {
            return None;
        }
        self.rest = rest;
        let least = if least.is_empty() { "0" } else { least };
        Some(match most {
            Some(most) => format!("{{{least},{most}}}"),
            None => format!("{{{least}}}"),
        })
    }

    /// Python's `$` also matches before a newline at the end of the text. If nothing can follow in
    /// the pattern, the translation matches that newline itself, so it needs no look-ahead.
    fn dollar(&mut self) {
        let last = self.rest.trim_start_matches(')').is_empty()
            || self.open.len() == 1 && self.rest.starts_with('|');
        let Scope { multi_line, look_around, .. } = *self.scope();
        if multi_line {
            self.push("(?m:$)");
        } else if last && !look_around {
            self.push(r"(?:\n?\z)");
        } else {
            self.push(r"(?=\n?\z)");
            self.out.backtracking += 1;
        }
    }
}
