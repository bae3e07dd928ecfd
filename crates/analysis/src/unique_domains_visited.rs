//! `unique_domains_visited`: which domains were visited, and how often.

use events::{AttributeId, AttributeNames, EventView};
use filter::Reads;

use crate::description::PluginDescription;
use crate::netloc::network_location;
use crate::plugin::{AnalysisPlugin, DataTypes, EventFindings, Needs, PluginError};
use crate::urls::url_of;

pub(crate) const DESCRIPTION: PluginDescription = PluginDescription {
    name: "unique_domains_visited",
    summary: "Counts the visits of each domain.",
    reads: "The URL of browser history, of downloads and of the quarantine of macOS.",
    writes: "A report that counts the events of each network location, user name and port included.",
    options: &[],
};

const PLASO_DATA_TYPES: [&str; 10] = [
    "chrome:history:file_downloaded",
    "chrome:history:page_visited",
    "firefox:downloads:download",
    "firefox:places:page_visited",
    "macos:lsquarantine",
    "msie:webcache:container",
    "msiecf:redirected",
    "msiecf:url",
    "opera:history",
    "safari:history:visit",
];

/// What Plaso's parsers emit today under other names than its plugin knows.
const MORE_DATA_TYPES: [&str; 4] = [
    "macos:lsquarantine:entry",
    "opera:history:entry",
    "opera:history:typed_entry",
    "safari:history:visit_sqlite",
];

pub(crate) struct UniqueDomainsVisited {
    url: AttributeId,
    strict_compat: bool,
    needs: Needs,
}

impl UniqueDomainsVisited {
    pub(crate) fn new(names: &mut AttributeNames, strict_compat: bool) -> Self {
        let more: &[_] = if strict_compat { &[] } else { &MORE_DATA_TYPES };
        let data_types = PLASO_DATA_TYPES.iter().chain(more).copied().collect();
        Self {
            url: names.register("url"),
            strict_compat,
            needs: Needs {
                data_types: DataTypes::Only(data_types),
                reads: Reads { event_data: true, ..Reads::default() },
            },
        }
    }
}

impl AnalysisPlugin for UniqueDomainsVisited {
    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn examine(&mut self, event: &EventView<'_>, found: &mut EventFindings) -> Result<(), PluginError> {
        let Some(url) = url_of(event, self.url, found) else { return Ok(()) };
        match network_location(&url) {
            Ok(domain) if domain.is_empty() => {}
            Ok(domain) => found.count(domain),
            // Plaso writes a line about it to its log only.
            Err(_) if self.strict_compat => {}
            Err(error) => found.warn(format!("Unable to determine domain in URL: {url}: {error}")),
        }
        Ok(())
    }
}
