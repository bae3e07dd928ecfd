//! `foreman rules`: shows the built-in rules.

use std::cmp::Reverse;
use std::fmt::Write as _;

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use filter::{LabelMeaning, Rules, nearest, tagging_file};
use serde_json::{Value, json};

use crate::exit::{Failure, Status};
use crate::output::{deliver, width};
use crate::words::cut;

#[derive(Debug, Args)]
pub(crate) struct RulesArguments {
    /// What to show: a set of rules such as `windows`, or one of its labels such as
    /// `windows/log_cleared` [default: a list of all sets and labels].
    #[arg(value_name = "SET[/LABEL]")]
    name: Option<String>,

    /// The format of the output.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: RulesFormat,
}

/// The format of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RulesFormat {
    /// Text for people. A set or label is shown as a tagging file.
    Text,
    /// JSON.
    Json,
}

/// A built-in set of rules.
struct Set {
    name: &'static str,
    text: &'static str,
    rules: Rules,
}

/// The length from which a name may differ in a letter from the one that was meant.
const SHORTEST: usize = 4;

pub(crate) fn rules(arguments: &RulesArguments) -> Result<Status, Failure> {
    let mut sets: Vec<Set> = tagging_file::BUILT_IN.into_iter().filter_map(Set::of).collect();
    let mut label = None;
    if let Some(name) = &arguments.name {
        let (set, of_set) = name.split_once('/').map_or((name.as_str(), None), |(set, of)| (set, Some(of)));
        if !sets.iter().any(|known| known.name == set) {
            return Err(no_set(set, &sets));
        }
        sets.retain(|known| known.name == set);
        label = of_set.filter(|label| !label.is_empty());
    }
    if let (Some(label), [set]) = (label, sets.as_slice())
        && !set.rules.labels().any(|known| known.as_str() == label)
    {
        return Err(no_label(label, set));
    }
    deliver(&match (arguments.format, sets.as_slice(), label) {
        (RulesFormat::Json, ..) => report::json(&sets.iter().map(|set| set.json(label)).collect::<Vec<_>>())?,
        (RulesFormat::Text, [set], Some(label)) => set.block(label),
        (RulesFormat::Text, [set], None) if arguments.name.is_some() => set.text.to_owned(),
        (RulesFormat::Text, ..) => list(&sets, width()),
    })?;
    Ok(Status::Done)
}

fn no_set(given: &str, sets: &[Set]) -> Failure {
    let names = tagging_file::BUILT_IN;
    let with_label = sets.iter().find(|set| set.rules.labels().any(|label| label.as_str() == given));
    let meant = match with_label {
        Some(set) => Some(format!("{}/{given}", set.name)),
        None => nearest(given, SHORTEST, names).map(str::to_owned),
    };
    let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    let given = events::printable(given);
    Failure::usage(anyhow!("there are no built-in rules `{given}`{meant}\nthey are {}", names.join(", ")))
}

fn no_label(given: &str, set: &Set) -> Failure {
    let labels: Vec<_> = set.rules.labels().map(|label| label.as_str()).collect();
    let meant = nearest(given, SHORTEST, labels.iter().copied());
    let meant = meant.map(|meant| format!("; did you mean `{}/{meant}`?", set.name)).unwrap_or_default();
    let given = events::printable(given);
    Failure::usage(anyhow!(
        "the built-in rules for {} have no label `{given}`{meant}\nthey have {}",
        set.name,
        labels.join(", ")
    ))
}

/// Returns a list of the labels of all sets, the most serious first.
fn list(sets: &[Set], width: usize) -> String {
    let longest = |set: &Set| set.rules.labels().map(|label| label.as_str().len()).max().unwrap_or_default();
    let label_width = sets.iter().map(longest).max().unwrap_or_default();
    let mut text = String::new();
    for set in sets {
        let labels = set.labels();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} ({} labels)", set.name, labels.len());
        for (label, meaning) in labels {
            let severity = meaning.severity.map(|severity| severity.to_string()).unwrap_or_default();
            let line = format!("  {severity:<13}  {label:<label_width$}  {}", meaning.summary());
            let _ = writeln!(text, "{}", cut(line.trim_end(), width));
        }
        text.push('\n');
    }
    text.push_str(
        "To use a set:             foreman analyze --analysis tagging --tagging-file SET STORE\n\
         To see the rules:         foreman rules SET\n\
         To see those of a label:  foreman rules SET/LABEL\n",
    );
    text
}

impl Set {
    fn of(name: &'static str) -> Option<Self> {
        Some(Self { name, text: tagging_file::built_in_text(name)?, rules: tagging_file::built_in(name)? })
    }

    /// Returns the labels, the most serious first, then by name.
    fn labels(&self) -> Vec<(&str, &LabelMeaning)> {
        let mut labels: Vec<_> =
            self.rules.meanings().map(|(label, meaning)| (label.as_str(), meaning)).collect();
        labels.sort_by_key(|(label, meaning)| (Reverse(meaning.severity), *label));
        labels
    }

    /// Returns the lines of a label: its comment, its name and its rules.
    fn block(&self, label: &str) -> String {
        let lines: Vec<&str> = self.text.lines().collect();
        let at = lines.iter().position(|line| *line == label).unwrap_or_default();
        let comment = lines[..at].iter().rev().take_while(|line| line.starts_with('#')).count();
        let block = lines[at - comment..].iter().take_while(|line| !line.is_empty());
        block.flat_map(|line| [line, "\n"]).collect()
    }

    fn json(&self, only: Option<&str>) -> Value {
        let labels = self.labels().into_iter().filter(|(label, _)| only.is_none_or(|only| only == *label));
        let labels = labels.map(|(label, meaning)| {
            let LabelMeaning { description, severity, techniques, references } = meaning;
            let block = self.block(label);
            let rules: Vec<_> =
                block.lines().filter_map(|line| line.strip_prefix("  ")).map(str::trim_start).collect();
            json!({
                "label": label,
                "severity": severity.map(|severity| severity.as_str()),
                "description": description,
                "techniques": techniques,
                "references": references,
                "rules": rules,
            })
        });
        json!({"name": self.name, "labels": labels.collect::<Vec<_>>()})
    }
}
