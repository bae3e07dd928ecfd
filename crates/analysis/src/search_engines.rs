//! Search engines: which one a URL is of, and what was searched for.
//!
//! The rules are Plaso's, quirks included: a URL is searched for the engine's address anywhere, so it may be of several engines,
//! and `q=` is found within other parameters, too.

/// A search engine.
pub(crate) struct SearchEngine {
    /// Its name.
    pub(crate) name: &'static str,
    /// Plaso's name of what extracts the query; it is part of warnings that other tools read.
    pub(crate) extractor: &'static str,
    is_of: fn(&str) -> bool,
    query: fn(&str) -> Query<'_>,
}

/// What a URL of a search engine says of what was searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Query<'a> {
    /// This, as it is written in the URL; never empty.
    Found(&'a str),
    /// Nothing.
    Missing,
    /// White space only, where a word is looked for; Plaso fails on such an event.
    Blank,
}

/// All search engines, by name, as Plaso lists them; it tries them in an order that differs from run to run.
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
    /// What `url` says of a search, if it is one of this engine.
    pub(crate) fn query<'a>(&self, url: &'a str) -> Option<Query<'a>> {
        (self.is_of)(url).then(|| (self.query)(url))
    }
}

/// A query as it was typed: `+` is a space, and bytes written as `%XX` are UTF-8.
///
/// As with Python's `unquote`, a `%` without two hexadecimal digits stands for itself, and bytes that are no
/// UTF-8 become U+FFFD.
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

/// Whether the URL has `google.`, behind `www.`, `encrypted.` or `/`, and the next path begins with `search`.
fn is_google_search(url: &str) -> bool {
    url.match_indices("google.").any(|(start, google)| {
        let (before, behind) = (&url[..start], &url[start + google.len()..]);
        ["www.", "encrypted.", "/"].iter().any(|host| before.ends_with(host))
            && behind.split_once('/').is_some_and(|(_, path)| path.starts_with("search"))
    })
}

/// What follows the first `q=` behind the first `?`, up to `&`.
fn q_parameter(url: &str) -> Query<'_> {
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
    found(until(parameters.split_once("q=").map_or("", |(_, value)| value), '&'))
}

fn q_parameter_of_search(url: &str) -> Query<'_> {
    if url.contains("search") { q_parameter(url) } else { Query::Missing }
}

/// What follows the first `search/`, up to `/` or `?`.
fn part_after_search(url: &str) -> Query<'_> {
    let part = url.split_once("search/").map_or("", |(_, part)| part);
    found(until(until(part, '/'), '?'))
}

/// The first word of what follows the first `name`, up to `&`.
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

/// White space as Python has it: it counts the four information separators.
fn is_python_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}
