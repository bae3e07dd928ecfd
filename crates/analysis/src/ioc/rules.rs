//! The Sigma rules that lists have: MISP events may have some beside their values.

use std::collections::BTreeMap;

use events::{AttributeNames, EventView, Note};
use filter::{Reads, RuleSet};
use indicators::matching::Finding;
use indicators::{Details, Indicators, ListId, SigmaRule};
use sigma::{Collection, RuleFile, Selection, StateEvents, UsedRule};

use crate::error::PrepareError;
use crate::sigma_rules::refused_rules;

/// Returns the Sigma rules that indicator lists have, each named by its place. Correlations are
/// left out, because the plugin does not evaluate them.
#[must_use]
pub fn sigma_rules_of_lists(indicators: &Indicators) -> Collection {
    let file = |rule: &SigmaRule| RuleFile { name: rule.place.to_string(), text: Ok(rule.text.clone()) };
    let files: Vec<_> = indicators.sigma_rules().iter().map(file).collect();
    // The plugin has no option to use events that say how things are.
    let selection = Selection { state: StateEvents::Never, ..Selection::default() };
    let mut collection = Collection::read_named(&files, &selection);
    collection.leave_out_correlations(
        "the plugin ioc evaluates no correlations; give the rules to the plugin sigma",
    );
    collection
}

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
    /// What to say of rules that were refused.
    pub(super) refused: Option<Note>,
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
        let of_names: BTreeMap<_, _> = indicators
            .sigma_rules()
            .iter()
            .map(|rule| (rule.place.to_string(), (rule.list, rule.place.line)))
            .collect();
        let mut collection = sigma_rules_of_lists(indicators);
        let summary = collection.summary();
        let refused = refused_rules("ioc", &collection);
        let set = RuleSet::compile(&collection.take_rules("Sigma rules of indicator lists"), names)?;
        let place = |rule: &UsedRule| of_names.get(&rule.metadata.file).copied().unwrap_or((ListId(0), 0));
        let places = collection.used.iter().map(place).collect();
        Ok(Some(Self { set, rules: collection.used, places, matched: Vec::new(), summary, refused }))
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
