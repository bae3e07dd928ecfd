//! Reads the URL of an event, for plugins that examine visited pages.

use std::borrow::Cow;

use events::{AttributeId, EventView, Value};

use crate::plugin::EventFindings;

/// The longest URL that is examined, in bytes. It is Chrome's limit for URLs.
const LONGEST: usize = 2 << 20;

/// Returns the `url` of the event data, if there is one and it is a text. A URL that is too long
/// gives a warning instead.
pub(crate) fn url_of<'a>(
    event: &EventView<'a>,
    attribute: AttributeId,
    found: &mut EventFindings,
) -> Option<Cow<'a, str>> {
    let Some(Value::String(url)) = event.data?.get(attribute) else { return None };
    if url.len() > LONGEST {
        found.warn(format!("A URL of {} bytes was not examined; the limit is {LONGEST}", url.len()));
        return None;
    }
    Some(url).filter(|url| !url.is_empty())
}
