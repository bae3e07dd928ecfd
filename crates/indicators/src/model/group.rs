//! Indicators that count only together.

use serde::{Deserialize, Serialize};

use super::indicator::{Details, IndicatorId};
use super::list::ListId;

/// A combination of indicators. It is found if one event has the values that the combination asks
/// for: `AND` of STIX and OpenIOC, and `regkey|value` of MISP.
#[derive(Debug, Clone, Copy)]
pub struct Group<'a> {
    /// The list that it is from.
    pub list: ListId,
    /// Its line in the list's file, from 1.
    pub line: u32,
    /// What the list has: the pattern, or the conditions in words.
    pub written: &'a str,
    /// What the list says about it.
    pub details: Details<'a>,
    /// The combination.
    pub root: &'a Node,
}

/// A part of a combination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Node {
    /// The event has this value. The indicator is
    /// [`in_group`](super::indicator::Indicator::in_group), so that alone it is no finding.
    Indicator(IndicatorId),
    /// All of these hold.
    All(Vec<Node>),
    /// One of these holds.
    Any(Vec<Node>),
}
