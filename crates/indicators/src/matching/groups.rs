//! Indicators that count only together.

use rustc_hash::FxHashMap;

use crate::model::{IndicatorId, Indicators, Kind, Node};

/// The groups of each indicator.
#[derive(Debug, Default)]
pub(super) struct Groups {
    by_indicator: FxHashMap<IndicatorId, Vec<u32>>,
}

impl Groups {
    pub(super) fn new(indicators: &Indicators) -> Self {
        let mut groups = Self::default();
        for (number, group) in indicators.groups().enumerate() {
            each_indicator(group.root, &mut |id| {
                let of_indicator = groups.by_indicator.entry(id).or_default();
                if of_indicator.last() != Some(&(number as u32)) {
                    of_indicator.push(number as u32);
                }
            });
        }
        groups
    }

    /// Returns the numbers of the groups that hold if an event has the values of these indicators,
    /// which are sorted.
    pub(super) fn find(&self, indicators: &Indicators, met: &[IndicatorId]) -> Vec<u32> {
        if self.by_indicator.is_empty() {
            return Vec::new();
        }
        let of_met = |id| self.by_indicator.get(id).map_or(&[][..], Vec::as_slice);
        let mut groups: Vec<u32> = met.iter().flat_map(of_met).copied().collect();
        groups.sort_unstable();
        groups.dedup();
        groups.retain(|number| holds(indicators.group(*number).root, met));
        groups
    }
}

fn holds(node: &Node, met: &[IndicatorId]) -> bool {
    match node {
        Node::Indicator(id) => met.binary_search(id).is_ok(),
        Node::All(nodes) => nodes.iter().all(|node| holds(node, met)),
        Node::Any(nodes) => nodes.iter().any(|node| holds(node, met)),
    }
}

/// Calls `visit` with each indicator of a group.
fn each_indicator(node: &Node, visit: &mut dyn FnMut(IndicatorId)) {
    match node {
        Node::Indicator(id) => visit(*id),
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().for_each(|node| each_indicator(node, visit)),
    }
}

/// Returns the kinds of the indicators of a combination.
#[must_use]
pub fn kinds_of_group(indicators: &Indicators, number: u32) -> Vec<Kind> {
    let mut kinds = Vec::new();
    each_indicator(indicators.group(number).root, &mut |id| kinds.push(indicators.get(id).kind));
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}
