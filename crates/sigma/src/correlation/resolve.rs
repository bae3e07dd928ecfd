//! Finds the rules that correlations refer to.

use std::collections::BTreeMap;

use super::fields::{Field, Fields};
use super::model::{Input, Source};
use super::read::{Reference, Unresolved};
use crate::problem::{Place, Problem, WhyNot};
use crate::rule::LogSource;

/// How many correlations may stand one upon the other.
const MAXIMUM_DEPTH: usize = 32;

/// How many correlations may be used. Each looks at every record of its rules, and all of them
/// together share the memory of the windows.
pub const MAXIMUM_CORRELATIONS: usize = 1 << 10;

/// The identifier and the name by which others refer to a rule.
pub(crate) type Names<'k> = [Option<&'k str>; 2];

/// Everything that correlations may refer to, and the correlations.
#[derive(Debug, Default)]
pub(crate) struct Request<'k> {
    /// Rules that can be used, with their log sources. A rule with an aggregation has no names:
    /// they are those of its correlation.
    pub(crate) rules: Vec<(Names<'k>, &'k LogSource)>,
    /// Correlations. That of an aggregation has the position of its rule.
    pub(crate) correlations: Vec<(Names<'k>, &'k Unresolved, Option<usize>)>,
    /// All others.
    pub(crate) unusable: Vec<(Names<'k>, &'k WhyNot)>,
}

/// Correlations whose references are resolved.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    /// Positions of correlations in the request, those that others refer to first, and what they
    /// refer to.
    pub(crate) used: Vec<(usize, Vec<Input>)>,
    /// The others, each with its position.
    pub(crate) refused: Vec<(usize, WhyNot)>,
    /// The fields that are needed of each rule.
    pub(crate) fields: Vec<Vec<Field>>,
}

/// Resolves the references of all correlations.
pub(crate) fn resolve(request: &Request<'_>) -> Resolved {
    let mut resolver = Resolver::new(request);
    let mut fields = Fields::new(request.rules.iter().map(|(_, source)| *source).collect());
    let mut order = Vec::new();
    // In each round, those that refer only to what was decided in earlier rounds.
    for _ in 0..MAXIMUM_DEPTH {
        let decided: Vec<_> = (0..request.correlations.len())
            .filter(|position| resolver.decided[*position].is_none())
            .filter_map(|position| Some((position, resolver.decide(position)?)))
            .collect();
        if decided.is_empty() {
            break;
        }
        for (position, sources) in decided {
            let (_, unresolved, _) = request.correlations[position];
            let added = sources.and_then(|sources| {
                if order.len() == MAXIMUM_CORRELATIONS {
                    return Err(refused(unresolved.place, one_too_many()));
                }
                let at =
                    |input: usize| unresolved.rules.get(input).map_or(unresolved.place, |rule| rule.place);
                fields.add(unresolved, sources).map_err(|(input, reason)| refused(at(input), reason))
            });
            order.extend(added.is_ok().then_some(position));
            resolver.decided[position] = Some(added);
        }
    }
    let (fields, inputs) = fields.finish();
    let refused = resolver.decided.into_iter().enumerate().filter_map(|(position, decided)| match decided {
        Some(Ok(_)) => None,
        Some(Err(why)) => Some((position, why)),
        None => Some((position, circle(request.correlations[position].1.place))),
    });
    Resolved { refused: refused.collect(), used: order.into_iter().zip(inputs).collect(), fields }
}

fn refused(place: Place, reason: String) -> WhyNot {
    WhyNot::Refused(Problem::at(place, reason))
}

fn one_too_many() -> String {
    format!("{MAXIMUM_CORRELATIONS} other correlations are used, and no more can be; leave some of them out")
}

fn circle(place: Place) -> WhyNot {
    let reason = format!(
        "the correlation refers to itself through other correlations, or more than {MAXIMUM_DEPTH} stand one upon \
         the other"
    );
    refused(place, reason)
}

#[derive(Debug, Clone, Copy)]
enum Target<'k> {
    Rule(usize),
    Correlation(usize),
    Unusable(&'k WhyNot),
}

struct Resolver<'r, 'k> {
    request: &'r Request<'k>,
    targets: BTreeMap<&'k str, Vec<Target<'k>>>,
    /// For each correlation its position among those that are used, or why it is not.
    decided: Vec<Option<Result<usize, WhyNot>>>,
}

impl<'r, 'k> Resolver<'r, 'k> {
    fn new(request: &'r Request<'k>) -> Self {
        let mut targets = BTreeMap::<_, Vec<_>>::new();
        let rules = request.rules.iter().enumerate().map(|(at, (names, _))| (names, Target::Rule(at)));
        let correlations = request.correlations.iter().enumerate();
        let correlations = correlations.map(|(at, (names, ..))| (names, Target::Correlation(at)));
        let unusable = request.unusable.iter().map(|(names, why)| (names, Target::Unusable(why)));
        for (names, target) in rules.chain(correlations).chain(unusable) {
            for name in names.iter().flatten() {
                targets.entry(*name).or_default().push(target);
            }
        }
        Self { request, targets, decided: vec![None; request.correlations.len()] }
    }

    /// Returns what a correlation refers to, or `None` if a correlation among this is not decided.
    fn decide(&self, position: usize) -> Option<Result<Vec<Source>, WhyNot>> {
        let (_, unresolved, own_rule) = &self.request.correlations[position];
        let mut sources: Vec<_> = own_rule.iter().map(|rule| Source::Rule(*rule)).collect();
        for reference in &unresolved.rules {
            match self.source(reference)? {
                Ok(source) => sources.push(source),
                Err(why) => return Some(Err(why)),
            }
        }
        Some(Ok(sources))
    }

    fn source(&self, reference: &Reference) -> Option<Result<Source, WhyNot>> {
        let Reference { text, place } = reference;
        let targets = self.targets.get(text.as_str()).map(Vec::as_slice).unwrap_or_default();
        let usable: Vec<_> = targets.iter().filter(|target| !matches!(target, Target::Unusable(_))).collect();
        let target = match (usable.as_slice(), targets.first()) {
            ([only], _) => **only,
            ([], Some(unusable)) => *unusable,
            ([], None) => {
                return Some(Err(refused(
                    *place,
                    format!("there is no rule with the id or the name `{text}`"),
                )));
            }
            _ => {
                return Some(Err(refused(
                    *place,
                    format!("several rules have the name `{text}`; refer to the id"),
                )));
            }
        };
        let unusable = |why: &WhyNot| Err(unusable(why, reference));
        Some(match target {
            Target::Rule(rule) => Ok(Source::Rule(rule)),
            Target::Unusable(why) => unusable(why),
            Target::Correlation(other) => match self.decided[other].as_ref()? {
                Ok(position) => Ok(Source::Correlation(*position)),
                Err(why) => unusable(why),
            },
        })
    }
}

/// Returns why a correlation cannot be used that refers to a rule that cannot.
fn unusable(why: &WhyNot, Reference { text, place }: &Reference) -> WhyNot {
    match why {
        WhyNot::NoSource { reason } => WhyNot::NoSource { reason: reason.clone() },
        WhyNot::LeftOut { reason } => {
            WhyNot::LeftOut { reason: format!("it refers to `{text}`, which is left out: {reason}") }
        }
        WhyNot::Refused(problem) => {
            refused(*place, format!("it refers to `{text}`, which is refused: {}", problem.reason))
        }
    }
}
