//! Checks the conditions of rules one by one, before they become one rule set.

use events::AttributeNames;

use crate::compile::{Compiler, Patterns};
use crate::condition::{Condition, Regex};
use crate::diagnostic::Diagnostic;

/// How many regular expressions are compiled only to be refused, because they are too large. Each
/// takes up to two tenths of a second, and a few bytes of a rule are enough for one.
const MOST_TOO_LARGE: usize = 20;

/// How much may be compiled for rules that are refused afterwards, in bytes.
const MOST_IN_VAIN: usize = 3 << 30;

/// Checks conditions. Its limits are for all of them together, as those of a rule set are. What is
/// refused does not count there, but has a limit of its own, because it takes as much time.
#[derive(Debug, Clone, Default)]
pub struct ConditionChecker {
    patterns: Patterns,
    /// How much was compiled for what was refused, in bytes.
    in_vain: usize,
    /// How many regular expressions were too large.
    too_large: usize,
}

/// Why conditions cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedConditions {
    /// The reason.
    pub reason: String,
    /// The regular expression that cannot be used. `None` if the reason is something else, such as
    /// a limit for all expressions together.
    pub regex: Option<Regex>,
}

impl ConditionChecker {
    /// Compiles the conditions of a rule, and forgets the result.
    ///
    /// # Errors
    ///
    /// Why one of them cannot be compiled. Then, none of them counts.
    pub fn check<'c>(
        &mut self,
        conditions: impl IntoIterator<Item = &'c Condition>,
    ) -> Result<(), RefusedConditions> {
        self.patterns.begin_rule();
        for condition in conditions {
            let mut names = AttributeNames::default();
            let mut compiler = Compiler::new(&mut names, false);
            compiler.patterns = std::mem::take(&mut self.patterns);
            let compiled = compiler.compile(&condition.clone().into());
            self.patterns = compiler.patterns;
            if let Err(error) = compiled {
                let reason = Diagnostic::from_error(&error, 1, "").message;
                return Err(RefusedConditions { reason, regex: self.undo_rule() });
            }
        }
        Ok(())
    }

    /// Removes the regular expressions of a refused rule. If there were too many in vain, no new
    /// ones are compiled from now on. Returns the expression that cannot be used.
    fn undo_rule(&mut self) -> Option<Regex> {
        let undone = self.patterns.undo_rule();
        self.in_vain = self.in_vain.saturating_add(undone.memory);
        self.too_large += usize::from(undone.is_too_large);
        if self.too_large >= MOST_TOO_LARGE {
            self.patterns.close(format!(
                "{MOST_TOO_LARGE} patterns before it are too large, so no further ones are compiled"
            ));
        } else if self.in_vain >= MOST_IN_VAIN {
            self.patterns.close(format!(
                "{} MiB of patterns before it were compiled for rules that are refused, so no further ones are compiled",
                MOST_IN_VAIN >> 20
            ));
        }
        undone.refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::Check;

    fn conditions(patterns: &[String]) -> Vec<Condition> {
        let regex = |pattern: &String| Regex { pattern: pattern.clone(), ..Regex::default() };
        patterns.iter().map(|pattern| Condition::of("a", Check::Regex(regex(pattern)))).collect()
    }

    fn check(checker: &mut ConditionChecker, patterns: &[String]) -> Result<(), (String, Option<String>)> {
        let refused = checker.check(&conditions(patterns));
        refused.map_err(|refused| (refused.reason, refused.regex.map(|regex| regex.pattern)))
    }

    #[test]
    fn a_refused_rule_takes_nothing_from_others() {
        // Each counts with some 40 MiB, so that 1 GiB is too little for all.
        let large = |from: usize| {
            let pattern = |number: usize| format!("{number}{}", "(?!a)".repeat(200));
            (from..from + 40).map(pattern).collect::<Vec<_>>()
        };
        let good = ["^adm.*$".to_owned()];
        let mut checker = ConditionChecker::default();
        let (reason, regex) = check(&mut checker, &large(0)).unwrap_err();
        assert!(reason.contains("1024 MiB of memory together"), "{reason}");
        assert_eq!(regex, None);
        assert_eq!(check(&mut checker, &good), Ok(()));
        // What is wrong with one expression is said of it.
        let (_, regex) = check(&mut checker, &["b+".into(), "(a".into(), "(b".into()]).unwrap_err();
        assert_eq!(regex.as_deref(), Some("(a"));
        // Too much in vain takes too long.
        check(&mut checker, &large(1_000)).unwrap_err();
        check(&mut checker, &large(2_000)).unwrap_err();
        let (reason, _) = check(&mut checker, &["c+".into()]).unwrap_err();
        assert!(reason.contains("3072 MiB of patterns before it"), "{reason}");
        assert_eq!(check(&mut checker, &good), Ok(()));
    }

    #[test]
    fn few_expressions_that_are_too_large_are_compiled() {
        let mut checker = ConditionChecker::default();
        for number in 0..25 {
            // Those that are not supported take no time.
            assert!(check(&mut checker, &[r"\p{L}".into()]).is_err());
            let large = format!("((((a{{100}}){{100}}){{100}}){{100}}){{9}}{number}");
            let (reason, regex) = check(&mut checker, &["b+".into(), large.clone()]).unwrap_err();
            assert_eq!(
                reason.contains("20 patterns before it are too large"),
                number >= 20,
                "{number} {reason}"
            );
            assert_eq!(regex, Some(if number < 20 { large } else { "b+".into() }));
        }
    }
}
