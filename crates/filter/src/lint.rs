//! Checks rules and filters for errors and for signs of mistakes.
//!
//! An error is something that parsing or compiling refuses. A warning is certain: the rule never
//! matches, matches every event, or adds nothing to another rule. A likely mistake, such as a
//! misspelt attribute, is a hint.

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

/// Checks the rules that could be read. Adds the findings to `found`, the errors from reading.
/// Hints are left out unless they are asked for, because they take as long as all the rest.
fn check_rules(rules: &Rules, mut found: Diagnostics, with_hints: bool) -> Diagnostics {
    let mut seen = Seen { with_hints, ..Seen::default() };
    for rule in &rules.rules {
        match odd_in(&rules.condition(rule), &mut seen, Scope::Rule) {
            Ok(findings) => {
                for Finding { severity, columns, message, suggestion } in findings {
                    found.push_with(|| {
                        let diagnostic = rules.source.diagnostic(severity, rule.place(), columns, message);
                        Diagnostic { suggestion, ..diagnostic }
                    });
                }
            }
            Err(error) => found.push(rules.source.error_at(rule.place(), &error)),
        }
    }
    rules.doubts.iter().for_each(|doubt| found.push(doubt.clone()));
    rules::compare(rules, &mut found);
    found.sort();
    found
}

impl Expression {
    /// Checks a filter expression. `name` is its name in messages. If there are errors, they are
    /// the errors for which [`parse`](Self::parse) or [`Filter::compile`](crate::Filter::compile)
    /// refuses the expression.
    #[must_use]
    pub fn check(name: &str, source: &str) -> Diagnostics {
        let findings = Self::parse(source).and_then(|expression| match expression {
            Some(expression) => {
                odd_in(&expression, &mut Seen { with_hints: true, ..Seen::default() }, Scope::Filter)
            }
            None => Ok(Vec::new()),
        });
        let mut found = Diagnostics::new(name);
        match findings {
            Ok(findings) => {
                for Finding { severity, columns, message, suggestion } in findings {
                    found.push_with(|| {
                        let diagnostic = Diagnostic::new(severity, 1, "", columns, message);
                        Diagnostic { suggestion, ..diagnostic }.in_lines_of(source)
                    });
                }
            }
            Err(error) => found.push(Diagnostic::from_error(&error, 1, "").in_lines_of(source)),
        }
        found.sort();
        found
    }
}

/// State that the checks of all rules of a file share.
#[derive(Default)]
struct Seen {
    with_hints: bool,
    names: AttributeNames,
    known: Names,
    patterns: Patterns,
}

fn odd_in(expression: &Expression, seen: &mut Seen, scope: Scope) -> Result<Vec<Finding>, FilterError> {
    let mut compiler = Compiler::new(&mut seen.names, scope == Scope::Filter);
    // Each rule has its own warnings, but the limit on patterns is for all rules together.
    compiler.patterns = std::mem::take(&mut seen.patterns);
    let findings = truth::judge(expression, &mut compiler, scope);
    seen.patterns = compiler.patterns;
    let mut findings = findings?;
    if !seen.with_hints {
        return Ok(findings);
    }
    findings.extend(seen.known.misspelt(&expression.root));
    // A rule that has problems gets no hint about its cost.
    if scope == Scope::Rule && findings.is_empty() {
        findings.extend(cost::tried_always(expression));
    }
    Ok(findings)
}
