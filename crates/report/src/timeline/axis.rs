//! A time axis, divided into bins. Long stretches without events are cut out.

use events::Timestamp;

use super::coarse::Coarse;
use super::units::UNITS;
use crate::Time;

/// The maximum number of bins of an axis.
const MAXIMUM_BINS: usize = 120;

/// A time axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Axis {
    /// The length of a bin.
    pub(crate) unit: &'static str,
    /// Where each bin begins, and at the end where the last bin ends.
    edges: Vec<i64>,
    /// The positions of the bins that stand for a stretch that was cut out.
    gaps: Vec<usize>,
}

/// Where a time is.
pub(super) enum Place {
    Before,
    Bin(usize),
    After,
}

impl Axis {
    /// Returns an axis for these times, or `None` if there are none.
    pub(crate) fn of(times: &Coarse) -> Option<Self> {
        let stretches = times.stretches();
        if stretches.is_empty() {
            return None;
        }
        UNITS.iter().find_map(|(name, unit)| {
            let (mut edges, mut gaps): (Vec<i64>, Vec<usize>) = (Vec::new(), Vec::new());
            for (first, last) in &stretches {
                let room = MAXIMUM_BINS.checked_sub(edges.len())?;
                let next = unit.edges(*first, *last, room)?;
                match edges.last().copied() {
                    // The last bin of the stretch before reaches to this one.
                    Some(end) if next[0] <= end => edges.extend(next.into_iter().filter(|edge| *edge > end)),
                    Some(_) => {
                        gaps.push(edges.len() - 1);
                        edges.extend(next);
                    }
                    None => edges = next,
                }
            }
            (edges.len() > 1).then_some(Self { unit: name, edges, gaps })
        })
    }

    pub(crate) fn bins(&self) -> usize {
        self.edges.len() - 1
    }

    pub(crate) fn end(&self) -> Time {
        Time(Timestamp(self.edges[self.bins()]))
    }

    /// Returns where each bin begins.
    pub(crate) fn starts(&self) -> impl Iterator<Item = Time> {
        self.edges[..self.bins()].iter().map(|edge| Time(Timestamp(*edge)))
    }

    /// Returns the positions of the bins that stand for a stretch that was cut out.
    pub(crate) fn gaps(&self) -> &[usize] {
        &self.gaps
    }

    /// Returns the bin that contains a time.
    pub(super) fn bin(&self, time: Time) -> Place {
        match self.edges.partition_point(|edge| *edge <= time.0.0) {
            0 => Place::Before,
            past if past == self.edges.len() => Place::After,
            past => Place::Bin(past - 1),
        }
    }
}
