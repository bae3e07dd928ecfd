//! The tables of the Sigma rules that matched, and of the firings of correlations.

use super::parts::time;
use crate::Table;
use crate::document::{Align, Document};
use crate::findings::{Report, SigmaFiring, SigmaRule};
use crate::words::{counted, number};

/// Adds the table of rules, each with its author, as its licence may demand.
pub(super) fn rules(page: &mut Document, report: &Report) {
    page.heading("Sigma rules");
    let columns = [
        (Align::Left, "level"),
        (Align::Left, "tactic"),
        (Align::Right, "records"),
        (Align::Time, "first"),
        (Align::Time, "last"),
        (Align::Left, "label"),
    ];
    let row = |rule: &SigmaRule| {
        let SigmaRule { level, tactics, records, first, last, label, .. } = rule;
        vec![
            level.clone(),
            tactics.first().copied().unwrap_or_default().to_owned(),
            number(*records),
            time(*first),
            time(*last),
            label.clone(),
        ]
    };
    page.table_with_remarks(&columns, &report.sigma_rules, "rule", row, ("rule", SigmaRule::credit));
    if let Some(words) = unread_in_words(report) {
        page.paragraph(words);
    }
}

/// Adds the table of the firings.
pub(super) fn firings(page: &mut Document, firings: &Table<SigmaFiring>) {
    if firings.is_empty() {
        return;
    }
    page.heading("Firings of Sigma correlations");
    let columns = [
        (Align::Left, "correlation"),
        (Align::Left, "group"),
        (Align::Time, "first"),
        (Align::Time, "last"),
        (Align::Right, "records"),
    ];
    page.table(&columns, firings, "firing", |firing| {
        vec![
            firing.title.clone(),
            firing.group.clone(),
            time(firing.first),
            time(firing.last),
            number(firing.records),
        ]
    });
}

/// Says how many event logs have records that no rule can find.
pub(crate) fn unread_in_words(report: &Report) -> Option<String> {
    let logs = report.unread_event_logs;
    let have = if logs == 1 { "has" } else { "have" };
    (logs > 0).then(|| {
        format!(
            "{} {have} records that Plaso could not read. No rule can find these records.",
            counted(logs, "event log file")
        )
    })
}
