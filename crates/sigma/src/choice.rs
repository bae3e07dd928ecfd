//! Which rules the options choose.

use std::collections::BTreeSet;

use crate::collection::Collection;
use crate::level::{Level, Status};
use crate::placeholders::Placeholders;
use crate::rule::Metadata;

/// Which rules are used.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The least level, or `None` for rules of all levels.
    pub level: Option<Level>,
    /// The states, or none for all but deprecated and unsupported rules.
    pub statuses: BTreeSet<Status>,
    /// Identifiers, names of files, or ends of their paths.
    pub exclude: Vec<String>,
    /// The values of placeholders.
    pub placeholders: Placeholders,
    /// Whether rules may also be about events that say how things are: the files of a file system,
    /// the history of a browser.
    pub state: StateEvents,
}

/// Whether rules may be about events that say how things are, and not what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StateEvents {
    /// They may not, unless the user asks for it with `--sigma-state`.
    #[default]
    OnRequest,
    /// They may.
    Used,
    /// They may not, and there is no option for it.
    Never,
}

impl StateEvents {
    /// Returns what the option `--sigma-state` means.
    #[must_use]
    pub fn of_option(is_given: bool) -> Self {
        if is_given { Self::Used } else { Self::OnRequest }
    }

    /// Returns whether rules may be about events of state.
    pub(crate) fn are_used(self) -> bool {
        self == Self::Used
    }
}

/// That the options leave a rule out.
#[derive(Debug, Clone)]
pub(crate) struct LeftOut {
    pub(crate) reason: String,
    /// Whether the rule is excluded by name. Otherwise a correlation may still refer to it: the
    /// rules of a correlation often have a lower level, or none.
    pub(crate) is_excluded: bool,
}

impl Selection {
    /// Returns why a rule is left out, or `None` if it is chosen.
    pub(crate) fn left_out(&self, rule: &Metadata) -> Option<LeftOut> {
        if let Some(exclude) = self.exclude.iter().find(|exclude| is_named(exclude, rule)) {
            return Some(LeftOut { reason: format!("excluded as {exclude}"), is_excluded: true });
        }
        let reason = self.wrong_status(rule).or_else(|| self.wrong_level(rule))?;
        Some(LeftOut { reason, is_excluded: false })
    }

    /// Returns why a filter is left out, or `None` if it is used. Filters have no level and no
    /// state.
    pub(crate) fn left_out_filter(&self, filter: &Metadata) -> Option<LeftOut> {
        self.left_out(filter).filter(|left_out| left_out.is_excluded)
    }

    /// Returns the entries of `exclude` that name none of the rules and filters that were read.
    #[must_use]
    pub fn unmatched_exclusions<'s>(&'s self, collection: &Collection) -> Vec<&'s str> {
        let Collection { used, correlations, filters, others } = collection;
        // Excluded rules are among the others.
        let rules = others.iter().map(|rule| &rule.metadata);
        let rules = rules.chain(used.iter().map(|rule| &rule.metadata));
        let rules = rules.chain(correlations.iter().map(|rule| &rule.metadata));
        let rules = rules.chain(filters.iter().map(|filter| &filter.metadata));
        let is_unmatched = |exclude: &&String| !rules.clone().any(|rule| is_named(exclude, rule));
        self.exclude.iter().filter(is_unmatched).map(String::as_str).collect()
    }

    fn wrong_status(&self, rule: &Metadata) -> Option<String> {
        let retired = [Status::Deprecated, Status::Unsupported];
        match rule.status {
            Some(status) if self.statuses.is_empty() => {
                retired.contains(&status).then(|| format!("its status is {}", status.as_str()))
            }
            Some(status) => {
                (!self.statuses.contains(&status)).then(|| format!("its status is {}", status.as_str()))
            }
            None => (!self.statuses.is_empty()).then(|| "it has no status".into()),
        }
    }

    fn wrong_level(&self, rule: &Metadata) -> Option<String> {
        let least = self.level?;
        match rule.level {
            Some(level) => (level < least).then(|| format!("its level is {}", level.as_str())),
            None => Some("it has no level".into()),
        }
    }
}

/// Returns whether a text is the identifier of a rule, its file or the end of its file's path.
fn is_named(text: &str, rule: &Metadata) -> bool {
    let file = rule.file.as_str();
    rule.id.as_deref() == Some(text)
        || file == text
        || file.strip_suffix(text).is_some_and(|before| before.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::WhyNot;
    use crate::rule_file::RuleFile;

    #[test]
    fn exclusions_that_name_no_rule_are_found() {
        let file = |name: &str, text: &str| RuleFile { name: name.into(), text: Ok(text.into()) };
        let rule = "title: A\nid: used\nlogsource: {product: windows}\ndetection: {a: [b], condition: a}\n";
        let correlation = "title: C\nid: counted\ncorrelation: {type: event_count, rules: [used], timespan: 1h, \
                           condition: {gte: 2}}\n";
        let files =
            [file("in/used.yml", rule), file("counts.yml", correlation), file("in/broken.yml", "title: [")];
        let exclude =
            ["used", "in/used.yml", "used.yml", "sed.yml", "counts.yml", "counted", "broken.yml", "USED"];
        // A rule that is there is named, whether or not it is left out in the end.
        for exclude_now in [&exclude[..], &[]] {
            let selection = Selection {
                exclude: exclude_now.iter().map(|&name| name.into()).collect(),
                ..Selection::default()
            };
            let collection = Collection::read(&files, &selection);
            let named = Selection { exclude: exclude.map(str::to_owned).into(), ..Selection::default() };
            assert_eq!(named.unmatched_exclusions(&collection), ["sed.yml", "USED"]);
        }
    }

    /// Where there is no option, nobody is told of it.
    #[test]
    fn events_of_state_are_used_on_request() {
        let rule = "title: A\nlogsource: {category: proxy}\ndetection: {a: {c-uri: b}, condition: a}\n";
        let file = RuleFile { name: "a.yml".into(), text: Ok(rule.into()) };
        for (state, expected) in [
            (
                StateEvents::Used,
                "1 rule: 1 used, 0 for log sources that Plaso does not read, 0 refused, 0 left out",
            ),
            (StateEvents::OnRequest, "category proxy, without --sigma-state"),
            (StateEvents::Never, "category proxy"),
        ] {
            let selection = Selection { state, ..Selection::default() };
            let collection = Collection::read(std::slice::from_ref(&file), &selection);
            let reason = collection.others.first().map(|other| match &other.why {
                WhyNot::NoSource { reason } => reason.clone(),
                why => panic!("{why:?}"),
            });
            assert_eq!(reason.unwrap_or_else(|| collection.summary()), expected);
        }
    }
}
