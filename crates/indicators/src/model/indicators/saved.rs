//! Indicators in the file of a run.

use std::io;

use super::{Indicators, Stored, StoredDetails, StoredGroup};
use crate::compiled::{Reader, Unloaded, Writer};
use crate::model::group::Node;
use crate::model::indicator::{Comparison, IndicatorId};
use crate::model::kind::Kind;
use crate::model::list::ListId;
use crate::model::strings::{Interner, Span, Strings};
use crate::model::threat_level::ThreatLevel;

/// What stands for no score.
const NO_SCORE: u32 = u32::MAX;

impl Indicators {
    pub(crate) fn save(&self, to: &mut Writer<'_>) -> io::Result<()> {
        let Self { lists, left_out, problems, problems_of_files, sigma_rules, other_files, .. } = self;
        to.json(&(lists, left_out, problems, problems_of_files, sigma_rules, other_files))?;
        self.strings.save(to)?;
        to.records(self.details.iter().map(|details| details.to_numbers()))?;
        to.records(self.stored.iter().map(|stored| stored.to_numbers()))?;
        for spans in [&self.written, &self.except] {
            to.records(spans.iter().map(|(number, span)| {
                let [start, length] = span.to_numbers();
                [*number, start, length]
            }))?;
        }
        let groups = self.groups.iter().map(|group| {
            let StoredGroup { list, line, written, details, root } = group;
            (list, line, written.to_numbers(), details, root)
        });
        to.json(&groups.collect::<Vec<_>>())
    }

    /// Loads what was saved. Each number that leads to something else is checked.
    pub(crate) fn load(digest: String, from: &mut Reader<'_>) -> Result<Self, Unloaded> {
        let (lists, left_out, problems, problems_of_files, sigma_rules, other_files) = from.json()?;
        let mut loaded = Self {
            digest,
            lists,
            left_out,
            problems,
            problems_of_files,
            sigma_rules,
            other_files,
            strings: Strings::load(from)?,
            interner: Interner::default(),
            ..Self::default()
        };
        loaded.details = from.records(|numbers| {
            let details = StoredDetails::of_numbers(numbers)?;
            [details.comment, details.tags]
                .iter()
                .all(|span| loaded.strings.has_text(*span))
                .then_some(details)
        })?;
        loaded.stored = from.records(|numbers| loaded.stored_of(numbers))?;
        loaded.written = loaded.load_rare(from)?;
        loaded.except = loaded.load_rare(from)?;
        let groups: Vec<_> = from.json()?;
        let groups = groups.into_iter().map(|group| loaded.group_of(group));
        loaded.groups = groups.collect::<Option<_>>().ok_or(Unloaded::Damaged)?;
        Ok(loaded)
    }

    fn stored_of(&self, numbers: [u32; 5]) -> Option<Stored> {
        let stored = Stored::of_numbers(numbers)?;
        let has_value = match stored.kind {
            Kind::Address | Kind::Network => self.strings.has_bytes(stored.value),
            kind if kind.is_hash() => self.strings.has_bytes(stored.value),
            _ => self.strings.has_text(stored.value),
        };
        (has_value && self.has(stored.list, stored.details)).then_some(stored)
    }

    /// Loads texts of some indicators. They are found by a search, and so they must be in order.
    fn load_rare(&self, from: &mut Reader<'_>) -> Result<Vec<(u32, Span)>, Unloaded> {
        let rare = from.records(|[number, start, length]| {
            let span = Span::of_numbers([start, length]);
            let is_there = (number as usize) < self.stored.len() && self.strings.has_text(span);
            is_there.then_some((number, span))
        })?;
        if rare.is_sorted_by(|(a, _), (b, _)| a < b) { Ok(rare) } else { Err(Unloaded::Damaged) }
    }

    fn group_of(&self, group: (ListId, u32, [u32; 2], u32, Node)) -> Option<StoredGroup> {
        let (list, line, written, details, root) = group;
        let written = Span::of_numbers(written);
        let is_right = self.strings.has_text(written) && self.has(list, details) && self.has_all(&root);
        is_right.then_some(StoredGroup { list, line, written, details, root })
    }

    fn has(&self, list: ListId, details: u32) -> bool {
        usize::from(list.0) < self.lists.len() && details as usize <= self.details.len()
    }

    fn has_all(&self, node: &Node) -> bool {
        match node {
            Node::Indicator(IndicatorId(number)) => (*number as usize) < self.stored.len(),
            Node::All(nodes) | Node::Any(nodes) => nodes.iter().all(|node| self.has_all(node)),
        }
    }
}

impl Stored {
    fn to_numbers(self) -> [u32; 5] {
        let [start, length] = self.value.to_numbers();
        let [low, high] = self.list.0.to_le_bytes();
        let kind = self.kind as u8;
        let comparison = self.comparison as u8 | u8::from(self.in_group) << 7;
        [start, length, self.line, self.details, u32::from_le_bytes([low, high, kind, comparison])]
    }

    fn of_numbers([start, length, line, details, rest]: [u32; 5]) -> Option<Self> {
        let [low, high, kind, comparison] = rest.to_le_bytes();
        Some(Self {
            value: Span::of_numbers([start, length]),
            line,
            details,
            list: ListId(u16::from_le_bytes([low, high])),
            kind: *Kind::ALL.get(usize::from(kind))?,
            comparison: *Comparison::ALL.get(usize::from(comparison & 0x7f))?,
            in_group: comparison & 0x80 != 0,
        })
    }
}

impl StoredDetails {
    fn to_numbers(self) -> [u32; 12] {
        let [first, last, until] = self.times.map(|time| [time as u32, (time >> 32) as u32]);
        let score = self.score.map_or(NO_SCORE, u32::from);
        let level = self.threat_level.map_or(0, |level| level as u32 + 1);
        let pairs = [self.comment.to_numbers(), self.tags.to_numbers(), first, last, until, [score, level]];
        let mut numbers = [0; 12];
        numbers.copy_from_slice(pairs.as_flattened());
        numbers
    }

    fn of_numbers(numbers: [u32; 12]) -> Option<Self> {
        let [comment, tags, first, last, until, [score, level]] = *numbers.as_chunks::<2>().0 else {
            return None;
        };
        let time = |[low, high]: [u32; 2]| i64::from(high as i32) << 32 | i64::from(low);
        Some(Self {
            comment: Span::of_numbers(comment),
            tags: Span::of_numbers(tags),
            times: [time(first), time(last), time(until)],
            score: if score == NO_SCORE { None } else { Some(u16::try_from(score).ok()?) },
            threat_level: match level.checked_sub(1) {
                Some(level) => Some(*ThreatLevel::ALL.get(level as usize)?),
                None => None,
            },
        })
    }
}
