//! Compares events with indicators.

use std::sync::Arc;

use events::{EventView, Reads, StreamAttribute};
use filter::condition::Patterns;
use rustc_hash::FxHashMap;

use crate::attributes::{Plan, Role};
use crate::matching::error::BuildError;
use crate::matching::finding::{Finding, FindingId, Options};
use crate::matching::free_text::FreeText;
use crate::matching::groups::Groups;
use crate::matching::index::{Index, Scratch};
use crate::matching::values::ValueTables;
use crate::matching::written::written;
use crate::model::{IndicatorId, Indicators, Kind};
use crate::regex;

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
    pub(super) stream: StreamFindings,
    pub(super) found: Vec<FindingId>,
    pub(super) given_up: u64,
}

/// The hashes that a stream may have.
pub(super) const STREAM_HASHES: [StreamAttribute; 3] =
    [StreamAttribute::Md5Hash, StreamAttribute::Sha1Hash, StreamAttribute::Sha256Hash];

/// What the hashes of a stream meet. Mostly, the next event data is of the same stream.
#[derive(Debug, Clone, Default)]
pub(super) struct StreamFindings {
    /// The hashes, or empty texts.
    pub(super) hashes: [String; STREAM_HASHES.len()],
    pub(super) ids: Vec<IndicatorId>,
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
    /// The roles whose values may meet an indicator, by number. Other values are passed over.
    pub(super) is_wanted: [bool; Role::ALL.len()],
}

impl Matcher {
    /// Arranges indicators for matching.
    ///
    /// # Errors
    ///
    /// If a pattern cannot be used, or there are too many.
    pub fn new(indicators: Indicators, options: Options) -> Result<Self, BuildError> {
        let values = ValueTables::new(&indicators);
        Self::of(indicators, values, options)
    }

    pub(super) fn of(
        indicators: Indicators,
        values: ValueTables,
        options: Options,
    ) -> Result<Self, BuildError> {
        let index = Index::new(&indicators, values, options.url_prefix)?;
        let mut except = FxHashMap::default();
        for indicator in indicators.with_exceptions() {
            let regex = regex::regex(indicator.except.unwrap_or_default());
            let patterns = Patterns::new([&regex])
                .map_err(|unusable| BuildError::new(&indicators, &indicator, unusable.reason))?;
            except.insert(indicator.id, patterns);
        }
        let free_text = options.text.then(|| FreeText::new(&index)).transpose()?;
        let groups = Groups::new(&indicators);
        let is_wanted = wanted(&indicators, &index, free_text.is_some());
        Ok(Self {
            tables: Arc::new(Tables { indicators, index, except, groups, free_text, is_wanted }),
            plans: FxHashMap::default(),
            scratch: Scratch::default(),
            ids: Vec::new(),
            seen: Default::default(),
            last: None,
            stream: StreamFindings::default(),
            found: Vec::new(),
            given_up: 0,
        })
    }

    /// Returns what must be read of events.
    #[must_use]
    pub fn reads(&self) -> Reads {
        let stream = if self.is_wanted(Role::Hashes) { STREAM_HASHES.into() } else { [].into() };
        Reads { event_data: true, stream, ..Reads::default() }
    }

    /// Returns whether a value of this role may meet an indicator.
    pub(super) fn is_wanted(&self, role: Role) -> bool {
        self.tables.is_wanted[role as usize]
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

    /// Begins a new task: the next event is looked at, even if it shares the data of the last one.
    /// So what a task finds does not depend on the task before it.
    pub fn begin_task(&mut self) {
        self.last = None;
        self.stream = StreamFindings::default();
    }

    /// Returns how often a pattern was given up, because a value was too long, since the last call.
    pub fn take_given_up(&mut self) -> u64 {
        self.begin_task();
        std::mem::take(&mut self.given_up)
    }
}

/// Returns for each role whether its values may meet an indicator.
fn wanted(indicators: &Indicators, index: &Index, in_texts: bool) -> [bool; Role::ALL.len()] {
    // Keywords may be in any value.
    let is_all = index.has_keywords();
    let mut has_kind = [false; Kind::ALL.len()];
    for list in indicators.lists() {
        list.kinds.keys().for_each(|kind| has_kind[*kind as usize] = true);
    }
    let has = |kinds: &[Kind]| kinds.iter().any(|kind| has_kind[*kind as usize]);
    Role::ALL.map(|(role, _, kinds)| {
        is_all
            || has(kinds)
            || match role {
                // The data may be a command line, and the name may stand behind the key.
                Role::RegistryValues => has(Role::Command.kinds()) || has(&[Kind::RegistryKey]),
                Role::Text => in_texts,
                _ => false,
            }
    })
}
