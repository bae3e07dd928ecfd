//! Compiles the regular expressions of a run, and limits their number and their memory.

use rustc_hash::FxHashMap;

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
    count: usize,
    memory: usize,
    /// Rules often ask the same of several data types, so the same expressions come again. A copy
    /// is cheaper than to translate and check an expression anew.
    compiled: FxHashMap<(String, Flags), Pattern>,
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
        self.count += 1;
        // The check comes before compiling, so that a file with very many patterns does not take
        // for ever.
        self.check(column, length)?;
        let bad = |reason| {
            let found = format!("`{}` ({reason})", visible(source));
            FilterError::new(column, EXPECTED, found).over(length)
        };
        let key = (source.to_owned(), flags);
        let compiled = match self.compiled.get(&key) {
            Some(known) => Ok(known.clone()),
            None => Pattern::new(source, flags),
        };
        match compiled {
            Ok(pattern) => {
                self.memory = self.memory.saturating_add(pattern.size.max(pattern.folded));
                self.check(column, length)?;
                self.compiled.entry(key).or_insert_with(|| pattern.clone());
                Ok(pattern)
            }
            Err(BadPattern::TooLarge(reason)) => {
                self.memory = self.memory.saturating_add(MAXIMUM_PATTERN_SIZE);
                Err(bad(reason))
            }
            Err(BadPattern::Other(reason)) => Err(bad(reason)),
        }
    }

    fn check(&self, column: usize, length: usize) -> Result<(), FilterError> {
        let expected = if self.count > MAXIMUM_PATTERNS {
            format!("at most {MAXIMUM_PATTERNS} regular expressions")
        } else if self.memory > MAXIMUM_PATTERN_MEMORY {
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
