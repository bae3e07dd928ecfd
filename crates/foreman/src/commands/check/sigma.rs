//! An account of Sigma rules: which are used, and why the others are not.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use events::Shown as _;
use filter::Rules;
use indicators::Indicators;
use serde_json::{Value, json};
use sigma::{Collection, Selection, StateEvents, UsedFilter, WhyNot};

use crate::exit::Failure;

/// The Sigma rules of one file or folder, or those of indicator lists.
pub(super) struct SigmaRules {
    /// The name of the file or folder in messages.
    pub(super) name: String,
    collection: Collection,
    /// The files of folders that are no rules by their names.
    not_read: Vec<String>,
}

impl SigmaRules {
    /// Reads rules. `with_state` says whether they may be about how things are.
    pub(super) fn load(path: &Path, with_state: bool) -> Result<Self, Failure> {
        let files = sigma::read(path).map_err(Failure::usage)?;
        let name = path.shown().into_owned();
        let selection = Selection { state: StateEvents::of_option(with_state), ..Selection::default() };
        let not_read = sigma::not_read(path).map_err(Failure::usage)?;
        Ok(Self { name, collection: Collection::read(&files, &selection), not_read })
    }

    /// Returns the rules that indicator lists have.
    pub(super) fn of_lists(indicators: &Indicators) -> Self {
        Self {
            name: "Sigma rules of lists".into(),
            collection: analysis::sigma_rules_of_lists(indicators),
            not_read: Vec::new(),
        }
    }

    /// Takes out the rules that can be used, for matching.
    pub(super) fn take_rules(&mut self) -> Rules {
        self.collection.take_rules(&self.name)
    }

    /// Returns whether a file is broken or does not follow Sigma's specification. A rule that only
    /// needs something that is not supported is no error.
    pub(super) fn has_errors(&self) -> bool {
        self.collection.has_errors()
    }

    /// Returns a line for each rule that is refused, for each field that no event has, for each
    /// filter without effect and for each log source without events, and the numbers of rules.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let mut sources = BTreeMap::<_, usize>::new();
        let mut left_out = BTreeMap::<_, usize>::new();
        for rule in &self.collection.others {
            match &rule.why {
                WhyNot::Refused(problem) => {
                    // It quotes what whoever wrote the rule chose.
                    let problem = problem.to_string();
                    let file = rule.metadata.file.shown();
                    let _ = writeln!(text, "{file}: refused: {}", problem.shown());
                }
                WhyNot::NoSource { reason } => *sources.entry(reason).or_default() += 1,
                WhyNot::LeftOut { reason } => *left_out.entry(reason).or_default() += 1,
            }
        }
        for rule in &self.collection.used {
            for field in &rule.unknown_fields {
                let similar = field.similar.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
                let (file, name) = (rule.metadata.file.shown(), field.name.shown());
                let _ =
                    writeln!(text, "{file}: the events of its log source have no field `{name}`{similar}");
            }
        }
        for rule in &self.collection.used {
            for hint in &rule.hints {
                let _ = writeln!(text, "{}: {hint}", rule.metadata.file.shown());
            }
        }
        for filter in &self.collection.filters {
            text += &text_of_filter(filter);
        }
        for (source, count) in sources {
            let _ =
                writeln!(text, "Plaso does not read this log source: {} ({})", source.shown(), rules(count));
        }
        for (reason, count) in left_out {
            let _ = writeln!(text, "left out: {} ({})", reason.shown(), rules(count));
        }
        if let Some(of_files) = analysis::text_of_not_read(&self.not_read) {
            let _ = writeln!(text, "{of_files}");
        }
        text + &format!("{}: {}", self.name, self.collection.summary())
    }

    /// Returns a line that says what the counts in a store leave out, or nothing.
    pub(super) fn without_correlations(&self) -> String {
        if self.collection.correlations.is_empty() {
            return String::new();
        }
        format!(
            "\n\n{}: correlations are not tried here, only the rules that they refer to; `foreman analyze --analysis sigma` \
             evaluates them",
            self.name
        )
    }

    pub(super) fn json(&self) -> Value {
        let Collection { used, correlations, filters, others } = &self.collection;
        json!({"name": self.name, "used": used, "correlations": correlations,
            "filters": filters, "others": others,
            "files_not_read": self.not_read})
    }
}

/// Returns a line for a filter without effect, or nothing.
fn text_of_filter(filter: &UsedFilter) -> String {
    let UsedFilter { metadata, number_of_rules, without_effect } = filter;
    if without_effect.is_empty() {
        return String::new();
    }
    let what = match number_of_rules {
        0 => "the filter has no effect",
        _ => "a part of the filter has no effect",
    };
    // It quotes what whoever wrote the filter chose.
    let reasons = without_effect.join("; ");
    format!("{}: line {}: {what}: {}\n", metadata.file.shown(), metadata.line, reasons.shown())
}

fn rules(count: usize) -> String {
    if count == 1 { "1 rule".into() } else { format!("{count} rules") }
}
