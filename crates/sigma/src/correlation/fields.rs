//! The fields that correlations need of the records of rules.

use super::model::{Input, Source};
use super::read::Unresolved;
use crate::log_source::attributes_of;
use crate::rule::LogSource;

/// The most fields that are taken from a record, or passed on by a correlation.
const MOST_FIELDS: usize = 256;

/// A field of a rule's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in Sigma.
    pub name: String,
    /// For each kind of events of the log source: the data type, and the attributes that may have
    /// the field, of which the first that the event has counts.
    pub attributes: Vec<(&'static str, Vec<String>)>,
}

/// How many requests for fields are made for correlations that are refused in the end. What one of
/// them asked for is taken back, so that each may take as long as all that are used.
const MOST_REFUSED: usize = 1 << 20;

/// The fields that are needed so far of all rules and correlations.
pub(super) struct Fields<'k> {
    /// The log source of each rule.
    sources: Vec<&'k LogSource>,
    of_rules: Vec<Vec<Field>>,
    /// Correlations whose references are resolved, those that others refer to first.
    correlations: Vec<Resolved<'k>>,
    /// How many requests were made for correlations that are refused.
    refused: usize,
}

struct Resolved<'k> {
    unresolved: &'k Unresolved,
    names: Vec<String>,
    /// For each source, the position in it of each of the names.
    inputs: Vec<Input>,
}

/// What was done for one correlation.
#[derive(Default)]
struct Attempt {
    /// The sources that got a field, in this order.
    added: Vec<Source>,
    requests: usize,
}

impl<'k> Fields<'k> {
    pub(super) fn new(sources: Vec<&'k LogSource>) -> Self {
        let of_rules = vec![Vec::new(); sources.len()];
        Self { sources, of_rules, correlations: Vec::new(), refused: 0 }
    }

    /// Adds a correlation with the sources that it refers to. The error is the position of a source
    /// and why it does not have a field. After an error, everything is as it was before.
    pub(super) fn add(
        &mut self,
        unresolved: &'k Unresolved,
        sources: Vec<Source>,
    ) -> Result<usize, (usize, String)> {
        if self.refused > MOST_REFUSED {
            let reason =
                "refused correlations before it asked for too many fields, so no further ones are used";
            return Err((0, reason.into()));
        }
        let names: Vec<_> = unresolved.group_by.iter().chain(&unresolved.fields).cloned().collect();
        let mut attempt = Attempt::default();
        let mut inputs = Vec::new();
        for (position, source) in sources.into_iter().enumerate() {
            let fields = names.iter().map(|name| unresolved.field_of(position, name));
            let values: Result<_, _> =
                fields.map(|field| self.request(source, field, &mut attempt)).collect();
            match values {
                Ok(values) => inputs.push(Input { source, values }),
                Err(reason) => {
                    self.take_back(attempt);
                    return Err((position, reason));
                }
            }
        }
        self.correlations.push(Resolved { unresolved, names, inputs });
        Ok(self.correlations.len() - 1)
    }

    /// Makes sure that a source passes a field on, and returns the position of the field in the
    /// source. Correlations refer to one another only so many times, so this recursion ends soon.
    fn request(&mut self, source: Source, name: &str, attempt: &mut Attempt) -> Result<usize, String> {
        attempt.requests += 1;
        let (known, count) = match source {
            Source::Rule(rule) => {
                let fields = &self.of_rules[rule];
                (fields.iter().position(|known| known.name == name), fields.len())
            }
            Source::Correlation(position) => {
                let names = &self.correlations[position].names;
                (names.iter().position(|known| known == name), names.len())
            }
        };
        if let Some(known) = known {
            return Ok(known);
        }
        match source {
            Source::Rule(rule) => {
                let log_source = self.sources[rule];
                let attributes = attributes_of(log_source, name);
                if attributes.is_empty() {
                    return Err(format!("Plaso has no field `{name}` for the log source {log_source}"));
                }
                check_count(count)?;
                self.of_rules[rule].push(Field { name: name.to_owned(), attributes });
                attempt.added.push(source);
            }
            Source::Correlation(position) => {
                check_count(count)?;
                let correlation = &mut self.correlations[position];
                correlation.names.push(name.to_owned());
                attempt.added.push(source);
                let unresolved = correlation.unresolved;
                for input in 0..correlation.inputs.len() {
                    let source = self.correlations[position].inputs[input].source;
                    let value = self.request(source, unresolved.field_of(input, name), attempt)?;
                    self.correlations[position].inputs[input].values.push(value);
                }
            }
        }
        Ok(count)
    }

    /// Takes back what was added for a correlation that is refused. Otherwise others would pass on
    /// fields that some of their sources do not have.
    fn take_back(&mut self, attempt: Attempt) {
        self.refused = self.refused.saturating_add(attempt.requests);
        for source in attempt.added {
            match source {
                Source::Rule(rule) => drop(self.of_rules[rule].pop()),
                Source::Correlation(position) => {
                    let Resolved { names, inputs, .. } = &mut self.correlations[position];
                    names.pop();
                    inputs.iter_mut().for_each(|input| input.values.truncate(names.len()));
                }
            }
        }
    }

    /// Returns the fields of each rule, and the inputs of each correlation.
    pub(super) fn finish(self) -> (Vec<Vec<Field>>, Vec<Vec<Input>>) {
        let inputs = self.correlations.into_iter().map(|correlation| correlation.inputs);
        (self.of_rules, inputs.collect())
    }
}

fn check_count(count: usize) -> Result<(), String> {
    if count < MOST_FIELDS {
        return Ok(());
    }
    Err(format!("correlations need more than {MOST_FIELDS} fields of it"))
}
