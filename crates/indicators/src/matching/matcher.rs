//! Compares events with indicators.

use std::sync::Arc;

use events::{EventView, Reads, StreamAttribute};
use filter::condition::{Patterns, Regex};
use rustc_hash::FxHashMap;

use crate::attributes::{Plan, Role};
use crate::matching::error::BuildError;
use crate::matching::finding::{Finding, FindingId, Met, Options};
use crate::matching::free_text::FreeText;
use crate::matching::groups::Groups;
use crate::matching::index::{Index, Scratch};
use crate::matching::written::written;
use crate::model::{IndicatorId, Indicators, Kind};

/// Compares events with indicators. A clone shares the look-up tables.
#[derive(Debug, Clone)]
pub struct Matcher {
    pub(super) tables: Arc<Tables>,
    pub(super) plans: FxHashMap<Box<[u8]>, Arc<Plan>>,
    pub(super) scratch: Scratch,
    pub(super) ids: Vec<IndicatorId>,
    /// How many values of each role were seen.
    pub(super) seen: [u64; Role::ALL.len()],
    /// The number of the event data that `found` is about.
    last: Option<u64>,
    pub(super) found: Vec<FindingId>,
    pub(super) given_up: u64,
}

/// What does not change while events are compared.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) indicators: Indicators,
    pub(super) index: Index,
    /// Regular expressions of false positives.
    pub(super) except: FxHashMap<IndicatorId, Patterns>,
    pub(super) groups: Groups,
    pub(super) free_text: Option<FreeText>,
}

impl Matcher {
    /// Arranges indicators for matching.
    ///
    /// # Errors
    ///
    /// If a pattern cannot be used, or there are too many.
    pub fn new(indicators: Indicators, options: Options) -> Result<Self, BuildError> {
        let index = Index::new(&indicators, options.url_prefix)?;
        let mut except = FxHashMap::default();
        for indicator in indicators.iter().filter(|indicator| indicator.except.is_some()) {
            let regex = Regex { pattern: indicator.except.unwrap_or_default().into(), ..Regex::default() };
            let patterns = Patterns::new([&regex])
                .map_err(|unusable| BuildError::new(&indicators, &indicator, unusable.reason))?;
            except.insert(indicator.id, patterns);
        }
        let free_text = options.text.then(|| FreeText::new(&index)).transpose()?;
        let groups = Groups::new(&indicators);
        Ok(Self {
            tables: Arc::new(Tables { indicators, index, except, groups, free_text }),
            plans: FxHashMap::default(),
            scratch: Scratch::default(),
            ids: Vec::new(),
            seen: Default::default(),
            last: None,
            found: Vec::new(),
            given_up: 0,
        })
    }

    /// Returns what must be read of events.
    #[must_use]
    pub fn reads() -> Reads {
        let stream = [StreamAttribute::Md5Hash, StreamAttribute::Sha1Hash, StreamAttribute::Sha256Hash];
        Reads { event_data: true, stream: stream.into(), ..Reads::default() }
    }

    /// Returns the indicators.
    #[must_use]
    pub fn indicators(&self) -> &Indicators {
        &self.tables.indicators
    }

    /// Returns what an event meets, ascending.
    pub fn find(&mut self, event: &EventView<'_>) -> &[FindingId] {
        let number = event.data.map(|data| data.number());
        if number.is_none() || number != self.last {
            self.last = number;
            self.look_at(event, &mut |_, _, _| {});
        }
        &self.found
    }

    /// Returns the values of an event that meet indicators. Indicators of combinations are among
    /// them, even if the combinations are not met.
    pub fn explain(&mut self, event: &EventView<'_>) -> Vec<Met> {
        let mut met = Vec::new();
        self.last = None;
        self.look_at(event, &mut |indicator, attribute, value| {
            let new = Met { indicator, attribute: attribute.into(), value: value.into() };
            if !met.contains(&new) {
                met.push(new);
            }
        });
        met
    }

    /// Returns what a finding is about.
    #[must_use]
    pub fn finding(&self, id: FindingId) -> Finding<'_> {
        match (id.0 as usize).checked_sub(self.tables.indicators.len()) {
            None => {
                let indicator = self.tables.indicators.get(IndicatorId(id.0));
                Finding {
                    list: indicator.list,
                    line: indicator.line,
                    kind: Some(indicator.kind),
                    value: written(&indicator),
                    details: indicator.details,
                    indicator: Some(indicator),
                }
            }
            Some(number) => {
                let group = self.tables.indicators.group(number as u32);
                Finding {
                    list: group.list,
                    line: group.line,
                    kind: None,
                    indicator: None,
                    value: group.written.to_owned(),
                    details: group.details,
                }
            }
        }
    }

    /// Returns the number of findings that are possible.
    #[must_use]
    pub fn count(&self) -> usize {
        self.tables.indicators.len() + self.tables.indicators.groups().len()
    }

    /// Returns the kinds of indicators that the events seen so far have no values for.
    #[must_use]
    pub fn undecided_kinds(&self) -> Vec<Kind> {
        let is_decided = |kind: &Kind| {
            let mut roles = Role::ALL.iter().filter(|(role, ..)| self.seen[*role as usize] > 0);
            roles.any(|(role, _, kinds)| {
                kinds.contains(kind) || *role == Role::Text && self.tables.free_text.is_some()
            })
        };
        Kind::ALL.into_iter().filter(|kind| !is_decided(kind)).collect()
    }

    /// Adds what a clone has seen.
    pub fn merge(&mut self, other: &Self) {
        self.seen.iter_mut().zip(other.seen).for_each(|(seen, more)| *seen += more);
        self.given_up += other.given_up;
    }

    /// Returns how often a pattern was given up, because a value was too long, since the last call.
    pub fn take_given_up(&mut self) -> u64 {
        std::mem::take(&mut self.given_up)
    }
}
