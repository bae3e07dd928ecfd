//! Which rules the options choose.

use std::collections::BTreeSet;

use crate::placeholders::Placeholders;
use crate::rule::{Level, Metadata, Status};

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
