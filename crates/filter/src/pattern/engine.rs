//! The engines that try patterns.

use std::hash::{Hash as _, Hasher as _};
use std::ops::Range;
use std::sync::OnceLock;

use rustc_hash::FxHasher;

use super::budget::{self, Allowed};
use super::counted::Counted;
use super::problem::{BadPattern, GivenUp};
use super::reach::Reach;

/// How many steps a backtracking pattern may take on one text.
const MAXIMUM_STEPS: usize = 100_000;

/// If a backtracking pattern takes more steps than this, the text is hard for it. A task may have
/// few such texts (see [`budget`]).
const FEW_STEPS: usize = 10_000;

/// The maximum number of instructions of a backtracking pattern. Parts that match in linear time do
/// not count.
const MAXIMUM_INSTRUCTIONS: usize = 100_000;

/// What tries a pattern.
#[derive(Debug, Clone)]
pub(super) enum Engine {
    Linear(regex::Regex),
    /// It is known to compile. To compile it takes longer than all else about a rule, and no store
    /// has events for all rules, so it is compiled when it is first tried.
    Deferred {
        source: Box<str>,
        size: usize,
        compiled: OnceLock<Option<regex::Regex>>,
    },
    Backtracking(Box<Backtracking>),
}

/// A pattern that needs backtracking.
#[derive(Debug, Clone)]
pub(super) struct Backtracking {
    source: Box<str>,
    /// The size of its parts that need none.
    size: usize,
    /// It takes few steps.
    quick: fancy_regex::Regex,
    /// It takes all steps. Few patterns ever need it.
    thorough: OnceLock<Option<fancy_regex::Regex>>,
    /// The same for patterns with the same source.
    number: u64,
    reach: Reach,
}

impl Engine {
    /// Compiles a pattern that needs no backtracking, and takes at most `size` bytes.
    pub(super) fn linear(source: &str, size: usize) -> Result<Self, BadPattern> {
        regex::RegexBuilder::new(source).size_limit(size).build().map(Self::Linear).map_err(|error| {
            match error {
                regex::Error::CompiledTooBig(_) => BadPattern::TooLarge(error.to_string()),
                _ => BadPattern::Other(error.to_string()),
            }
        })
    }

    /// Prepares a pattern that needs no backtracking, and is known to take at most `size` bytes.
    pub(super) fn deferred(source: &str, size: usize) -> Self {
        Self::Deferred { source: source.into(), size, compiled: OnceLock::new() }
    }

    /// Compiles a pattern of which some parts need backtracking. The others take at most `size`
    /// bytes each.
    pub(super) fn backtracking(source: &str, size: usize) -> Result<Self, BadPattern> {
        use fancy_regex::{CompileError, Error};
        let quick = compile(source, size, FEW_STEPS).map_err(|error| match &error {
            Error::CompileError(inner) => match &**inner {
                CompileError::InnerError(part) if part.size_limit().is_none() => {
                    BadPattern::Other(error.to_string())
                }
                CompileError::InnerError(_)
                | CompileError::DfaBuildError(..)
                | CompileError::PatternTooComplex => BadPattern::TooLarge(error.to_string()),
                _ => BadPattern::Other(error.to_string()),
            },
            _ => BadPattern::Other(error.to_string()),
        })?;
        let mut hasher = FxHasher::default();
        source.hash(&mut hasher);
        let (number, reach) = (hasher.finish(), Reach::of(source));
        let (source, thorough) = (source.into(), OnceLock::new());
        let pattern = Backtracking { source, size, quick, thorough, number, reach };
        Ok(Self::Backtracking(Box::new(pattern)))
    }

    pub(super) fn is_match(&self, text: &str) -> Result<bool, GivenUp> {
        match self {
            Self::Backtracking(pattern) => pattern.run(text, |regex, text| regex.is_match(text)),
            _ if !budget::may_read(text.len(), 1) => Err(GivenUp),
            Self::Linear(pattern) => Ok(pattern.is_match(text)),
            Self::Deferred { .. } => Ok(self.compiled().ok_or(GivenUp)?.is_match(text)),
        }
    }

    pub(super) fn find(&self, text: &str) -> Option<Range<usize>> {
        match self {
            Self::Backtracking(pattern) => pattern.run(text, |regex, text| regex.find(text)).ok()?,
            _ if !budget::may_read(text.len(), 1) => None,
            Self::Linear(pattern) => pattern.find(text).map(|found| found.range()),
            Self::Deferred { .. } => self.compiled()?.find(text).map(|found| found.range()),
        }
    }

    /// Returns a deferred pattern, which is compiled now if it was not.
    fn compiled(&self) -> Option<&regex::Regex> {
        let Self::Deferred { source, size, compiled } = self else { return None };
        let compile = || match Self::linear(source, *size) {
            Ok(Self::Linear(pattern)) => Some(pattern),
            _ => None,
        };
        compiled.get_or_init(compile).as_ref()
    }
}

impl Backtracking {
    /// Matches with few steps, and then with all steps if the task has some left. Counts what the
    /// pattern reads of the text.
    fn run<R>(
        &self,
        text: &str,
        matches: impl Fn(&fancy_regex::Regex, &Counted<'_>) -> Result<R, fancy_regex::Error>,
    ) -> Result<R, GivenUp> {
        let reach = self.reach.of_text(text);
        if !budget::may_try(self.number) || !budget::may_reread(self.number, reach) {
            return Err(GivenUp);
        }
        let text = Counted::new(text);
        let found = matches(&self.quick, &text).or_else(|_| match budget::take_hard(self.number) {
            Allowed::AllSteps => matches(self.thorough().ok_or(GivenUp)?, &text).map_err(|_| GivenUp),
            Allowed::Nothing => Err(GivenUp),
        });
        budget::take_reread(self.number, reach, text.times());
        found
    }

    fn thorough(&self) -> Option<&fancy_regex::Regex> {
        let compiled = || compile(&self.source, self.size, MAXIMUM_STEPS).ok();
        self.thorough.get_or_init(compiled).as_ref()
    }
}

/// Compiles a pattern that may take this many steps on a text.
fn compile(source: &str, size: usize, steps: usize) -> Result<fancy_regex::Regex, fancy_regex::Error> {
    fancy_regex::RegexBuilder::new(source)
        .backtrack_limit(steps)
        .max_prog_size(MAXIMUM_INSTRUCTIONS)
        .delegate_size_limit(size)
        .delegate_dfa_size_limit(size)
        .build()
}
