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
}

impl<'a> ReadEvent<'a> {
    pub(crate) fn new(event: EventView<'a>) -> Self {
        Self { id: event.event.id, event: Ok(event) }
    }

    pub(crate) fn unreadable(id: EventId, unreadable: &'a Unreadable) -> Self {
        Self { id, event: Err(unreadable) }
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
        let event = self.event.map_err(Unreadable::clone)?;
        let result = examine(&event);
        match event.data.and_then(EventData::error) {
            Some(error) => Err(Unreadable::EventData(event.event.data, error)),
            None => Ok(result),
        }
    }
}
