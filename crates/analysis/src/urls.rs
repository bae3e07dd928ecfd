//! The URL of an event, for plugins that look at visited pages.

use std::borrow::Cow;

use events::{AttributeId, EventView, Value};

use crate::plugin::EventFindings;

/// The longest URL looked at, in bytes: what Chrome takes for the longest URL there can be.
const LONGEST: usize = 2 << 20;

/// The `url` of the event data, if it has one that is a text; one too long to be a URL gives a warning instead.
pub(crate) fn url_of<'a>(
    event: &EventView<'a>,
    attribute: AttributeId,
    found: &mut EventFindings,
) -> Option<Cow<'a, str>> {
    let Some(Value::String(url)) = event.data?.get(attribute) else { return None };
    if url.len() > LONGEST {
        found.warn(format!("A URL of {} bytes was not looked at; the limit is {LONGEST}", url.len()));
        return None;
    }
    Some(url).filter(|url| !url.is_empty())
}
