//! Connects correlations with the rules that they refer to, and says which rules label events.

use std::collections::BTreeMap;

use filter::condition::Condition;

use crate::choice::LeftOut;
use crate::collection::{Collection, OtherRule, Role, UsedRule};
use crate::correlation::{Field, Input, Names, Request, Resolved, Source, Unresolved, resolve};
use crate::problem::{Place, WhyNot};
use crate::rule::{LogSource, Metadata};
use crate::unknown_field::UnknownField;

/// A rule that can be used, unless what it refers to cannot.
pub(crate) struct Ready {
    /// Its position among all rules.
    pub(crate) order: usize,
    pub(crate) metadata: Metadata,
    /// Why the options leave it out. Only correlations that refer to it use it then.
    pub(crate) left_out: Option<LeftOut>,
    pub(crate) label: String,
    pub(crate) rule: Option<PreparedRule>,
    pub(crate) correlation: Option<Unresolved>,
}

/// A rule with its conditions, each with the data type of its events.
pub(crate) struct PreparedRule {
    pub(crate) source: LogSource,
    pub(crate) place: Place,
    pub(crate) unknown_fields: Vec<UnknownField>,
    pub(crate) hints: Vec<String>,
    pub(crate) conditions: Vec<(&'static str, Condition)>,
}

impl Ready {
    pub(crate) fn place(&self) -> Place {
        let of_correlation = self.correlation.as_ref().map(|correlation| correlation.place);
        of_correlation.or(self.rule.as_ref().map(|rule| rule.place)).unwrap_or(Place { line: 1, column: 1 })
    }

    fn names(&self) -> Names<'_> {
        [self.metadata.id.as_deref(), self.metadata.name.as_deref()]
    }
}

/// Moves correlations that cannot be used to `others`. Rules get labels after this, so that a
/// refused correlation takes no label and changes none.
pub(crate) fn without_refused(ready: Vec<Ready>, others: &mut Vec<(usize, OtherRule)>) -> Vec<Ready> {
    let positions = Positions::of(&ready);
    let refused = resolve(&positions.request(&ready, others)).refused;
    let mut refused: BTreeMap<_, _> =
        refused.into_iter().map(|(position, why)| (positions.correlations[position], why)).collect();
    let mut usable = Vec::new();
    for (position, rule) in ready.into_iter().enumerate() {
        match refused.remove(&position) {
            Some(why) => others.push((rule.order, OtherRule { metadata: rule.metadata, why })),
            None => usable.push(rule),
        }
    }
    usable
}

/// Makes the collection of rules that are ready and of all others.
pub(crate) fn linked(ready: Vec<Ready>, others: Vec<(usize, OtherRule)>) -> Collection {
    let positions = Positions::of(&ready);
    let Resolved { used, refused, fields } = resolve(&positions.request(&ready, &others));
    let mut links = Links::of(&ready, &positions, &used);
    for (position, why) in refused {
        links.why_not[positions.correlations[position]] = Some(why);
    }
    let new_rules = vec![0; positions.rules.len()];
    let mut linker = Linker { positions, links, new_rules, others, collection: Collection::default() };
    let correlations = linker.add_rules(ready, fields);
    linker.add_correlations(correlations, used);
    linker.finish()
}

/// The metadata, the label and the unresolved references of a correlation. `None` stands for a rule
/// that is not a correlation, and for a correlation that is not used.
type Unlinked = Option<(Metadata, String, Unresolved)>;

/// Fills the collection.
struct Linker {
    positions: Positions,
    links: Links,
    /// For each rule its position in the collection, if it is used.
    new_rules: Vec<usize>,
    others: Vec<(usize, OtherRule)>,
    collection: Collection,
}

impl Linker {
    /// Adds the rules that are used. Returns an entry for each rule that is ready, in their order.
    fn add_rules(&mut self, ready: Vec<Ready>, fields: Vec<Vec<Field>>) -> Vec<Unlinked> {
        let mut fields: Vec<_> = fields.into_iter().map(Some).collect();
        let mut correlations = Vec::new();
        for (position, ready) in ready.into_iter().enumerate() {
            let Ready { order, metadata, label, rule, correlation, .. } = ready;
            if let Some(why) = self.links.why_not[position].take() {
                self.others.push((order, OtherRule { metadata, why }));
                correlations.push(None);
                continue;
            }
            if let Some(PreparedRule { unknown_fields, hints, conditions, .. }) = rule {
                let role = match (&correlation, self.links.gives_label[position]) {
                    (Some(_), _) => Role::Part,
                    (None, true) => Role::Labels,
                    (None, false) => Role::Referenced,
                };
                let number = self.positions.rules.partition_point(|known| *known < position);
                self.new_rules[number] = self.collection.used.len();
                self.collection.used.push(UsedRule {
                    metadata: metadata.clone(),
                    label: label.clone(),
                    role,
                    unknown_fields,
                    hints,
                    data_types: conditions.iter().map(|(data_type, _)| *data_type).collect(),
                    fields: fields[number].take().unwrap_or_default(),
                    conditions: conditions.into_iter().map(|(_, condition)| condition).collect(),
                });
            }
            correlations.push(correlation.map(|correlation| (metadata, label, correlation)));
        }
        correlations
    }

    /// Adds the correlations that are used, with the positions that rules and correlations have in
    /// the collection.
    fn add_correlations(&mut self, mut correlations: Vec<Unlinked>, used: Vec<(usize, Vec<Input>)>) {
        let mut new_positions = vec![0; used.len()];
        for (number, (position, inputs)) in used.into_iter().enumerate() {
            let position = self.positions.correlations[position];
            let Some((metadata, label, unresolved)) = correlations[position].take() else { continue };
            new_positions[number] = self.collection.correlations.len();
            let source = |source| match source {
                Source::Rule(rule) => Source::Rule(self.new_rules[rule]),
                Source::Correlation(other) => Source::Correlation(new_positions[other]),
            };
            let inputs = inputs.into_iter().map(|input| Input { source: source(input.source), ..input });
            let gives_label = self.links.gives_label[position];
            let resolved = unresolved.resolved(metadata, label, gives_label, inputs.collect());
            self.collection.correlations.push(resolved);
        }
    }

    fn finish(mut self) -> Collection {
        self.others.sort_by_key(|(order, _)| *order);
        self.collection.others = self.others.into_iter().map(|(_, rule)| rule).collect();
        self.collection
    }
}

/// The positions of rules and of correlations among all that are ready.
struct Positions {
    rules: Vec<usize>,
    correlations: Vec<usize>,
}

impl Positions {
    fn of(ready: &[Ready]) -> Self {
        let positions = |is_meant: fn(&Ready) -> bool| {
            ready
                .iter()
                .enumerate()
                .filter(|(_, rule)| is_meant(rule))
                .map(|(position, _)| position)
                .collect()
        };
        Self {
            rules: positions(|rule| rule.rule.is_some()),
            correlations: positions(|rule| rule.correlation.is_some()),
        }
    }

    fn request<'k>(&self, ready: &'k [Ready], others: &'k [(usize, OtherRule)]) -> Request<'k> {
        let mut request = Request::default();
        for rule in ready {
            let names = rule.names();
            let own_rule = rule.rule.as_ref().map(|_| request.rules.len());
            if let Some(PreparedRule { source, .. }) = &rule.rule {
                let names = if rule.correlation.is_some() { Names::default() } else { names };
                request.rules.push((names, source));
            }
            if let Some(correlation) = &rule.correlation {
                request.correlations.push((names, correlation, own_rule));
            }
        }
        for (_, OtherRule { metadata, why }) in others {
            request.unusable.push(([metadata.id.as_deref(), metadata.name.as_deref()], why));
        }
        request
    }
}

/// What the references between rules mean for each rule that is ready.
struct Links {
    gives_label: Vec<bool>,
    /// Why a rule is not used after all: the options leave it out, and nothing refers to it.
    why_not: Vec<Option<WhyNot>>,
}

impl Links {
    fn of(ready: &[Ready], positions: &Positions, used: &[(usize, Vec<Input>)]) -> Self {
        // Whether one of the correlations that refer to a rule lets it give its own label.
        let mut referenced: Vec<Option<bool>> = vec![None; ready.len()];
        // Those that others refer to come first.
        for (position, inputs) in used.iter().rev() {
            let position = positions.correlations[*position];
            let Ready { left_out, correlation, .. } = &ready[position];
            if left_out.is_some() && referenced[position].is_none() {
                continue;
            }
            let generate = correlation.as_ref().is_some_and(|correlation| correlation.generate);
            for input in inputs {
                let source = match input.source {
                    Source::Rule(rule) => positions.rules[rule],
                    Source::Correlation(other) => positions.correlations[used[other].0],
                };
                if source != position {
                    referenced[source] = Some(generate || referenced[source] == Some(true));
                }
            }
        }
        let gives_label = |(rule, referenced): (&Ready, &Option<bool>)| {
            rule.left_out.is_none() && *referenced != Some(false)
        };
        let why_not = |(rule, referenced): (&Ready, &Option<bool>)| match (&rule.left_out, referenced) {
            (Some(left_out), None) => Some(WhyNot::LeftOut { reason: left_out.reason.clone() }),
            _ => None,
        };
        Self {
            gives_label: ready.iter().zip(&referenced).map(gives_label).collect(),
            why_not: ready.iter().zip(&referenced).map(why_not).collect(),
        }
    }
}
