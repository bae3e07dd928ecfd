//! Everything that is wrong or odd in rules or a filter.
//!
//! Errors are what parsing and compiling refuse. A warning is said only where it is certain that a
//! rule does not do what it says it does: it never matches, matches everything, or adds nothing.
//! What is only likely, such as a misspelt attribute, is a hint.

mod cost;
mod finding;
mod known;
mod rules;
pub(crate) mod tagging_file;
mod truth;

use events::AttributeNames;

use crate::ast::Expression;
use crate::compile::{Compiler, Patterns};
use crate::diagnostic::Diagnostic;
use crate::diagnostics::Diagnostics;
use crate::error::FilterError;
use crate::rules::Rules;
use finding::{Finding, Scope};
use known::Names;

/// Adds to `found`, the errors of reading, what is odd about the rules that could be read.
fn check_rules(rules: &Rules, mut found: Diagnostics) -> Diagnostics {
    let mut seen = Seen::default();
    for rule in &rules.rules {
        match odd_in(&rule.condition, &mut seen, Scope::Rule) {
            Ok(findings) => {
                for Finding { severity, columns, message, suggestion } in findings {
                    let diagnostic = rules.source.diagnostic(severity, rule.place, columns, message);
                    found.push(Diagnostic { suggestion, ..diagnostic });
                }
            }
            Err(error) => found.push(rules.source.error_at(rule.place, &error)),
        }
    }
    rules::compare(rules, &mut found);
    found.sort();
    found
}

impl Expression {
    /// All that is wrong or odd in a filter expression, which messages call `name`. If there are
    /// errors, [`parse`](Self::parse) or [`Filter::compile`](crate::Filter::compile) refuses it for
    /// these.
    #[must_use]
    pub fn check(name: &str, source: &str) -> Diagnostics {
        let findings = Self::parse(source).and_then(|expression| match expression {
            Some(expression) => odd_in(&expression, &mut Seen::default(), Scope::Filter),
            None => Ok(Vec::new()),
        });
        let mut found = Diagnostics::new(name);
        match findings {
            Ok(findings) => {
                for Finding { severity, columns, message, suggestion } in findings {
                    let diagnostic = Diagnostic::new(severity, 1, "", columns, message);
                    found.push(Diagnostic { suggestion, ..diagnostic }.in_lines_of(source));
                }
            }
            Err(error) => found.push(Diagnostic::from_error(&error, 1, "").in_lines_of(source)),
        }
        found.sort();
        found
    }
}

/// What the rules of a file have in common.
#[derive(Default)]
struct Seen {
    names: AttributeNames,
    known: Names,
    patterns: Patterns,
}

fn odd_in(expression: &Expression, seen: &mut Seen, scope: Scope) -> Result<Vec<Finding>, FilterError> {
    let mut compiler = Compiler::new(&mut seen.names, scope == Scope::Filter);
    // Each rule has warnings of its own, but not patterns without end.
    compiler.patterns = seen.patterns;
    let findings = truth::judge(expression, &mut compiler, scope);
    seen.patterns = compiler.patterns;
    let mut findings = findings?;
    findings.extend(seen.known.misspelt(&expression.root));
    // What is wrong with a rule comes before what it costs.
    if scope == Scope::Rule && findings.is_empty() {
        findings.extend(cost::tried_always(expression));
    }
    Ok(findings)
}
