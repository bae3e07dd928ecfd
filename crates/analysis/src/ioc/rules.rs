//! The Sigma rules that lists have: MISP events may have some beside their values.

use std::collections::BTreeMap;

use events::{AttributeNames, EventView, Note};
use filter::{Reads, RuleSet};
use indicators::matching::Finding;
use indicators::{Details, Indicators, ListId};
use sigma::{Collection, RuleFile, Selection, UsedRule};

use crate::error::PrepareError;

/// The Sigma rules of all lists.
pub(super) struct ListRules {
    set: RuleSet,
    /// The rules, in the order of the set's labels.
    rules: Vec<UsedRule>,
    /// The list of each rule, and its line.
    places: Vec<(ListId, u32)>,
    matched: Vec<usize>,
    /// The numbers of rules that are used and that are not, in words.
    pub(super) summary: String,
}

impl ListRules {
    /// Compiles the rules of lists. Returns `None` if they have none. A rule that cannot be used is
    /// counted.
    pub(super) fn new(
        indicators: &Indicators,
        names: &mut AttributeNames,
    ) -> Result<Option<Self>, PrepareError> {
        if indicators.sigma_rules().is_empty() {
            return Ok(None);
        }
        let mut of_names = BTreeMap::new();
        let files: Vec<_> = indicators
            .sigma_rules()
            .iter()
            .map(|rule| {
                let name = rule.place.to_string();
                of_names.insert(name.clone(), (rule.list, rule.place.line));
                RuleFile { name, text: Ok(rule.text.clone()) }
            })
            .collect();
        let mut collection = Collection::read(&files, &Selection::default());
        let summary = collection.summary();
        let set = RuleSet::compile(&collection.take_rules("Sigma rules of indicator lists"), names)?;
        let place = |rule: &UsedRule| of_names.get(&rule.metadata.file).copied().unwrap_or((ListId(0), 0));
        let places = collection.used.iter().map(place).collect();
        Ok(Some(Self { set, rules: collection.used, places, matched: Vec::new(), summary }))
    }

    pub(super) fn reads(&self) -> &Reads {
        self.set.reads()
    }

    /// Returns the positions of the rules that match an event.
    pub(super) fn find(&mut self, event: &EventView<'_>) -> &[usize] {
        self.set.matches(event, &mut self.matched);
        &self.matched
    }

    /// Returns what a rule says, or `None` if there is no such rule.
    pub(super) fn finding(&self, position: usize) -> Option<Finding<'_>> {
        let (rule, (list, line)) = (self.rules.get(position)?, self.places.get(position)?);
        Some(Finding {
            list: *list,
            line: *line,
            kind: None,
            indicator: None,
            value: rule.metadata.title.clone(),
            details: Details { comment: &rule.metadata.description, ..Details::default() },
        })
    }

    /// Returns the list of a rule.
    pub(super) fn list(&self, position: usize) -> ListId {
        self.places[position].0
    }

    pub(super) fn take_notes(&mut self) -> Vec<Note> {
        self.set.take_notes()
    }
}
