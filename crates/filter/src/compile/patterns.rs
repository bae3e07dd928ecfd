//! Compiles the regular expressions of a run, and limits their number and their memory.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use crate::condition::Regex;
use crate::error::{FilterError, visible};
use crate::pattern::{BadPattern, Flags, MAXIMUM_PATTERN_SIZE, Pattern};

/// How many regular expressions a filter or a tagging file may have.
const MAXIMUM_PATTERNS: usize = 10_000;

/// How much memory the regular expressions of a filter or a tagging file may take together, in
/// bytes. Each counts with its maximum size.
const MAXIMUM_PATTERN_MEMORY: usize = 1 << 30;

/// What is expected where a regular expression is not valid.
pub(super) const EXPECTED: &str = "a regular expression";

/// The regular expressions compiled so far, and the memory that they may take together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Patterns {
    taken: Taken,
    /// Rules often ask the same of several data types, so the same expressions come again. A copy
    /// is cheaper than to translate and check an expression anew.
    compiled: FxHashMap<(String, Flags), Pattern>,
    /// The current rule, if rules are checked one by one.
    rule: Option<RuleInCheck>,
    /// Why no new expression is compiled.
    closed: Option<String>,
}

/// What expressions take of the limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Taken {
    count: usize,
    memory: usize,
}

/// What the current rule has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct RuleInCheck {
    before: Taken,
    /// The expressions that no rule before it has.
    added: Vec<(String, Flags)>,
    /// The expression that cannot be used.
    refused: Option<(String, Flags)>,
    is_too_large: bool,
}

/// What a refused rule had taken.
pub(crate) struct Undone {
    /// The expression that cannot be used, if the rule is refused for one.
    pub(crate) refused: Option<Regex>,
    pub(crate) memory: usize,
    /// Whether one of its expressions is too large.
    pub(crate) is_too_large: bool,
}

impl Patterns {
    /// Compiles one more. It has `length` characters at `column` of its source.
    pub(super) fn compile(
        &mut self,
        source: &str,
        flags: Flags,
        column: usize,
        length: usize,
    ) -> Result<Pattern, FilterError> {
        self.taken.count += 1;
        // The check comes before compiling, so that a file with very many patterns does not take
        // for ever.
        self.check(column, length)?;
        let bad = |reason| {
            let found = format!("`{}` ({reason})", visible(source));
            FilterError::new(column, EXPECTED, found).over(length)
        };
        let key = (source.to_owned(), flags);
        let known = self.compiled.get(&key).cloned();
        let compiled = match (known, &self.closed) {
            (Some(known), _) => Ok(known),
            (None, Some(reason)) => Err(BadPattern::Other(reason.clone())),
            (None, None) => Pattern::new(source, flags),
        };
        match compiled {
            Ok(pattern) => {
                self.take(pattern.size.max(pattern.folded));
                self.check(column, length)?;
                self.add(key, &pattern);
                Ok(pattern)
            }
            Err(problem) => {
                let is_too_large = matches!(problem, BadPattern::TooLarge(_));
                if is_too_large {
                    self.take(MAXIMUM_PATTERN_SIZE);
                }
                if let Some(rule) = &mut self.rule {
                    rule.refused = Some(key);
                    rule.is_too_large = is_too_large;
                }
                let (BadPattern::TooLarge(reason) | BadPattern::Other(reason)) = problem;
                Err(bad(reason))
            }
        }
    }

    fn take(&mut self, memory: usize) {
        self.taken.memory = self.taken.memory.saturating_add(memory);
    }

    fn add(&mut self, key: (String, Flags), pattern: &Pattern) {
        if let Entry::Vacant(place) = self.compiled.entry(key) {
            if let Some(rule) = &mut self.rule {
                rule.added.push(place.key().clone());
            }
            place.insert(pattern.clone());
        }
    }

    /// Says that what is compiled from now on belongs to one rule, until the next call.
    pub(crate) fn begin_rule(&mut self) {
        self.rule = Some(RuleInCheck { before: self.taken, ..RuleInCheck::default() });
    }

    /// Removes the expressions of the current rule.
    pub(crate) fn undo_rule(&mut self) -> Undone {
        let RuleInCheck { before, added, refused, is_too_large } = self.rule.take().unwrap_or_default();
        for key in &added {
            self.compiled.remove(key);
        }
        let memory = self.taken.memory - before.memory;
        self.taken = before;
        let regex = |(pattern, flags): (String, Flags)| Regex {
            pattern,
            ignore_case: flags.ignore_case,
            multi_line: flags.multi_line,
            dot_matches_line_end: flags.dot_matches_line_end,
            posix_classes: flags.posix_classes,
        };
        Undone { memory, is_too_large, refused: refused.map(regex) }
    }

    /// Compiles no new expressions from now on, for this reason.
    pub(crate) fn close(&mut self, reason: String) {
        self.closed = Some(reason);
    }

    fn check(&self, column: usize, length: usize) -> Result<(), FilterError> {
        let expected = if self.taken.count > MAXIMUM_PATTERNS {
            format!("at most {MAXIMUM_PATTERNS} regular expressions")
        } else if self.taken.memory > MAXIMUM_PATTERN_MEMORY {
            format!(
                "regular expressions that take at most {} MiB of memory together",
                MAXIMUM_PATTERN_MEMORY >> 20
            )
        } else {
            return Ok(());
        };
        Err(FilterError::new(column, expected, "one more").over(length))
    }
}
