//! The rows that the plugin `sigma` leaves in a store: a row for each rule that matches, for each
//! correlation that fires, and for each of its firings.

use events::{Counter, ResultColumn, ResultRow, ResultTable, Timestamp};
use sigma::{Correlation, Level, Metadata, Role, Status, UsedRule};

use crate::sigma_correlation::{Firing, Firings};

/// The most rows for firings.
const MOST_FIRINGS: usize = 20_000;

/// In alphabetical order.
pub(crate) const RESULTS: ResultTable = ResultTable {
    name: "sigma_analysis_result",
    columns: &[
        ResultColumn::Text("author"),
        ResultColumn::Text("description"),
        ResultColumn::Integer("first_time"),
        ResultColumn::Text("group_values"),
        ResultColumn::Text("label"),
        ResultColumn::Integer("last_time"),
        ResultColumn::Text("level"),
        ResultColumn::Integer("number_of_events"),
        ResultColumn::Integer("number_of_firings"),
        ResultColumn::Integer("number_of_records"),
        ResultColumn::Text("result_type"),
        ResultColumn::Text("rule_file"),
        ResultColumn::Text("rule_identifier"),
        ResultColumn::Text("rule_references"),
        ResultColumn::Text("rule_status"),
        ResultColumn::Text("rule_tags"),
        ResultColumn::Text("title"),
    ],
};

/// The records that a rule matches.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RuleTally {
    records: u64,
    times: Option<(Timestamp, Timestamp)>,
}

impl RuleTally {
    pub(crate) fn add(&mut self, time: Option<Timestamp>) {
        self.records += 1;
        if let Some(time) = time {
            let (first, last) = self.times.unwrap_or((time, time));
            self.times = Some((first.min(time), last.max(time)));
        }
    }
}

/// What differs between the rows of a rule, a correlation and a firing.
#[derive(Default)]
struct Counts {
    result_type: &'static str,
    group: String,
    times: Option<(Timestamp, Timestamp)>,
    events: u64,
    firings: u64,
    records: u64,
}

/// Returns the rows of rules that match, in their order.
pub(crate) fn rule_rows(rules: &[UsedRule], tallies: &[RuleTally], counter: &Counter) -> Vec<ResultRow> {
    let labelling = rules.iter().zip(tallies).filter(|(rule, _)| rule.role == Role::Labels);
    let matching = labelling.filter(|(_, tally)| tally.records > 0);
    let row = |(UsedRule { metadata, label, .. }, tally): (&UsedRule, &RuleTally)| {
        let RuleTally { records, times } = *tally;
        let events = counter.get(label).copied().unwrap_or_default();
        let counts = Counts { result_type: "rule", times, events, records, ..Counts::default() };
        row(metadata, label, counts)
    };
    matching.map(row).collect()
}

/// Returns the rows of correlations that fired, each followed by those of its firings, and warnings
/// about what is incomplete.
pub(crate) fn correlation_rows(
    correlations: &[Correlation],
    firings: Vec<Firings>,
) -> (Vec<ResultRow>, Vec<String>) {
    let (mut rows, mut warnings) = (Vec::new(), Vec::new());
    let mut left = MOST_FIRINGS;
    for (correlation, firings) in correlations.iter().zip(firings) {
        let Correlation { metadata, label, gives_label, .. } = correlation;
        if firings.left_early > 0 {
            warnings.push(format!(
                "{label}: there were too many records within the timespan; {} of them were no longer counted before it \
                 was over, so firings may be missing or too short",
                firings.left_early
            ));
        }
        if firings.count == 0 || !gives_label {
            continue;
        }
        let times = firings.times.map(|(first, last)| (Timestamp(first), Timestamp(last)));
        let (records, count) = (firings.records, firings.count);
        let counts =
            Counts { result_type: "correlation", times, records, firings: count, ..Counts::default() };
        rows.push(row(metadata, label, counts));
        let kept = firings.kept.len().min(left);
        left -= kept;
        let left_out = count - kept as u64;
        if left_out > 0 {
            warnings.push(format!(
                "{label}: it fired {count} times; {left_out} of these have no row of their own"
            ));
        }
        // The row of the correlation has the longer texts.
        let brief = Metadata {
            description: String::new(),
            references: Vec::new(),
            tags: Vec::new(),
            ..metadata.clone()
        };
        rows.extend(firings.kept.iter().take(kept).map(|firing| firing_row(correlation, &brief, firing)));
    }
    (rows, warnings)
}

fn firing_row(correlation: &Correlation, metadata: &Metadata, firing: &Firing) -> ResultRow {
    let Firing { first, last, records, group } = firing;
    let values = correlation.group_by.iter().zip(group).map(|(field, value)| format!("{field}={value}"));
    let counts = Counts {
        result_type: "firing",
        group: values.collect::<Vec<_>>().join(", "),
        times: Some((Timestamp(*first), Timestamp(*last))),
        records: *records,
        ..Counts::default()
    };
    row(metadata, &correlation.label, counts)
}

fn row(metadata: &Metadata, label: &str, counts: Counts) -> ResultRow {
    let text = |text: Option<&str>| text.unwrap_or_default().into();
    // Results have no negative integers. 0 is no time.
    let micros = |time: Option<Timestamp>| {
        time.map_or(0, |Timestamp(time)| u64::try_from(time).unwrap_or_default()).into()
    };
    ResultRow(vec![
        metadata.author.as_str().into(),
        metadata.description.as_str().into(),
        micros(counts.times.map(|(first, _)| first)),
        counts.group.into(),
        label.into(),
        micros(counts.times.map(|(_, last)| last)),
        text(metadata.level.map(Level::as_str)),
        counts.events.into(),
        counts.firings.into(),
        counts.records.into(),
        counts.result_type.into(),
        metadata.file.as_str().into(),
        text(metadata.id.as_deref()),
        metadata.references.join("\n").into(),
        text(metadata.status.map(Status::as_str)),
        metadata.tags.join(", ").into(),
        metadata.title.as_str().into(),
    ])
}
