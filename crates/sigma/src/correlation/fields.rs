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

/// The fields that are needed so far of all rules and correlations.
pub(super) struct Fields<'k> {
    /// The log source of each rule.
    sources: Vec<&'k LogSource>,
    of_rules: Vec<Vec<Field>>,
    /// Correlations whose references are resolved, those that others refer to first.
    correlations: Vec<Resolved<'k>>,
}

struct Resolved<'k> {
    unresolved: &'k Unresolved,
    sources: Vec<Source>,
    names: Vec<String>,
}

impl<'k> Fields<'k> {
    pub(super) fn new(sources: Vec<&'k LogSource>) -> Self {
        let of_rules = vec![Vec::new(); sources.len()];
        Self { sources, of_rules, correlations: Vec::new() }
    }

    /// Adds a correlation with the sources that it refers to. The error is the position of a source
    /// and why it does not have a field.
    pub(super) fn add(
        &mut self,
        unresolved: &'k Unresolved,
        sources: Vec<Source>,
    ) -> Result<usize, (usize, String)> {
        let names: Vec<_> = unresolved.group_by.iter().chain(&unresolved.fields).cloned().collect();
        for (position, source) in sources.iter().enumerate() {
            for name in &names {
                let field = unresolved.field_of(position, name);
                self.request(*source, field).map_err(|reason| (position, reason))?;
            }
        }
        self.correlations.push(Resolved { unresolved, sources, names });
        Ok(self.correlations.len() - 1)
    }

    /// Makes sure that a source passes a field on. Correlations refer to one another only so many
    /// times, so this recursion ends soon.
    fn request(&mut self, source: Source, name: &str) -> Result<(), String> {
        match source {
            Source::Rule(rule) => {
                let fields = &mut self.of_rules[rule];
                if fields.iter().any(|known| known.name == name) {
                    return Ok(());
                }
                let attributes = attributes_of(self.sources[rule], name);
                if attributes.is_empty() {
                    let source = self.sources[rule];
                    return Err(format!("Plaso has no field `{name}` for the log source {source}"));
                }
                check_count(fields.len())?;
                fields.push(Field { name: name.to_owned(), attributes });
            }
            Source::Correlation(position) => {
                let correlation = &mut self.correlations[position];
                if correlation.names.iter().any(|known| known == name) {
                    return Ok(());
                }
                check_count(correlation.names.len())?;
                correlation.names.push(name.to_owned());
                let unresolved = correlation.unresolved;
                for (position, source) in correlation.sources.clone().into_iter().enumerate() {
                    self.request(source, unresolved.field_of(position, name))?;
                }
            }
        }
        Ok(())
    }

    /// Returns the fields of each rule, and the inputs of each correlation.
    pub(super) fn finish(self) -> (Vec<Vec<Field>>, Vec<Vec<Input>>) {
        let position_of = |source: Source, name: &str| match source {
            Source::Rule(rule) => self.of_rules[rule].iter().position(|field| field.name == name),
            Source::Correlation(other) => {
                self.correlations[other].names.iter().position(|known| known == name)
            }
        };
        let input = |correlation: &Resolved<'_>, (position, source): (usize, &Source)| {
            let field = |name| correlation.unresolved.field_of(position, name);
            let values = correlation.names.iter();
            Input {
                source: *source,
                values: values.filter_map(|name| position_of(*source, field(name))).collect(),
            }
        };
        let inputs = self
            .correlations
            .iter()
            .map(|correlation| {
                correlation.sources.iter().enumerate().map(|from| input(correlation, from)).collect()
            })
            .collect();
        (self.of_rules, inputs)
    }
}

fn check_count(count: usize) -> Result<(), String> {
    if count < MOST_FIELDS {
        return Ok(());
    }
    Err(format!("correlations need more than {MOST_FIELDS} fields of it"))
}
