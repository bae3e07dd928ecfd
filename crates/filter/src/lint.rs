//! Everything that is wrong or odd in a tagging file or a filter.
//!
//! Errors are what parsing and compiling refuse. A warning is said only where it is certain that a rule does not
//! do what it says it does: it never matches, matches everything, or adds nothing. What is only likely, such as
//! a misspelt attribute, is a hint.

mod known;
mod rules;
mod truth;

use std::path::Path;

use events::AttributeNames;

use crate::ast::Expression;
use crate::compile::{Compiler, Patterns};
use crate::error::visible;
use crate::rules::built_in;
use crate::rules::tagging_file::{TaggingFile, read};
use crate::{Diagnostic, Diagnostics, FilterError, Severity};

use known::Names;
pub(crate) use known::nearest;

/// What is odd about an expression.
struct Finding {
    severity: Severity,
    columns: std::ops::Range<usize>,
    message: String,
    suggestion: Option<String>,
}

impl TaggingFile {
    /// All that is wrong or odd in a tagging file, which messages call `name`. If there are errors,
    /// [`parse`](Self::parse) refuses the file for these.
    #[must_use]
    pub fn check(name: &str, text: &str) -> Diagnostics {
        let (file, mut found) = Self::parse_what_can_be(name, text);
        let mut seen = Seen::default();
        for rule in &file.rules {
            match odd_in(&rule.expression, &mut seen, Scope::Rule) {
                Ok(findings) => {
                    for finding in findings {
                        found.push(finding.diagnostic(rule.line.number, file.source(rule.line)));
                    }
                }
                Err(error) => found.push(file.error_in(rule, &error)),
            }
        }
        rules::compare(&file, &mut found);
        found.sort();
        found
    }

    /// All that is wrong or odd in the tagging file at `path`.
    #[must_use]
    pub fn check_file(path: &Path) -> Diagnostics {
        let name = visible(&path.to_string_lossy());
        read(path, &name).map_or_else(|errors| errors, |text| Self::check(&name, &text))
    }

    /// All that is odd in the tagging file that comes with the program under this name.
    #[must_use]
    pub fn check_built_in(name: &str) -> Option<Diagnostics> {
        built_in::text(name).map(|text| Self::check(name, text))
    }
}

impl Expression {
    /// All that is wrong or odd in a filter expression, which messages call `name`. If there are errors,
    /// [`parse`](Self::parse) or [`Filter::compile`](crate::Filter::compile) refuses it for these.
    #[must_use]
    pub fn check(name: &str, source: &str) -> Diagnostics {
        let findings = Self::parse(source).and_then(|expression| match expression {
            Some(expression) => odd_in(&expression, &mut Seen::default(), Scope::Filter),
            None => Ok(Vec::new()),
        });
        let mut found = Diagnostics::new(name);
        match findings {
            Ok(findings) => {
                for finding in findings {
                    found.push(finding.diagnostic(1, "").in_lines_of(source));
                }
            }
            Err(error) => found.push(Diagnostic::from_error(&error, 1, "").in_lines_of(source)),
        }
        found.sort();
        found
    }
}

/// What an expression is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Rule,
    Filter,
}

impl Scope {
    fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Filter => "filter",
        }
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
    Ok(findings)
}

impl Finding {
    fn warning(columns: std::ops::Range<usize>, message: String) -> Self {
        Self { severity: Severity::Warning, columns, message, suggestion: None }
    }

    fn diagnostic(self, line: usize, source: &str) -> Diagnostic {
        let Self { severity, columns, message, suggestion } = self;
        Diagnostic { suggestion, ..Diagnostic::new(severity, line, source, columns, message) }
    }
}
