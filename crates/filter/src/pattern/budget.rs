//! What backtracking patterns may cost in a task.
//!
//! The steps of one match are limited, but an event takes as many matches as there are patterns,
//! and a store may have a text of this kind in each event. So all matches of a task together have a
//! limit, too. It counts texts, not time, and each task begins with none, so that the results do
//! not depend on how tasks are divided among workers.
//!
//! The counts belong to the thread, because a task runs in one thread, and patterns are in many
//! places.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

/// How many texts of a task may take a pattern all steps, and how many all patterns together.
const THOROUGH: (u32, u32) = (32, 256);
/// After how many texts that take it many steps a pattern is not tried any more in a task, and
/// after how many of all patterns together such patterns are not.
const HARD: (u32, u32) = (256, 2_048);

thread_local! {
    static BUDGET: RefCell<Budget> = RefCell::default();
}

#[derive(Default)]
struct Budget {
    /// For each pattern that met such a text, how many of them it met.
    hard: FxHashMap<u64, u32>,
    /// How many texts were hard for any pattern.
    all_hard: u32,
    /// How many texts a pattern was not tried on, or only with few steps.
    limited: u64,
}

/// What a pattern may do with a text that takes it many steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    AllSteps,
    /// It gives up.
    Nothing,
}

/// Returns whether the pattern may be tried at all. If not, counts the text.
pub(super) fn may_try(pattern: u64) -> bool {
    BUDGET.with_borrow_mut(|budget| {
        let Some(hard) = budget.hard.get(&pattern) else { return true };
        let may = *hard < HARD.0 && budget.all_hard < HARD.1;
        budget.limited += u64::from(!may);
        may
    })
}

/// Counts a text that takes the pattern many steps. Returns what the pattern may do with it.
pub(super) fn take_hard(pattern: u64) -> Allowed {
    BUDGET.with_borrow_mut(|budget| {
        let hard = budget.hard.entry(pattern).or_default();
        *hard += 1;
        budget.all_hard += 1;
        if *hard <= THOROUGH.0 && budget.all_hard <= THOROUGH.1 {
            return Allowed::AllSteps;
        }
        budget.limited += 1;
        Allowed::Nothing
    })
}

/// Begins a new task on this thread. Returns how many texts of the last one a pattern was not tried
/// on, or only with few steps, because it had taken too many steps before.
#[must_use]
pub fn begin_task() -> u64 {
    BUDGET.take().limited
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::{Flags, GivenUp, Pattern};

    fn pattern(source: &str) -> Pattern {
        Pattern::new(source, Flags::default()).unwrap()
    }

    /// A text that takes the pattern `(a+)+$(?!b)` more steps than it has.
    fn hard_text() -> String {
        format!("{}c", "a".repeat(40))
    }

    #[test]
    fn a_pattern_that_always_takes_too_long_is_given_up_for_the_task() {
        let _ = begin_task();
        let evil = pattern("(a|a)+$(?!b)");
        for _ in 0..1_000 {
            assert_eq!(evil.is_found_in(&hard_text()), Err(GivenUp));
        }
        // Not even a text that it matches is tried, and another pattern still is.
        assert_eq!(evil.is_found_in("aa"), Err(GivenUp));
        assert_eq!(pattern("a(?=b)").is_found_in("ab"), Ok(true));
        assert_eq!(begin_task(), 1_001 - u64::from(THOROUGH.0));
        assert_eq!(evil.is_found_in("aa"), Ok(true));
        assert_eq!(begin_task(), 0);
    }

    #[test]
    fn many_patterns_share_a_limit() {
        let _ = begin_task();
        for number in 0..300 {
            let evil = pattern(&format!("(?:a|a)+$(?!b{number})"));
            for _ in 0..10 {
                assert_eq!(evil.is_found_in(&hard_text()), Err(GivenUp));
            }
        }
        let all = BUDGET.with_borrow(|budget| budget.all_hard);
        // Each further pattern may try once, because its first text could be an easy one.
        assert!((HARD.1..HARD.1 + 300).contains(&all), "{all}");
        assert!(begin_task() > 0);
    }

    #[test]
    fn texts_that_need_many_steps_are_matched_within_the_limit() {
        let _ = begin_task();
        // It needs over 10,000 steps and less than 100,000.
        let slow = pattern("(?:a|a)+$(?!b)|c(?=d)");
        let text = format!("{}xcd", "a".repeat(12));
        for _ in 0..THOROUGH.0 {
            assert_eq!(slow.is_found_in(&text), Ok(true));
        }
        assert_eq!(slow.is_found_in(&text), Err(GivenUp));
        assert_eq!(slow.is_found_in("cd"), Ok(true));
        assert_eq!(begin_task(), 1);
    }
}
