//! The section on indicators of compromise.

use crate::Table;
use crate::document::{Align, Document};
use crate::found_indicators::{FoundIndicator, HostIndicators};
use crate::words::{cut, number};

/// The maximum number of characters of a comment.
const COMMENT: usize = 60;

pub(super) fn indicators(
    page: &mut Document,
    indicators: &Table<FoundIndicator>,
    hosts: &Table<HostIndicators>,
) {
    page.heading("Indicators of compromise");
    let columns = [
        (Align::Left, "list"),
        (Align::Right, "events"),
        (Align::Left, "kind"),
        (Align::Left, "indicator"),
        (Align::Left, "remarks"),
        (Align::Left, "first"),
        (Align::Left, "last"),
        (Align::Left, "hosts"),
        (Align::Left, "label"),
    ];
    page.table(&columns, indicators, "indicator", |found| {
        vec![
            found.list.clone(),
            number(found.events),
            found.kind.clone(),
            found.indicator.clone(),
            remarks(found),
            found.first.clone(),
            found.last.clone(),
            found.hosts.clone(),
            found.label.clone(),
        ]
    });
    if !hosts.is_empty() {
        page.heading("Indicators of compromise by host");
        let columns = [(Align::Left, "host"), (Align::Right, "indicators"), (Align::Left, "labels")];
        page.table(&columns, hosts, "host", |host| {
            vec![host.host.clone(), number(host.indicators), host.labels.join(", ")]
        });
    }
}

/// Returns what is known about an indicator: how serious it is, whether it is known to be good,
/// when it expired, and the comment of its list.
pub(crate) fn remarks(found: &FoundIndicator) -> String {
    let said = |before: &str, text: &str| (!text.is_empty()).then(|| format!("{before}{text}"));
    let remarks = [
        said("known good: ", &found.known_good),
        said("threat level ", &found.threat_level),
        said("expired ", &found.expired),
        said("", &cut(&found.comment, COMMENT)),
    ];
    remarks.into_iter().flatten().collect::<Vec<_>>().join("; ")
}
