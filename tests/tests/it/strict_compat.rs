//! What `--strict-compat` refuses, and what it leaves as it is.

use insta::assert_snapshot;
use serde_json::json;
use tests::{Compression, NewStore, Store, foreman};

/// What is said of an analysis that must be refused, and must leave the file as it was.
fn refused(store: &Store, arguments: &[&str], filter: &[&str]) -> String {
    let bytes = store.bytes();
    let run = foreman(["analyze", "--strict-compat"]).args(arguments).arg(store.path()).args(filter);
    let finished = run.expect(2);
    assert_eq!(store.bytes(), bytes, "the file has changed");
    finished.redacted(&[(store.folder(), "[FOLDER]")])
}

#[test]
fn a_filter_with_a_field_is_refused() {
    let store = Store::of("evtx-sample");
    let filter = "event_identifier is 4624 and (xml_string.LogonType is 3 or xml_string.LogonType is 10)";
    assert_snapshot!(refused(&store, &["--analysis", "sessionize"], &[filter]), @r"
    exit status 2
    foreman: the filter cannot be used: column 31: expected a whole attribute, found `xml_string.LogonType`, a field inside an attribute, which Plaso does not support; to use it, leave out --strict-compat
    event_identifier is 4624 and (xml_string.LogonType is 3 or xml_string.LogonType is 10)
                                  ^^^^^^^^^^^^^^^^^^^^
    ");
    foreman(["analyze", "--analysis", "sessionize"]).arg(store.path()).arg(filter).succeed();
    assert!(!store.dump().tags.is_empty());
}

#[test]
fn a_tagging_file_with_a_field_is_refused() {
    let store = Store::of("evtx-sample");
    let rules = store.folder().join("rules.txt");
    let text = "\
logon
  event_identifier is 4624
  event_identifier is 4624 and not xml_string.LogonType is 5

web
  http_request.path contains '/cgi-bin/' and http_request.method is 'POST'
";
    std::fs::write(&rules, text).unwrap();
    let arguments = ["--analysis", "tagging", "--tagging-file", rules.to_str().unwrap()];
    assert_snapshot!(refused(&store, &arguments, &[]), @r"
    exit status 2
    foreman: [FOLDER]/rules.txt:3:36: error: expected a whole attribute, found `xml_string.LogonType`, a field inside an attribute, which Plaso does not support; to use it, leave out --strict-compat
      event_identifier is 4624 and not xml_string.LogonType is 5
                                       ^^^^^^^^^^^^^^^^^^^^
    [FOLDER]/rules.txt:6:3: error: expected a whole attribute, found `http_request.path`, a field inside an attribute, which Plaso does not support; to use it, leave out --strict-compat
      http_request.path contains '/cgi-bin/' and http_request.method is 'POST'
      ^^^^^^^^^^^^^^^^^
    ");
    foreman(["analyze"]).args(arguments).arg(store.path()).succeed();
    assert!(store.dump().labels_in_tags.contains_key("logon"));
}

/// Plaso has no built-in rules, so these need not be what it knows.
#[test]
fn built_in_rules_find_the_same() {
    let [usual, strict] = [&[][..], &["--strict-compat"]].map(|options: &[&str]| {
        let store = Store::of("evtx-sample");
        let run = foreman(["analyze", "--analysis", "tagging", "--tagging-file", "windows"]);
        run.args(options).arg(store.path()).succeed();
        store.dump().labels_in_tags
    });
    assert!(strict.contains_key("logon_network"), "{strict:?}");
    assert_eq!(strict, usual);
}

/// Plaso's rows are in the order of first use. Here they are sorted, whatever the order of rows and
/// times, and `--strict-compat` does not change that (docs/differences-from-plaso.md).
#[test]
fn the_order_of_search_terms() {
    let urls = [
        (4, "http://search.yahoo.com/search?p=zebra"),
        (3, "http://search.yahoo.com/search?p=apple"),
        (2, "https://www.bing.com/search?q=zebra"),
        (1, "https://www.google.com/search?q=middle"),
        (5, "https://www.bing.com/search?q=apple"),
        (6, "http://search.yahoo.com/search?p=zebra"),
    ];
    for options in [&["--workers", "1"][..], &["--workers", "3"], &["--workers", "1", "--strict-compat"]] {
        let mut store = NewStore::new(Compression::Zlib);
        for (second, url) in urls {
            let data = store.event_data(json!({"data_type": "msiecf:url", "url": url}));
            store.event(second * 1_000_000, data);
        }
        let store = store.finish();
        foreman(["analyze", "--analysis", "browser_search"]).args(options).arg(store.path()).succeed();
        let rows = store.texts(
            "SELECT search_engine || ' ' || search_term || ' ' || number_of_queries \
             FROM browser_search_analysis_result ORDER BY _identifier",
        );
        let expected =
            ["Bing apple 1", "Bing zebra 1", "Google Search middle 1", "Yahoo apple 1", "Yahoo zebra 2"];
        assert_eq!(rows, expected, "{options:?}");
    }
}
