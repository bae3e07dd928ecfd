//! Search engines: to which one a URL belongs, and what the query was.
//!
//! The rules are the same as Plaso's, with their oddities. The engine's address is searched
//! anywhere in a URL, so a URL can belong to several engines, and `q=` is also found inside other
//! parameters.

/// A search engine.
pub(crate) struct SearchEngine {
    /// The engine's name.
    pub(crate) name: &'static str,
    /// Plaso's name of the function that extracts the query. Plaso's warnings contain it, and other
    /// tools parse these warnings.
    pub(crate) extractor: &'static str,
    is_of: fn(&str) -> bool,
    query: fn(&str) -> Query<'_>,
}

/// The query in a URL of a search engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Query<'a> {
    /// A query as it is written in the URL, never empty.
    Found(&'a str),
    /// There is no query.
    Missing,
    /// There is only white space where a word is expected. Plaso fails on such an event.
    Blank,
}

/// All search engines, by name, in Plaso's order. Plaso tries them in an order that differs from
/// run to run.
pub(crate) const SEARCH_ENGINES: [SearchEngine; 10] = [
    SearchEngine {
        name: "Bing",
        extractor: "_ExtractSearchQueryFromURL",
        is_of: |url| url.contains("bing.com/search"),
        query: q_parameter,
    },
    SearchEngine {
        name: "DuckDuckGo",
        extractor: "_ExtractDuckDuckGoSearchQuery",
        is_of: |url| url.contains("duckduckgo.com"),
        query: q_parameter,
    },
    SearchEngine {
        name: "GMail",
        extractor: "_ExtractGMailSearchQuery",
        is_of: |url| url.contains("mail.google.com"),
        query: part_after_search,
    },
    SearchEngine {
        name: "Google Docs",
        extractor: "_ExtractGoogleDocsSearchQuery",
        is_of: |url| url.contains("docs.google.com"),
        query: q_parameter,
    },
    SearchEngine {
        name: "Google Drive",
        extractor: "_ExtractGoogleSearchQuery",
        is_of: |url| url.contains("drive.google.com/drive/search"),
        query: q_parameter,
    },
    SearchEngine {
        name: "Google Search",
        extractor: "_ExtractGoogleSearchQuery",
        is_of: is_google_search,
        query: q_parameter,
    },
    SearchEngine {
        name: "Google Sites",
        extractor: "_ExtractGoogleSearchQuery",
        is_of: |url| url.contains("sites.google.com/site"),
        query: q_parameter_of_search,
    },
    SearchEngine {
        name: "Yahoo",
        extractor: "_ExtractYahooSearchQuery",
        is_of: |url| url.contains("yahoo.com/search"),
        query: |url| first_word_after(url, "p="),
    },
    SearchEngine {
        name: "Yandex",
        extractor: "_ExtractYandexSearchQuery",
        is_of: |url| url.contains("yandex.com/search"),
        query: |url| first_word_after(url, "text="),
    },
    SearchEngine {
        name: "Youtube",
        extractor: "_ExtractYouTubeSearchQuery",
        is_of: |url| url.contains("youtube.com"),
        query: q_parameter_of_search,
    },
];

impl SearchEngine {
    /// Returns the query in `url`, or `None` if the URL does not belong to this engine.
    pub(crate) fn query<'a>(&self, url: &'a str) -> Option<Query<'a>> {
        (self.is_of)(url).then(|| (self.query)(url))
    }
}

/// Decodes a query to the text that was typed: `+` is a space, and bytes written as `%XX` are
/// UTF-8.
///
/// As in Python's `unquote`, a `%` without two hexadecimal digits stays as it is, and bytes that
/// are not UTF-8 become U+FFFD.
pub(crate) fn decoded(query: &str) -> String {
    let bytes = query.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = if byte == b'%' { hexadecimal(bytes.get(at + 1..at + 3)) } else { None };
        match escaped {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(if byte == b'+' { b' ' } else { byte });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hexadecimal(digits: Option<&[u8]>) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    match digits? {
        &[high, low] => u8::try_from(digit(high)? << 4 | digit(low)?).ok(),
        _ => None,
    }
}

/// Returns whether the URL has `google.` after `www.`, `encrypted.` or `/`, and the next path
/// begins with `search`.
fn is_google_search(url: &str) -> bool {
    // Many names can have the same next slash, for which the URL is searched once.
    let mut slash = 0;
    for (start, google) in url.match_indices("google.") {
        let end = start + google.len();
        if slash < end {
            let Some(next) = url[end..].find('/') else { return false };
            slash = end + next;
        }
        if ["www.", "encrypted.", "/"].iter().any(|host| url[..start].ends_with(host))
            && url[slash + 1..].starts_with("search")
        {
            return true;
        }
    }
    false
}

/// Returns the text after the first `q=` that follows the first `?`, up to `&`.
fn q_parameter(url: &str) -> Query<'_> {
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
    found(until(parameters.split_once("q=").map_or("", |(_, value)| value), '&'))
}

fn q_parameter_of_search(url: &str) -> Query<'_> {
    if url.contains("search") { q_parameter(url) } else { Query::Missing }
}

/// Returns the text after the first `search/`, up to `/` or `?`.
fn part_after_search(url: &str) -> Query<'_> {
    let part = url.split_once("search/").map_or("", |(_, part)| part);
    found(until(until(part, '/'), '?'))
}

/// Returns the first word after the first `name`, up to `&`.
fn first_word_after<'a>(url: &'a str, name: &str) -> Query<'a> {
    let value = until(url.split_once(name).map_or("", |(_, value)| value), '&');
    match value.split(is_python_space).find(|word| !word.is_empty()) {
        Some(word) => Query::Found(word),
        None if value.is_empty() => Query::Missing,
        None => Query::Blank,
    }
}

fn found(query: &str) -> Query<'_> {
    if query.is_empty() { Query::Missing } else { Query::Found(query) }
}

fn until(text: &str, end: char) -> &str {
    text.split(end).next().unwrap_or_default()
}

/// Returns whether Python takes the character for white space. In Python, the four information
/// separators are white space.
fn is_python_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// URLs, and what Plaso's plugin finds in them: an engine with its query, or with the extractor
    /// in the warning.
    const PLASO: [(&str, &[(&str, &str)]); 46] = [
        ("https://www.bing.com/search?q=ie+11&src=x", &[("Bing", "ie 11")]),
        ("http://bing.com/search;x?a=1&q=b", &[("Bing", "b")]),
        ("http://bing.com/search?q=", &[("Bing", "!_ExtractSearchQueryFromURL")]),
        ("http://bing.com/search?q=+", &[("Bing", " ")]),
        ("http://bing.com/search?Q=x", &[("Bing", "!_ExtractSearchQueryFromURL")]),
        ("http://BING.com/search?q=x", &[]),
        ("http://bing.com/?q=x", &[]),
        ("https://duckduckgo.com/?q=a%3Ab:c&t=h", &[("DuckDuckGo", "a:b:c")]),
        ("https://duckduckgo.com/about", &[("DuckDuckGo", "!_ExtractDuckDuckGoSearchQuery")]),
        ("https://duckduckgo.com/q=x", &[("DuckDuckGo", "!_ExtractDuckDuckGoSearchQuery")]),
        ("https://duckduckgo.com/?x&seq=1", &[("DuckDuckGo", "1")]),
        ("https://duckduckgo.com/?q=a?q=b", &[("DuckDuckGo", "a?q=b")]),
        ("https://duckduckgo.com/?q=a#f", &[("DuckDuckGo", "a#f")]),
        ("https://mail.google.com/mail/u/0/#search/a+b%2Bc/123", &[("GMail", "a b+c")]),
        ("https://mail.google.com/mail/u/0/?search/a?b/c", &[("GMail", "a")]),
        ("https://mail.google.com/mail/u/0/#search/", &[("GMail", "!_ExtractGMailSearchQuery")]),
        ("https://mail.google.com/mail/u/0/#inbox", &[("GMail", "!_ExtractGMailSearchQuery")]),
        ("https://docs.google.com/u/0/?q=x", &[("Google Docs", "x")]),
        ("https://docs.google.com/comments", &[("Google Docs", "!_ExtractGoogleDocsSearchQuery")]),
        ("https://drive.google.com/drive/search?q=type:pdf%20x", &[("Google Drive", "type:pdf x")]),
        ("https://drive.google.com/drive/u/0/search?q=x", &[]),
        ("https://www.google.com/search?q=a&q=b", &[("Google Search", "a")]),
        ("https://encrypted.google.co.uk/search?q=%C3%A9", &[("Google Search", "é")]),
        ("http://google.com/search?hl=en", &[("Google Search", "!_ExtractGoogleSearchQuery")]),
        ("http://google./search?q=x", &[("Google Search", "x")]),
        ("http://google.com/search", &[("Google Search", "!_ExtractGoogleSearchQuery")]),
        ("http://google.com/url/search?q=x", &[]),
        ("http://google.com/webhp?q=x", &[]),
        ("http://notgoogle.com/search?q=x", &[]),
        ("http://images.google.com/search?q=x", &[]),
        ("http://x/?u=http://www.google.com/search?q=x", &[("Google Search", "x")]),
        ("http://google.com/x?u=//google.de/search?q=y", &[("Google Search", "y")]),
        ("https://sites.google.com/site/search?q=1", &[("Google Sites", "1")]),
        ("https://sites.google.com/site/x?q=1", &[("Google Sites", "!_ExtractGoogleSearchQuery")]),
        ("https://search.yahoo.com/search;_y?p=a+b c&fr=x", &[("Yahoo", "a b")]),
        ("https://yahoo.com/search?p=", &[("Yahoo", "!_ExtractYahooSearchQuery")]),
        ("https://yahoo.com/search?q=x", &[("Yahoo", "!_ExtractYahooSearchQuery")]),
        ("https://yahoo.com/search?p= \u{1c}", &[("Yahoo", "?_ExtractYahooSearchQuery")]),
        ("https://yandex.com/search/?text=%D0%BF%D1%80+x&lr=1", &[("Yandex", "пр x")]),
        ("https://yandex.com/search/?text=\ta\tb", &[("Yandex", "a")]),
        ("https://yandex.com/search/?text=&lr=1", &[("Yandex", "!_ExtractYandexSearchQuery")]),
        ("https://yandex.com/search/?text= &lr=1", &[("Yandex", "?_ExtractYandexSearchQuery")]),
        ("https://youtube.com/results?search_query=a", &[("Youtube", "!_ExtractYouTubeSearchQuery")]),
        ("https://youtube.com/results?search_query=a&aq=b", &[("Youtube", "b")]),
        ("https://youtube.com/watch?v=1&q=2", &[("Youtube", "!_ExtractYouTubeSearchQuery")]),
        (
            "https://www.google.com/search?q=youtube.com",
            &[("Google Search", "youtube.com"), ("Youtube", "youtube.com")],
        ),
    ];

    /// If each name searched the rest of the URL for a slash, this would take a minute.
    #[test]
    fn a_url_with_many_names() {
        let many = "www.google.".repeat(1 << 18);
        for (end, expected) in
            [("", false), ("/search", true), ("/url/search", false), ("/www.google./search", true)]
        {
            assert_eq!(is_google_search(&format!("http:{many}{end}")), expected, "{end}");
        }
    }

    #[test]
    fn as_in_plaso() {
        for (url, expected) in PLASO {
            let said: Vec<_> = SEARCH_ENGINES
                .iter()
                .filter_map(|engine| Some((engine, engine.query(url)?)))
                .map(|(engine, query)| match query {
                    Query::Found(query) => (engine.name, decoded(query)),
                    Query::Missing => (engine.name, format!("!{}", engine.extractor)),
                    Query::Blank => (engine.name, format!("?{}", engine.extractor)),
                })
                .collect();
            let expected: Vec<_> = expected.iter().map(|&(name, said)| (name, said.to_owned())).collect();
            assert_eq!(said, expected, "{url}");
        }
    }

    #[test]
    fn decoding_is_pythons() {
        for (query, expected) in [
            ("a+b%2Bc", "a b+c"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz%4g%41", "%zz%4gA"),
            ("%25%34%31", "%41"),
            ("%c3%A9%C3é%A9", "é\u{fffd}é\u{fffd}"),
            ("%e2%82x", "\u{fffd}x"),
            ("%ED%A0%80", "\u{fffd}\u{fffd}\u{fffd}"),
            ("%F0%9F%98%80", "😀"),
            ("%00%0A", "\0\n"),
            ("%é", "%é"),
        ] {
            assert_eq!(decoded(query), expected, "{query}");
        }
    }

    proptest! {
        #[test]
        fn what_was_typed_comes_back(text in any::<String>()) {
            let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            prop_assert_eq!(decoded(&escaped), text);
        }

        #[test]
        fn no_query_is_found_empty(url in "(google\\.|www\\.|yahoo\\.com/search|yandex\\.com/search|youtube\\.com|/|search|q=|p=|text=|[?&+ é%]){0,9}") {
            for query in SEARCH_ENGINES.iter().filter_map(|engine| engine.query(&url)) {
                prop_assert!(!matches!(query, Query::Found(query) if decoded(query).is_empty()));
            }
        }
    }
}
