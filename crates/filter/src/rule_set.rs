//! The rules of a tagging file, compiled to be tried on every event.
//!
//! Trying a hundred thousand rules one after the other on each of ten million events would take days. So rules
//! that ask for a data type are tried on events of that type only, rules that compare one attribute with a text
//! are matched together ([`literals`](crate::matcher::literals)), values are decoded once an event, and no rule is tried
//! for a label that the event already has. [`Filter`](crate::Filter) tells what a rule means; a property test
//! holds this to it.

use std::borrow::Cow;
use std::cell::RefCell;

use events::{AttributeId, AttributeNames, EventData, EventView, Label, Note, Value};

use crate::compile::{Compiler, Node};
use crate::matcher::condition::Workspace;
use crate::matcher::context::Occurrence;
use crate::matcher::dispatch::{Bucket, Buckets, Dispatch};
use crate::rules::tagging_file::TaggingFile;
use crate::{Diagnostics, Reads};

/// A compiled tagging file.
#[derive(Debug, Clone)]
pub struct RuleSet {
    labels: Vec<Label>,
    matcher: Matcher,
    reads: Reads,
    warnings: Vec<String>,
}

impl RuleSet {
    /// Compiles the rules; `names` learns the attributes of event data that they read.
    ///
    /// # Errors
    ///
    /// All rules that [`Filter::compile`](crate::Filter::compile) would refuse.
    pub fn compile(file: &TaggingFile, names: &mut AttributeNames) -> Result<Self, Diagnostics> {
        let mut compiler = Compiler::new(names, false);
        let mut errors = file.no_problems();
        let mut dispatch = Dispatch::default();
        for rule in &file.rules {
            match compiler.compile(&rule.expression) {
                Ok(node) => dispatch.add(node, rule.label),
                Err(error) => errors.push(file.error_in(rule, &error)),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            labels: file.labels.clone(),
            matcher: Matcher::new(dispatch, file.labels.len()),
            warnings: compiler.messages(),
            reads: compiler.reads,
        })
    }

    /// The labels in the order of the file.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// Replaces what is in `matched` by the indices of the labels that the event gets, ascending.
    pub fn matches(&self, event: &EventView<'_>, matched: &mut Vec<usize>) {
        self.matcher.find(event, matched);
    }

    /// What the rules need to know of an event.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// What is odd about the rules, each once.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    /// What was met while matching since the last call.
    #[must_use]
    pub fn take_notes(&self) -> Vec<Note> {
        self.matcher.take_notes()
    }
}

/// Rules, each of which leads to a label: a number.
#[derive(Debug, Clone)]
pub(crate) struct Matcher {
    /// The rules that are tried one by one, with their labels.
    rules: Vec<(Node, u32)>,
    of_any_data_type: Bucket,
    by_data_type: Buckets,
    workspace: Workspace,
    /// For each label whether the event at hand has it; all false between events.
    has: RefCell<Vec<bool>>,
}

impl Matcher {
    /// A matcher for rules with labels below this number.
    pub(crate) fn new(rules: Dispatch, labels: usize) -> Self {
        let (rules, of_any_data_type, by_data_type) = rules.finish();
        let has = RefCell::new(vec![false; labels]);
        Self { rules, of_any_data_type, by_data_type, workspace: Workspace::default(), has }
    }

    /// Replaces what is in `matched` by the labels that the event gets, ascending.
    pub(crate) fn find(&self, event: &EventView<'_>, matched: &mut Vec<usize>) {
        matched.clear();
        let mut has = self.has.borrow_mut();
        let mut found = Found { has: &mut has, labels: matched };
        let occurrence = Occurrence::new(event, &self.workspace);
        self.of_any_data_type.find(&self.rules, &occurrence, &mut found);
        if let Some(data) = event.data
            && let Some(bucket) = self.by_data_type.get(&*data_type(data))
        {
            bucket.find(&self.rules, &occurrence, &mut found);
        }
        for label in matched.iter() {
            has[*label] = false;
        }
        matched.sort_unstable();
    }

    /// What was met while matching since the last call.
    pub(crate) fn take_notes(&self) -> Vec<Note> {
        self.workspace.notes.take()
    }

    /// Adds what another has met.
    pub(crate) fn merge_notes(&self, other: &Self) {
        self.workspace.notes.merge(&other.workspace.notes);
    }
}

/// The data type as a text; it is decoded only if somebody other than Plaso wrote it with escapes.
pub(crate) fn data_type<'a>(data: &EventData<'a>) -> Cow<'a, str> {
    let written = data.data_type();
    match std::str::from_utf8(written) {
        Ok(text) if !text.contains('\\') => Cow::Borrowed(text),
        _ => match data.get(AttributeId::DATA_TYPE) {
            Some(Value::String(text)) => text,
            _ => Cow::Borrowed(""),
        },
    }
}

/// The labels found for an event.
pub(crate) struct Found<'f> {
    has: &'f mut [bool],
    labels: &'f mut Vec<usize>,
}

impl Found<'_> {
    pub(crate) fn has(&self, label: u32) -> bool {
        self.has[label as usize]
    }

    /// Adds a label; whether it is new.
    pub(crate) fn add(&mut self, label: u32) -> bool {
        let label = label as usize;
        let is_new = !std::mem::replace(&mut self.has[label], true);
        if is_new {
            self.labels.push(label);
        }
        is_new
    }

    pub(crate) fn extend<'l>(&mut self, labels: Option<impl IntoIterator<Item = &'l u32>>) {
        for label in labels.into_iter().flatten() {
            self.add(*label);
        }
    }
}
