//! `unique_domains_visited`: counts the visits of domains.

use events::{AttributeId, AttributeNames, EventView};
use filter::Reads;

use crate::description::PluginDescription;
use crate::error::PrepareError;
use crate::netloc::network_location;
use crate::plugin::{AnalysisPlugin, DataTypes, EventFindings, Needs, PluginError, RunContext};
use crate::settings::Settings;
use crate::spec::Spec;
use crate::urls::url_of;

pub(crate) const SPEC: Spec = Spec::new(
    PluginDescription {
        name: "unique_domains_visited",
        summary: "Counts the visits of each domain.",
        reads: "The URLs in browser histories, downloads and the quarantine of macOS.",
        writes: "A report that counts the events of each network location, user name and port included.",
        options: &[],
    },
    prepare,
);

fn prepare(
    _settings: &Settings<'_>,
    names: &mut AttributeNames,
    context: &RunContext,
) -> Result<Box<dyn AnalysisPlugin>, PrepareError> {
    Ok(Box::new(UniqueDomainsVisited::new(names, context.strict_compat)))
}

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

/// Data types of Plaso's current parsers that Plaso's plugin does not know.
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
            // Plaso only logs this.
            Err(_) if self.strict_compat => {}
            Err(error) => found.warn(format!("Unable to determine domain in URL: {url}: {error}")),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::examine;

    fn found(url: &str, strict_compat: bool) -> EventFindings {
        let mut names = AttributeNames::default();
        let mut plugin = UniqueDomainsVisited::new(&mut names, strict_compat);
        examine(&mut plugin, &names, &format!(r#"{{"data_type": "msiecf:url", "url": {url}}}"#))
    }

    #[test]
    fn domains_are_counted() {
        assert_eq!(found(r#""http://u@Example.org:80/x?y""#, false).counts, ["u@Example.org:80"]);
        for url in ["null", r#""""#, r#""about:blank""#, r#""file:///x""#, "1", r#"["http://h/"]"#] {
            let found = found(url, false);
            assert!(found.counts.is_empty() && found.warnings.is_empty(), "{url}");
        }
    }

    #[test]
    fn what_is_no_url_gives_a_warning_where_plaso_says_nothing() {
        let found = |strict_compat| found(r#""http://[::1/x""#, strict_compat).warnings;
        let warning = "Unable to determine domain in URL: http://[::1/x: its host is in brackets, but is not an IPv6 address";
        assert_eq!(found(false), [warning]);
        assert!(found(true).is_empty());
    }

    #[test]
    fn a_url_of_megabytes_is_not_looked_at() {
        let url = format!("\"http://h/{}\"", "x".repeat(2 << 20));
        let found = found(&url, false);
        assert!(found.counts.is_empty());
        assert_eq!(found.warnings, ["A URL of 2097161 bytes was not examined; the limit is 2097152"]);
    }

    #[test]
    fn strictness_takes_data_types_away() {
        let data_types = |strict_compat| {
            let plugin = UniqueDomainsVisited::new(&mut AttributeNames::default(), strict_compat);
            let DataTypes::Only(data_types) = plugin.needs().data_types.clone() else { panic!("any") };
            data_types
        };
        assert_eq!((data_types(true).len(), data_types(false).len()), (10, 14));
    }
}
