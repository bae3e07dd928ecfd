//! Regular expressions with the meaning of Python's `re.search(pattern, text, re.DOTALL)`.
//!
//! The time of the `regex` crate is linear in the length of the text, so it compiles every pattern
//! that it can express. Patterns with look-around, back-references and the like need a backtracking
//! engine, whose steps are limited.

mod budget;
mod counted;
mod engine;
mod flags;
mod problem;
mod reach;
mod required;
mod size;
#[cfg(test)]
mod tests;
mod translate;

use std::ops::Range;

use regex_syntax::hir::Hir;

use crate::error::visible;
pub(crate) use budget::{LONG, may_read};
pub use budget::{Limited, begin_task};
use engine::Engine;
pub(crate) use flags::Flags;
pub(crate) use problem::{BadPattern, GivenUp};
pub(crate) use required::OTHERS;

/// The longest text that a backtracking pattern is tried on, in bytes. One step may read the whole
/// rest of the text, and even a pattern that never backtracks may do so at each position. The two
/// limits together keep a match below a few seconds.
const LONGEST_TEXT: usize = 1 << 14;

/// Limits for patterns that need no backtracking: the maximum size of the compiled pattern and the
/// longest text that it is tried on, both in bytes. The time grows with the length of the text
/// times the size of the pattern, so a larger pattern gets shorter texts. A pattern gets the first
/// of these limits that it fits into.
const SIZES: [(usize, usize); 3] = [(64 << 10, 1 << 20), (1 << 20, 1 << 16), (MAXIMUM_PATTERN_SIZE, 1 << 14)];

/// The maximum size of a part of a compiled pattern, in bytes.
pub(crate) const MAXIMUM_PATTERN_SIZE: usize = 10 << 20;

/// How many characters the classes of a pattern that ignores case may have. Each takes about 12 ns
/// whenever the pattern is read, and hardly any memory.
const MOST_FOLDED_CHARACTERS: usize = 64 << 20;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    engine: Engine,
    /// See [`Pattern::required`].
    required: Vec<Vec<String>>,
    is_found_everywhere: bool,
    longest_text: usize,
    /// The maximum size of the compiled pattern, in bytes.
    pub(crate) size: usize,
    /// How many characters its classes have, if it ignores case. They take time whenever the
    /// pattern is read, so they count as bytes do.
    pub(crate) folded: usize,
}

impl Pattern {
    /// Compiles a Python pattern.
    pub(crate) fn new(pattern: &str, flags: Flags) -> Result<Self, BadPattern> {
        let translation = translate::translate(pattern, flags).map_err(BadPattern::Other)?;
        let dot = if flags.dot_matches_line_end { "(?s)" } else { "" };
        let case = if flags.ignore_case { "(?i)" } else { "" };
        let source = format!("{dot}{case}{}", translation.pattern);
        let ignores_case = flags.ignore_case || pattern.contains("(?") && pattern.contains('i');
        let folded = if ignores_case { translation.class_characters } else { 0 };
        if folded > MOST_FOLDED_CHARACTERS {
            let reason = format!("its classes have {folded} characters, too many to ignore their case");
            return Err(BadPattern::TooLarge(reason));
        }
        let pattern = match translation.backtracking {
            0 => Self::without_backtracking(&source)?,
            constructs => Self::backtracking(&source, constructs)?,
        };
        Ok(Self { folded, ..pattern })
    }

    /// Compiles a pattern that needs no backtracking.
    fn without_backtracking(source: &str) -> Result<Self, BadPattern> {
        let hir = regex_syntax::Parser::new().parse(source).ok();
        let required = hir.as_ref().map(required::required).unwrap_or_default();
        let is_found_everywhere = hir.as_ref().is_some_and(|hir| matches_empty_text(source, hir));
        let (size, longest_text) = SIZES[0];
        if hir.is_some_and(|hir| size::is_at_most(size, &hir)) {
            let engine = Engine::deferred(source, size);
            return Ok(Self { engine, required, is_found_everywhere, longest_text, size, folded: 0 });
        }
        let (engine, (size, longest_text)) = first_size(|size| Engine::linear(source, size))?;
        Ok(Self { engine, required, is_found_everywhere, longest_text, size, folded: 0 })
    }

    /// Compiles a pattern with so many constructs that need backtracking.
    fn backtracking(source: &str, constructs: usize) -> Result<Self, BadPattern> {
        let (engine, (size, _)) = first_size(|size| Engine::backtracking(source, size))?;
        // Each construct splits the pattern into parts, and each part may have this size.
        let size = size.saturating_mul(3 * constructs + 1);
        Ok(Self {
            engine,
            required: Vec::new(),
            is_found_everywhere: false,
            longest_text: LONGEST_TEXT,
            size,
            folded: 0,
        })
    }

    /// Returns whether the pattern is known to match in every text: it matches the empty text and
    /// has no anchors.
    pub(crate) fn is_found_everywhere(&self) -> bool {
        self.is_found_everywhere
    }

    /// Returns how many bytes of texts are searched for instead of the pattern, at most. Only
    /// `longest` bytes of each are.
    pub(crate) fn searched(&self, longest: usize) -> usize {
        let of_list = |texts: &Vec<String>| texts.iter().map(|text| text.len().min(longest)).sum();
        self.required.iter().map(of_list).max().unwrap_or_default()
    }

    /// Returns texts in lower case. The pattern can match an input only if the input, in lower
    /// case, contains one of them. See [`required::required`].
    pub(crate) fn required(&self) -> Option<&[String]> {
        self.required.first().map(Vec::as_slice)
    }

    /// Returns all lists of such texts that are known, those with the longest texts first.
    pub(crate) fn all_required(&self) -> &[Vec<String>] {
        &self.required
    }

    /// The length of all texts of one event together that the pattern may be tried on, in bytes.
    pub(crate) fn longest_text(&self) -> usize {
        self.longest_text
    }

    /// Returns whether the pattern matches anywhere in `text`.
    pub(crate) fn is_found_in(&self, text: &str) -> Result<bool, GivenUp> {
        if text.len() > self.longest_text {
            return Err(GivenUp);
        }
        self.engine.is_match(text)
    }

    /// Returns where the pattern first matches in `text`. Returns `None` if it does not, or the
    /// pattern would take too long.
    pub(crate) fn find_in(&self, text: &str) -> Option<Range<usize>> {
        if text.len() > self.longest_text {
            return None;
        }
        self.engine.find(text)
    }
}

/// Returns whether a pattern matches the empty text and has no anchors.
fn matches_empty_text(source: &str, hir: &Hir) -> bool {
    // The flags before each pattern contain none of these characters.
    !source.contains(['^', '$', '\\']) && hir.properties().minimum_len() == Some(0)
}

/// Compiles with the first of the sizes into which the pattern fits. Returns the limits, too.
fn first_size(
    compile: impl Fn(usize) -> Result<Engine, BadPattern>,
) -> Result<(Engine, (usize, usize)), BadPattern> {
    let mut refused = None;
    for limits in SIZES {
        match compile(limits.0) {
            Ok(engine) => return Ok((engine, limits)),
            Err(BadPattern::TooLarge(error)) => refused = Some(error),
            Err(BadPattern::Other(error)) => return Err(BadPattern::Other(reason(&error))),
        }
    }
    Err(BadPattern::TooLarge(reason(&refused.unwrap_or_default())))
}

/// Returns the last line of the engine's message, which gives the reason.
fn reason(message: &str) -> String {
    let line = message.lines().last().unwrap_or_default();
    visible(line.strip_prefix("error: ").unwrap_or(line).trim_end_matches('.'))
}
