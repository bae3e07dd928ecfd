//! What patterns may cost in a task.
//!
//! The steps of one match and the length of its text are limited, but an event takes as many
//! matches as there are patterns, and a store may have a text of this kind in each event. So all
//! matches of a task together have limits, too. They count texts and bytes, not time, and each task
//! begins with none, so that the results do not depend on how tasks are divided among workers.
//!
//! The counts belong to the thread, because a task runs in one thread, and patterns are in many
//! places.

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};

/// How many texts of a task may take a pattern all steps, and how many all patterns together.
const THOROUGH: (u32, u32) = (32, 256);
/// After how many texts that take it many steps a pattern is not tried any more in a task, and
/// after how many of all patterns together such patterns are not.
const HARD: (u32, u32) = (256, 2_048);
/// From this length on, in bytes, a text is long for a pattern that needs no backtracking. No text
/// of most stores is.
pub(crate) const LONG: usize = 16 << 10;
/// How many bytes of long texts all such patterns together may read in a task. A text counts for
/// each pattern that is tried on it, and for a wildcard once more for each of its `?`, which may be
/// compared at each position. The values of an event that are looked for in a text count as one
/// text, as long as all that is searched for them.
const MOST_READ: u64 = 16 << 30;
/// How many bytes backtracking patterns may read that read the rest of a text at each position. It
/// is more, because this is more than they read, and the scripts of a thousand records, of 4 KiB
/// each, are nothing unusual.
const MOST_REREAD: u64 = 64 << 30;
/// From this length on, in bytes, a text that a backtracking pattern reads again at each position
/// counts.
const LONG_REREAD: usize = 1 << 10;
/// If such a pattern reads less than this of a text in one match, the text does not count.
const MUCH_REREAD: u64 = 1 << 20;

thread_local! {
    static BUDGET: RefCell<Budget> = RefCell::default();
}

#[derive(Default)]
struct Budget {
    /// For each pattern that met such a text, how many of them it met.
    hard: FxHashMap<u64, u32>,
    /// How many texts were hard for any pattern.
    all_hard: u32,
    /// How many bytes of long texts patterns have read.
    read: u64,
    /// Which backtracking patterns have read long texts again and again.
    rereading: FxHashSet<u64>,
    /// How many bytes these patterns have read.
    reread: u64,
    limited: Limited,
}

/// What patterns did not do in a task because of its limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limited {
    /// How many texts a backtracking pattern was not tried on, or only with few steps, because it
    /// had taken too many steps or read too much before.
    pub hard: u64,
    /// How many long texts another pattern was not tried on, or how many attributes with many
    /// values were not looked for in a text, because too much had been read before.
    pub long: u64,
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
        budget.limited.hard += u64::from(!may);
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
        budget.limited.hard += 1;
        Allowed::Nothing
    })
}

/// Returns whether a pattern that needs no backtracking may be tried on a text of this length,
/// which it may read so often. If not, counts the text.
pub(crate) fn may_read(length: usize, times: usize) -> bool {
    if length < LONG {
        return true;
    }
    BUDGET.with_borrow_mut(|budget| {
        let read = budget.read.saturating_add((length as u64).saturating_mul(times as u64));
        let may = read <= MOST_READ;
        match may {
            true => budget.read = read,
            false => budget.limited.long += 1,
        }
        may
    })
}

/// Returns whether a backtracking pattern that reads so many bytes from a position may be tried. If
/// not, counts the text. Patterns that have read no long text again in this task still may.
pub(super) fn may_reread(pattern: u64, reach: usize) -> bool {
    if reach < LONG_REREAD {
        return true;
    }
    BUDGET.with_borrow_mut(|budget| {
        let may = budget.reread <= MOST_REREAD || !budget.rereading.contains(&pattern);
        budget.limited.hard += u64::from(!may);
        may
    })
}

/// Counts what a backtracking pattern has read: so many bytes, so often.
pub(super) fn take_reread(pattern: u64, reach: usize, times: u64) {
    let read = times.saturating_mul(reach as u64);
    if reach < LONG_REREAD || read < MUCH_REREAD {
        return;
    }
    BUDGET.with_borrow_mut(|budget| {
        budget.rereading.insert(pattern);
        budget.reread = budget.reread.saturating_add(read);
    });
}

/// Begins a new task on this thread. Returns what patterns did not do in the last one.
#[must_use]
pub fn begin_task() -> Limited {
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
        assert_eq!(begin_task(), Limited { hard: 1_001 - u64::from(THOROUGH.0), long: 0 });
        assert_eq!(evil.is_found_in("aa"), Ok(true));
        assert_eq!(begin_task(), Limited::default());
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
        assert!(begin_task().hard > 0);
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
        assert_eq!(begin_task(), Limited { hard: 1, long: 0 });
    }

    #[test]
    fn long_texts_have_a_limit_for_all_patterns_of_a_task() {
        let _ = begin_task();
        let (linear, text) = (pattern("a[0-9]"), "a".repeat(LONG));
        BUDGET.with_borrow_mut(|budget| budget.read = MOST_READ - LONG as u64);
        assert_eq!(linear.is_found_in(&text), Ok(false));
        assert_eq!(linear.is_found_in(&text), Err(GivenUp));
        assert_eq!((pattern("a+").is_found_in(&text), pattern("a+").find_in(&text)), (Err(GivenUp), None));
        // Texts as most stores have them are not limited.
        assert_eq!(linear.is_found_in("a1"), Ok(true));
        assert_eq!(begin_task(), Limited { hard: 0, long: 3 });
        assert_eq!(linear.is_found_in(&text), Ok(false));
        assert_eq!(begin_task(), Limited::default());
    }

    #[test]
    fn what_lookaheads_read_again_at_each_position_has_a_limit() {
        let _ = begin_task();
        let reread = || BUDGET.with_borrow(|budget| budget.reread);
        let (evil, text) = (pattern("(?s)(?=.*evil)(?=.*tool)"), "a".repeat(9_800));
        assert_eq!(evil.is_found_in(&text), Ok(false));
        assert!((9_800 * 9_800..5 * 9_800 * 9_800).contains(&reread()), "{}", reread());
        // Neither short texts, nor patterns that read them once or near each position, count.
        let before = reread();
        assert_eq!(evil.is_found_in("a tool of evil"), Ok(true));
        for source in ["(?s)^(?!.*evil).*tool", "tool(?!s).*x", "(?<!b)c"] {
            assert_eq!(pattern(source).is_found_in(&text), Ok(false), "{source}");
        }
        assert_eq!(reread(), before);

        BUDGET.with_borrow_mut(|budget| budget.reread = MOST_REREAD + 1);
        assert_eq!((evil.is_found_in(&text), evil.find_in(&text)), (Err(GivenUp), None));
        assert_eq!(evil.is_found_in("a tool of evil"), Ok(true));
        assert_eq!(pattern("(?s)^(?!.*evil).*tool").is_found_in(&text), Ok(false));
        assert_eq!(begin_task(), Limited { hard: 2, long: 0 });
        assert_eq!(evil.is_found_in(&text), Ok(false));
        let _ = begin_task();
    }
}
