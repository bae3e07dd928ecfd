//! An event as a reader shows it.

use events::{EventData, EventId, EventView};

use crate::unreadable::Unreadable;

/// An event as a reader shows it: readable as far as it has been read, or not.
///
/// Event data is read only as far as somebody asks for it, so an error in it may show late. The
/// event is therefore visible only to [`examine`](Self::examine), which asks for the error
/// afterwards.
pub struct ReadEvent<'a> {
    id: EventId,
    event: Result<EventView<'a>, &'a Unreadable>,
    /// Why labels of the event cannot be read.
    labels: Option<&'a Unreadable>,
}

impl<'a> ReadEvent<'a> {
    pub(crate) fn new(event: EventView<'a>, labels: Option<&'a Unreadable>) -> Self {
        Self { id: event.event.id, event: Ok(event), labels }
    }

    pub(crate) fn unreadable(id: EventId, unreadable: &'a Unreadable) -> Self {
        Self { id, event: Err(unreadable), labels: None }
    }

    /// The event's number.
    #[must_use]
    pub fn id(&self) -> EventId {
        self.id
    }

    /// Shows the event to `examine`, and returns its result. `examine` is not called if the event
    /// is already known to be unreadable.
    ///
    /// # Errors
    ///
    /// If the event cannot be read, or something that `examine` asked for was broken. `examine` has
    /// taken it for missing, so its result must not be used.
    pub fn examine<T>(&self, examine: impl FnOnce(&EventView<'_>) -> T) -> Result<T, Unreadable> {
        match self.labels {
            Some(unreadable) => Err(unreadable.clone()),
            None => self.examine_with_some_labels(examine),
        }
    }

    /// Returns whether the event has labels that cannot be read.
    #[must_use]
    pub fn has_unreadable_labels(&self) -> bool {
        self.event.is_ok() && self.labels.is_some()
    }

    /// Does the same as [`examine`](Self::examine), but shows an event whose labels cannot be read
    /// with those that can be.
    ///
    /// # Errors
    ///
    /// If anything but the labels cannot be read.
    pub fn examine_with_some_labels<T>(
        &self,
        examine: impl FnOnce(&EventView<'_>) -> T,
    ) -> Result<T, Unreadable> {
        let event = self.event.map_err(Unreadable::clone)?;
        let result = examine(&event);
        match event.data.and_then(EventData::error) {
            Some(error) => Err(Unreadable::EventData(event.event.data, error)),
            None => Ok(result),
        }
    }
}
