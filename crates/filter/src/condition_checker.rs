//! Checks the conditions of rules one by one, before they become one rule set.

use events::AttributeNames;

use crate::compile::{Compiler, Patterns};
use crate::condition::Condition;
use crate::diagnostic::Diagnostic;

/// Checks conditions. Its limits are for all of them together, as those of a rule set are.
#[derive(Debug, Clone, Default)]
pub struct ConditionChecker {
    patterns: Patterns,
}

impl ConditionChecker {
    /// Compiles a condition, and forgets the result.
    ///
    /// # Errors
    ///
    /// Why it cannot be compiled.
    pub fn check(&mut self, condition: &Condition) -> Result<(), String> {
        let mut names = AttributeNames::default();
        let mut compiler = Compiler::new(&mut names, false);
        compiler.patterns = std::mem::take(&mut self.patterns);
        let compiled = compiler.compile(&condition.clone().into());
        self.patterns = compiler.patterns;
        compiled.map(|_| ()).map_err(|error| Diagnostic::from_error(&error, 1, "").message)
    }
}
