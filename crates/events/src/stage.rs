//! The stage that an analysis is at. Samples of it show how the time is spent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// A part of the work on events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// None of the stages below.
    Other,
    /// Rows are read from the store.
    Read,
    /// Event data is inflated.
    Inflate,
    /// Event data is opened: its data type is read. Other attributes are read when a filter or
    /// plugin asks for them.
    Parse,
    /// The filter examines an event.
    Filter,
    /// The plugin at this position of the run examines an event.
    Plugin(u8),
    /// Results are written.
    Write,
}

/// Where a thread records its stage, for another thread to read. Recording takes about as long as
/// an addition, so it is done for each event.
#[derive(Debug, Clone, Default)]
pub struct StageMark(Arc<AtomicU8>);

const FIXED: [Stage; 6] =
    [Stage::Other, Stage::Read, Stage::Inflate, Stage::Parse, Stage::Filter, Stage::Write];

impl StageMark {
    /// Records the stage.
    pub fn enter(&self, stage: Stage) {
        let number = match stage {
            Stage::Plugin(position) => position.saturating_add(FIXED.len() as u8),
            fixed => FIXED.iter().position(|known| *known == fixed).unwrap_or_default() as u8,
        };
        self.0.store(number, Ordering::Relaxed);
    }

    /// Returns the stage that was recorded last.
    #[must_use]
    pub fn now(&self) -> Stage {
        let number = self.0.load(Ordering::Relaxed);
        FIXED
            .get(usize::from(number))
            .copied()
            .unwrap_or(Stage::Plugin(number.wrapping_sub(FIXED.len() as u8)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_seen() {
        let mark = StageMark::default();
        assert_eq!(mark.now(), Stage::Other);
        for stage in FIXED.into_iter().chain([Stage::Plugin(0), Stage::Plugin(63)]) {
            mark.enter(stage);
            assert_eq!(mark.clone().now(), stage);
        }
    }
}
