//! Helpers that compile expressions and match them against events made from literals.

use events::{AttributeNames, EventView};
use filter::{Explainer, Explanation, ExplanationLimit, Expression, Filter};

pub(crate) use testing::{Sample, stream};

/// Compiles a valid expression.
pub(crate) fn compiled(expression: &str) -> (Filter, AttributeNames) {
    let mut names = AttributeNames::default();
    let parsed = Expression::parse(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
    let filter =
        Filter::compile(&parsed.unwrap(), &mut names).unwrap_or_else(|error| panic!("{expression}: {error}"));
    (filter, names)
}

/// Returns whether the event matches the expression.
pub(crate) fn matches(expression: &str, sample: &Sample) -> bool {
    let (filter, names) = compiled(expression);
    sample.look(&names, |event| filter.matches(event))
}

/// Returns the explanations of all rules.
pub(crate) fn explained(explainer: &Explainer, event: &EventView<'_>) -> Vec<Explanation> {
    let (outcomes, mut limit) = (explainer.outcomes(event), ExplanationLimit::default());
    let rules = 0..explainer.rules().len();
    rules.map(|rule| outcomes.explain(rule, &mut limit).expect("a small event")).collect()
}
