//! Compiles the regular expressions of a run, and limits their number and their memory.

use crate::error::{FilterError, visible};
use crate::pattern::{BadPattern, Flags, MAXIMUM_PATTERN_SIZE, Pattern};

/// How many regular expressions a filter or a tagging file may have.
const MAXIMUM_PATTERNS: usize = 10_000;

/// How much memory the regular expressions of a filter or a tagging file may take together, in
/// bytes. Each counts with its maximum size.
const MAXIMUM_PATTERN_MEMORY: usize = 1 << 30;

/// What is expected where a regular expression is not valid.
pub(super) const EXPECTED: &str = "a regular expression";

/// The number of regular expressions compiled so far, and the memory that they may take together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Patterns {
    count: usize,
    memory: usize,
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
        match Pattern::new(source, flags) {
            Ok(pattern) => {
                self.memory = self.memory.saturating_add(pattern.size);
                self.check(column, length)?;
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
