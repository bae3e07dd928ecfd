//! `browser_search`: finds search queries in the URLs of browsers.

use std::collections::BTreeSet;

use events::{AttributeId, AttributeNames, EventView, Label, Reduced, ResultColumn, ResultRow, ResultTable};
use filter::Reads;

use crate::description::PluginDescription;
use crate::error::PrepareError;
use crate::plugin::{AnalysisPlugin, DataTypes, EventFindings, Needs, PluginError, ReduceInput, RunContext};
use crate::search_engines::{Query, SEARCH_ENGINES, decoded};
use crate::settings::Settings;
use crate::spec::Spec;
use crate::urls::url_of;

const RESULTS: ResultTable = ResultTable {
    name: "browser_search_analysis_result",
    columns: &[
        ResultColumn::Integer("number_of_queries"),
        ResultColumn::Text("search_engine"),
        ResultColumn::Text("search_term"),
    ],
};

pub(crate) const SPEC: Spec = Spec {
    results: Some(&RESULTS),
    ..Spec::new(
        PluginDescription {
            name: "browser_search",
            summary: "Finds the queries to search engines.",
            reads: "The URLs that browsers store: history, downloads, bookmarks, cache, cookies.",
            writes: "The label browser_search; the report and browser_search_analysis_result count each engine's queries; \
             a warning for each URL of a search engine without a query.",
            options: &[],
        },
        prepare,
    )
};

fn prepare(
    _settings: &Settings<'_>,
    names: &mut AttributeNames,
    context: &RunContext,
) -> Result<Box<dyn AnalysisPlugin>, PrepareError> {
    Ok(Box::new(BrowserSearch::new(names, context.strict_compat)))
}

const PLASO_DATA_TYPES: [&str; 29] = [
    "chrome:autofill:entry",
    "chrome:cache:entry",
    "chrome:cookie:entry",
    "chrome:extension_activity:activity_log",
    "chrome:history:file_downloaded",
    "chrome:history:page_visited",
    "cookie:google:analytics:utma",
    "cookie:google:analytics:utmb",
    "cookie:google:analytics:utmt",
    "cookie:google:analytics:utmz",
    "firefox:cache:record",
    "firefox:cookie:entry",
    "firefox:downloads:download",
    "firefox:places:bookmark",
    "firefox:places:bookmark_annotation",
    "firefox:places:bookmark_folder",
    "firefox:places:page_visited",
    "msie:webcache:container",
    "msie:webcache:containers",
    "msie:webcache:leak_file",
    "msie:webcache:partitions",
    "msiecf:leak",
    "msiecf:redirected",
    "msiecf:url",
    "opera:history:entry",
    "opera:history:typed_entry",
    "safari:cookie:entry",
    "safari:history:visit",
    "safari:history:visit_sqlite",
];

/// A current data type of browsers with a `url` that Plaso's plugin does not know.
const MORE_DATA_TYPES: [&str; 1] = ["safari:downloads:entry"];

pub(crate) struct BrowserSearch {
    url: AttributeId,
    label: Label,
    strict_compat: bool,
    needs: Needs,
}

impl BrowserSearch {
    pub(crate) fn new(names: &mut AttributeNames, strict_compat: bool) -> Self {
        let more: &[_] = if strict_compat { &[] } else { &MORE_DATA_TYPES };
        let data_types: BTreeSet<_> = PLASO_DATA_TYPES.iter().chain(more).copied().collect();
        Self {
            url: names.register("url"),
            label: Label::new("browser_search").expect("letters and an underscore"),
            strict_compat,
            needs: Needs {
                data_types: DataTypes::Only(data_types),
                reads: Reads { event_data: true, ..Reads::default() },
            },
        }
    }
}

impl AnalysisPlugin for BrowserSearch {
    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn examine(&mut self, event: &EventView<'_>, found: &mut EventFindings) -> Result<(), PluginError> {
        let Some(url) = url_of(event, self.url, found) else { return Ok(()) };
        for engine in &SEARCH_ENGINES {
            match engine.query(&url) {
                None => {}
                Some(Query::Found(query)) => {
                    found.tag(&self.label);
                    found.count(format!("{}:{}", engine.name, decoded(query)));
                }
                Some(Query::Blank) if self.strict_compat => {}
                Some(Query::Missing | Query::Blank) => found
                    .warn(format!("Unable to determine search query: {} in URL: {url}", engine.extractor)),
            }
        }
        Ok(())
    }

    fn reduces(&self) -> bool {
        true
    }

    /// Turns the counts of all tasks into rows. No engine has a colon in its name.
    fn reduce(&mut self, input: &mut dyn ReduceInput) -> Result<Reduced, PluginError> {
        let row = |(name, &number_of_queries): (&String, &u64)| {
            let (search_engine, search_term) = name.split_once(':')?;
            Some(ResultRow(vec![number_of_queries.into(), search_engine.into(), search_term.into()]))
        };
        Ok(Reduced { results: input.counter().iter().filter_map(row).collect(), ..Reduced::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::examine;
    use testing::ReduceMemory;

    fn found(url: &str, strict_compat: bool) -> EventFindings {
        let mut names = AttributeNames::default();
        let mut plugin = BrowserSearch::new(&mut names, strict_compat);
        examine(&mut plugin, &names, &format!(r#"{{"data_type": "msiecf:url", "url": "{url}"}}"#))
    }

    #[test]
    fn a_url_of_two_engines_counts_for_both_and_is_labelled_once() {
        let found = found("https://www.google.com/search?q=youtube.com", false);
        assert_eq!(found.counts, ["Google Search:youtube.com", "Youtube:youtube.com"]);
        assert_eq!(found.labels.iter().map(Label::as_str).collect::<Vec<_>>(), ["browser_search"]);
    }

    #[test]
    fn warnings_are_plasos() {
        let missing = found("http://duckduckgo.com/", true);
        let warning =
            "Unable to determine search query: _ExtractDuckDuckGoSearchQuery in URL: http://duckduckgo.com/";
        assert_eq!(missing.warnings, [warning]);
        assert!(missing.labels.is_empty() && missing.counts.is_empty());
        let blank = "http://yahoo.com/search?p= ";
        assert_eq!(found(blank, false).warnings.len(), 1);
        assert!(found(blank, true).warnings.is_empty());
    }

    #[test]
    fn counts_become_rows() {
        let mut plugin = BrowserSearch::new(&mut AttributeNames::default(), false);
        let counts = [("Bing:a", 2), ("Bing:b:c", 1), ("GMail: ", 3)];
        let counter = counts.map(|(name, count)| (name.to_owned(), count)).into();
        let mut input = ReduceMemory { counter, ..ReduceMemory::default() };
        let reduced = plugin.reduce(&mut input).unwrap();
        assert!(input.labels.is_empty());
        let row = |engine: &str, term: &str, number_of_queries: u64| {
            ResultRow(vec![number_of_queries.into(), engine.into(), term.into()])
        };
        assert_eq!(reduced.results, [row("Bing", "a", 2), row("Bing", "b:c", 1), row("GMail", " ", 3)]);
        assert!(reduced.counter.is_empty() && reduced.warnings.is_empty());
    }

    #[test]
    fn strictness_takes_data_types_away() {
        let data_types = |strict_compat| {
            let plugin = BrowserSearch::new(&mut AttributeNames::default(), strict_compat);
            let DataTypes::Only(data_types) = plugin.needs().data_types.clone() else { panic!("any") };
            data_types
        };
        assert_eq!((data_types(true).len(), data_types(false).len()), (29, 30));
    }
}
