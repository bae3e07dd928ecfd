//! What an analysis is at this moment, for whoever looks now and then to see where the time goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// A part of the work on events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// None of the others.
    Other,
    /// Rows are read from the store.
    Read,
    /// Event data is inflated.
    Inflate,
    /// Event data is opened: its data type is read. Other attributes are read when somebody asks for them.
    Parse,
    /// The filter looks at an event.
    Filter,
    /// The plugin at this position of the run looks at an event.
    Plugin(u8),
    /// What was found is written.
    Write,
}

/// Where a thread notes the stage it is in; another may look. Noting takes about as long as an addition, so it
/// is done for every event.
#[derive(Debug, Clone, Default)]
pub struct StageMark(Arc<AtomicU8>);

const FIXED: [Stage; 6] =
    [Stage::Other, Stage::Read, Stage::Inflate, Stage::Parse, Stage::Filter, Stage::Write];

impl StageMark {
    /// Notes the stage.
    pub fn enter(&self, stage: Stage) {
        let number = match stage {
            Stage::Plugin(position) => position.saturating_add(FIXED.len() as u8),
            fixed => FIXED.iter().position(|known| *known == fixed).unwrap_or_default() as u8,
        };
        self.0.store(number, Ordering::Relaxed);
    }

    /// The stage noted last.
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
