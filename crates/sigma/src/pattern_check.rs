//! Refuses what has a pattern that cannot be compiled, and names the place of the pattern.

use filter::ConditionChecker;
use filter::condition::{Check, Condition};

use crate::detection::{Detection, Test};
use crate::problem::{Place, Problem};

/// How many patterns are compiled only to be refused, because they are too large. Each takes up to
/// two tenths of a second, and a few bytes of a rule are enough for one.
const MOST_REFUSED: usize = 20;

/// Checks patterns. The limits are for all of them together.
#[derive(Default)]
pub(crate) struct PatternCheck {
    checker: ConditionChecker,
    /// Whether all patterns together have reached a limit.
    is_full: bool,
    /// How many patterns were compiled only to be refused.
    refused: usize,
}

impl PatternCheck {
    /// Refuses a detection with a pattern that cannot be compiled, or that is one too many for all
    /// together. Only patterns can fail. `conditions` are those of the detection and of its
    /// filters, which were checked before, and `place` is that of the rule.
    pub(crate) fn check<'c>(
        &mut self,
        detection: &Detection,
        filters: &[&Detection],
        place: Place,
        conditions: impl IntoIterator<Item = &'c Condition>,
    ) -> Result<(), Problem> {
        let mut has_regex = false;
        detection.tests(&mut |test| has_regex |= matches!(test.check, Check::Regex(_)));
        let mut has_patterns = false;
        for detection in std::iter::once(&detection).chain(filters) {
            detection.tests(&mut |test| has_patterns |= is_pattern(test));
        }
        if !has_patterns {
            return Ok(());
        }
        if has_regex && self.refused >= MOST_REFUSED {
            let reason =
                format!("{MOST_REFUSED} patterns before it are too large, so no further ones are compiled");
            return Err(Problem::at(place, reason));
        }
        for condition in conditions {
            self.checker.check(condition).map_err(|reason| self.problem(detection, place, reason))?;
        }
        Ok(())
    }

    /// Returns why a detection with patterns is refused, with the place of the pattern that fails
    /// alone.
    fn problem(&mut self, detection: &Detection, place: Place, reason: String) -> Problem {
        // To look for the pattern takes time, and now there may be none.
        if !self.is_full {
            let mut found = None;
            detection.tests(&mut |test| {
                if found.is_none() && is_pattern(test) {
                    let alone = ConditionChecker::default().check(&Condition::of_event(test.check.clone()));
                    found = alone.err().map(|reason| (test, reason));
                }
            });
            if let Some((test, reason)) = found {
                let problem = Problem::at(test.place, reason);
                let is_broken = matches!(&test.check, Check::Regex(regex) if regex.is_malformed());
                self.refused += usize::from(!is_broken);
                return if is_broken { problem.into_error() } else { problem };
            }
            self.is_full = true;
        }
        Problem::at(place, reason)
    }
}

/// Returns whether a test has a pattern.
pub(crate) fn is_pattern(test: &Test) -> bool {
    matches!(test.check, Check::Regex(_) | Check::Wildcard(..))
}
