//! Shows the findings of `foreman check` as text and as JSON.

use filter::{Diagnostic, Diagnostics, Severity};
use serde_json::{Value, json};

/// Returns all findings, each with its place and line, and their number.
pub(super) fn text(found: &[Diagnostics]) -> String {
    let mut lines = Vec::new();
    for found in found {
        if !found.is_empty() {
            lines.push(found.to_string());
        }
        lines.push(format!("{}: {}", found.name(), totals(found)));
    }
    lines.join("\n")
}

fn totals(found: &Diagnostics) -> String {
    let count = |severity: Severity| match found.count(severity) {
        0 if severity == Severity::Error => Some("no errors".to_owned()),
        0 => None,
        1 => Some(format!("1 {}", severity.as_str())),
        number => Some(format!("{number} {}s", severity.as_str())),
    };
    let counts = [Severity::Error, Severity::Warning, Severity::Hint].into_iter().filter_map(count);
    counts.collect::<Vec<_>>().join(", ")
}

pub(super) fn json(found: &[Diagnostics]) -> Value {
    let file = |found: &Diagnostics| {
        json!({
            "name": found.name(),
            "diagnostics": found.iter().map(diagnostic).collect::<Vec<_>>(),
            "left_out": found.left_out(),
        })
    };
    json!({ "files": found.iter().map(file).collect::<Vec<_>>() })
}

fn diagnostic(found: &Diagnostic) -> Value {
    let Diagnostic { severity, position, message, expected, suggestion, excerpt: _ } = found;
    let position = position.as_ref();
    json!({
        "severity": severity.as_str(),
        "line": position.map(|position| position.line),
        "column": position.map(|position| position.columns.start),
        "end_column": position.map(|position| position.columns.end),
        "message": message,
        "expected": expected,
        "suggestion": suggestion.as_ref().map(|suggestion| suggestion.trim_matches('`')),
    })
}
