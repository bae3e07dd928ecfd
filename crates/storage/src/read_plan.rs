//! What is read of every event.

use std::sync::Arc;

use events::{AttributeNames, Reads, StageMark, TimeRange};

/// What a reader reads of every event beyond the event itself.
#[derive(Debug, Clone)]
pub struct ReadPlan {
    pub(crate) names: Arc<AttributeNames>,
    pub(crate) event_data: bool,
    pub(crate) stream: bool,
    pub(crate) labels: bool,
    pub(crate) times: Option<TimeRange>,
    pub(crate) stage: StageMark,
}

impl ReadPlan {
    /// A plan to read what `reads` asks for. `names` are the attributes of event data that will be
    /// asked for.
    ///
    /// The reference to an event data stream is in the event data, so a plan for the stream reads
    /// the event data, too.
    #[must_use]
    pub fn new(names: impl Into<Arc<AttributeNames>>, reads: &Reads) -> Self {
        let stream = !reads.stream.is_empty();
        Self {
            names: names.into(),
            event_data: reads.event_data || stream,
            stream,
            labels: reads.labels,
            times: None,
            stage: StageMark::default(),
        }
    }

    /// Reads the labels of each event, too.
    #[must_use]
    pub fn with_labels(self) -> Self {
        Self { labels: true, ..self }
    }

    /// Shows only the events within these times, if there are any. Other events are counted, but
    /// their data is not read.
    #[must_use]
    pub fn within(self, times: Option<TimeRange>) -> Self {
        Self { times, ..self }
    }

    /// Has the reader note its stage here.
    #[must_use]
    pub fn with_stage(self, stage: StageMark) -> Self {
        Self { stage, ..self }
    }
}
