//! Refuses what has a pattern that cannot be compiled, and names the place of the pattern.

use filter::condition::{Check, Condition};
use filter::{ConditionChecker, RefusedConditions};

use crate::detection::{Detection, Test};
use crate::problem::{Place, Problem};

/// Checks patterns. The limits are for all of them together.
#[derive(Default)]
pub(crate) struct PatternCheck {
    checker: ConditionChecker,
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
        let mut has_patterns = false;
        for detection in std::iter::once(&detection).chain(filters) {
            detection.tests(&mut |test| has_patterns |= is_pattern(test));
        }
        if !has_patterns {
            return Ok(());
        }
        self.checker.check(conditions).map_err(|refused| problem(detection, place, refused))
    }
}

/// Returns why a detection with patterns is refused, with the place of the pattern that cannot be
/// used. The regular expressions are not compiled anew to find it: that would take as long for each
/// refused rule.
fn problem(detection: &Detection, place: Place, refused: RefusedConditions) -> Problem {
    let mut found = None;
    detection.tests(&mut |test| {
        if found.is_none() {
            found = match (&test.check, &refused.regex) {
                (Check::Regex(regex), Some(of_reason)) if regex == of_reason => {
                    Some((test, refused.reason.clone()))
                }
                (Check::Wildcard(..), None) => {
                    let alone = [Condition::of_event(test.check.clone())];
                    ConditionChecker::default().check(&alone).err().map(|alone| (test, alone.reason))
                }
                _ => None,
            };
        }
    });
    let Some((test, reason)) = found else { return Problem::at(place, refused.reason) };
    let problem = Problem::at(test.place, reason);
    let is_broken = matches!(&test.check, Check::Regex(regex) if regex.is_malformed());
    if is_broken { problem.into_error() } else { problem }
}

/// Returns whether a test has a pattern.
pub(crate) fn is_pattern(test: &Test) -> bool {
    matches!(test.check, Check::Regex(_) | Check::Wildcard(..))
}
