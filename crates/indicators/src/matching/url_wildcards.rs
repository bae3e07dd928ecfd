//! Beginnings, ends, parts and wildcards of URLs.
//!
//! They are written for whole URLs, and compared with the one form of a URL, which has no scheme of
//! the web, no name of a user and no usual port. The host is compared in any case, and the path as
//! it is. What of a wildcard is of the host only a value shows, so cases are compared with it.

use std::borrow::Cow;

use filter::condition::Wildcards;

use crate::matching::rests::Rests;
use crate::meaning::text::folded;

/// The schemes of the web, each with its usual port.
const SCHEMES: [(&str, &str); 6] =
    [("http", ":80"), ("https", ":443"), ("hxxp", ":80"), ("hxxps", ":443"), ("ws", ":80"), ("wss", ":443")];

/// Returns wildcards for the form of a URL, in the case in which they are written.
pub(super) fn of_url(wildcard: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut add = |wildcard: String| {
        if !found.contains(&wildcard) {
            found.push(wildcard);
        }
    };
    let mut has_scheme = false;
    for (scheme, port) in SCHEMES {
        for rest in Rests::of(wildcard).behind(&format!("{scheme}://")).iter() {
            has_scheme = true;
            at_host(rest, &[port], &mut add);
        }
    }
    if !has_scheme {
        at_host(wildcard.strip_prefix("//").unwrap_or(wildcard), &[":80", ":443"], &mut add);
    }
    found
}

/// Adds the wildcards that a wildcard stands for which begins at the host. If it begins with `*`,
/// it may as well be in the path, and stays as it is, too.
fn at_host(wildcard: &str, usual_ports: &[&str], add: &mut impl FnMut(String)) {
    let slash = wildcard.find('/').unwrap_or(wildcard.len());
    let query = wildcard.find('?').filter(|query| *query < slash && wildcard[*query..].contains('='));
    let (host, path) = wildcard.split_at(query.unwrap_or(slash));
    let mut path = if query.is_some() { Cow::Owned(format!("/{path}")) } else { Cow::Borrowed(path) };
    // The form of an IPv6 address has no brackets.
    let mut host = host.replace(['[', ']'], "");
    if let Some((user, behind_user)) = host.rsplit_once('@') {
        // Behind a `*`, it may as well be an address in a query: `*mail=bob@evil.example*`.
        let may_be_of_query = path.is_empty() || user.contains(['=', '&', '?']);
        if !(wildcard.starts_with('*') && may_be_of_query) {
            host = behind_user.to_owned();
        }
    }
    let is_open = path.is_empty() && host.ends_with('*');
    for port in usual_ports {
        let Some(before) = host.trim_end_matches('*').strip_suffix(port) else { continue };
        if is_open {
            // It may be the beginning of another port.
            add(host.clone());
            path = "/*".into();
        }
        host = before.to_owned();
        break;
    }
    if path.is_empty() {
        match host.split_once('?') {
            Some((before, query)) => add(format!("{before}/?{query}")),
            None if host.ends_with('*') => {}
            None => path = "/".into(),
        }
    }
    let formed = format!("{host}{path}");
    if wildcard.starts_with('*') && formed != wildcard {
        add(wildcard.to_owned());
    }
    add(formed);
}

/// Returns whether a wildcard describes the form of a URL: its host in any case, and the rest as it
/// is. It is divided in each way in which a part of it can be of the host, so that each of both is
/// searched in one go, however long they are.
pub(super) fn describes(wildcard: &str, form: &str) -> bool {
    let (host, path) = form.split_at(start_of_path(form));
    divided(wildcard).any(|(of_host, of_path)| {
        Wildcards::one_describes(&folded(of_host), host) && Wildcards::one_describes(of_path, path)
    })
}

/// Returns the ways to divide a wildcard before the path: at a `/`, and at what may stand for one.
/// Before the path there are no more than the two `/` of a scheme.
fn divided(wildcard: &str) -> impl Iterator<Item = (&str, &str)> {
    let end = wildcard.match_indices('/').nth(2).map_or(wildcard.len(), |(at, _)| at + 1);
    let signs = wildcard[..end].char_indices().filter(|(_, sign)| matches!(sign, '/' | '*' | '?'));
    // A `*` may have a part in both.
    let divided = signs.map(|(at, sign)| (&wildcard[..at + usize::from(sign == '*')], &wildcard[at..]));
    divided.chain([(wildcard, "")])
}

/// Returns where the path of a form begins. Schemes that are not of the web are before the host.
fn start_of_path(form: &str) -> usize {
    let slash = form.find('/').unwrap_or(form.len());
    // An IPv6 address may end in `:`, too.
    let is_scheme =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let is_behind_scheme =
        form[slash..].starts_with("//") && form[..slash].strip_suffix(':').is_some_and(is_scheme);
    if !is_behind_scheme {
        return slash;
    }
    let host = slash + 2;
    form[host..].find('/').map_or(form.len(), |slash| host + slash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::tests::{event_data, found, list};
    use crate::matching::{Matcher, Options};
    use crate::model::{Comparison, Kind, Value};

    #[test]
    fn the_case_counts_behind_the_host() {
        for (wildcard, form, expected) in [
            ("*Gate*", "evil.example/Gate.php", true),
            ("*Gate*", "gate.example/", true),
            ("*Gate*", "evil.example/gate.php", false),
            ("*gate*", "evil.example/Gate.php", false),
            ("*Evil*Gate*", "evil.example/Gate.php", true),
            ("*EVIL.example/Gate*", "www.evil.example/Gate.php", true),
            ("*EVIL.example/gate*", "www.evil.example/Gate.php", false),
            ("ftp://Evil.example/A*", "ftp://evil.example/Ab", true),
            ("ftp://Evil.example/A*", "ftp://evil.example/ab", false),
            ("*a*b*c", "xaxbxbxc", true),
            ("*a*b*c", "xaxbxbxcx", false),
            ("f*/Evil.example/a", "ftp://evil.example/a", true),
            ("*//Evil.example/a", "ftp://evil.example/a", true),
            ("*?A", "evil.example/A", true),
            ("x*", "2001:db8:://x", false),
            ("*//X", "2001:db8:://X", true),
            ("*//x", "2001:db8:://X", false),
            ("*", "", true),
            ("?", "", false),
            ("*É*", "evil.example/É", true),
            ("*É*", "evil.example/é", false),
            ("a", "ab", false),
            ("ab", "a", false),
        ] {
            assert_eq!(describes(wildcard, form), expected, "{wildcard} {form}");
        }
    }

    /// To try each place of the text would take minutes.
    #[test]
    fn long_texts_are_searched_in_one_go() {
        let form = format!("evil.example/{}b", "a".repeat(4 << 20));
        let wildcard = |end: &str| format!("evil.example/*{}{end}", "a".repeat(8_000));
        assert!(describes(&wildcard("b"), &form));
        assert!(!describes(&wildcard("B"), &form));
        assert!(!describes(&wildcard("A*"), &form));
    }

    #[test]
    fn most_wildcards_have_one_form() {
        for (wildcard, expected) in [
            ("http://evil.example/A*", &["evil.example/A*"][..]),
            ("*/gate.php*", &["*/gate.php*", "gate.php*"]),
            ("http*://evil.example/*", &["*://evil.example/*", "evil.example/*"]),
        ] {
            assert_eq!(of_url(wildcard), expected, "{wildcard}");
        }
    }

    #[test]
    fn wildcards_are_compared_with_the_form_of_a_url() {
        use Comparison::{Contains, Prefix, Suffix, Wildcard};
        let url = "https://www.evil.example:443/path/Gate.php?Id=1#top";
        for (indicator, comparison, expected) in [
            ("http*://www.evil.example/path/*", Wildcard, true),
            ("http?://WWW.evil.example/path/*", Wildcard, true),
            ("*://www.evil.example/path/*", Wildcard, true),
            ("http*evil.example/*", Wildcard, true),
            ("http*other.example/*", Wildcard, false),
            ("ftp://www.evil.example/*", Wildcard, false),
            ("*.evil.example/Path/*", Wildcard, false),
            ("*.evil.example/path/*", Wildcard, true),
            ("https://www.evil.example:443/*", Wildcard, true),
            ("www.evil.example:443/*", Wildcard, true),
            ("http*://www.evil.example:443/*", Wildcard, true),
            ("http://www.evil.example:443/*", Wildcard, false),
            ("https://bob@www.evil.example/*", Wildcard, true),
            ("https://*@www.evil.example/*", Wildcard, true),
            ("//www.evil.example/*", Wildcard, true),
            ("https://www.evil.example:443", Prefix, true),
            ("https://www.evil.example:44", Prefix, false),
            ("https://www.EVIL", Prefix, true),
            ("HTTPS://", Prefix, true),
            ("https://www.evil.example/Path", Prefix, false),
            ("Gate.php", Contains, true),
            ("gate.php", Contains, false),
            ("EVIL", Contains, true),
            ("bob@www.evil.example/path", Contains, true),
            ("Gate.php?Id=1", Suffix, true),
            ("/gate.php?Id=1", Suffix, false),
        ] {
            let indicators = list(&[(Kind::Url, comparison, Value::Text(indicator))]);
            let mut matcher = Matcher::new(indicators, Options::default()).unwrap();
            let is_found = !found(&mut matcher, &event_data("url", url)).is_empty();
            assert_eq!(is_found, expected, "{comparison:?} {indicator}");
        }
        for (indicator, url) in [
            ("*evil.example", "http://evil.example"),
            ("http://evil.*", "http://evil.example"),
            ("http://*.evil.example", "http://a.evil.example/"),
            ("http://evil.example?id=*", "http://evil.example/?id=5"),
            ("http://evil.example?mail=bob@x.example*", "http://evil.example/?mail=bob@x.example&id=5"),
            ("http://evil.example:80?u=http://y/*", "http://evil.example/?u=http://y/a"),
            ("*mail=bob@gmail.example*", "http://evil.example/?mail=bob@gmail.example"),
            ("http://evil.example:80*", "http://evil.example:8080/a"),
            ("http://evil.example:80*", "http://evil.example/a"),
            ("http://[2001:db8::1]/*", "http://[2001:DB8::1]/a"),
            ("ftp://EVIL.example/*", "ftp://evil.example/a"),
        ] {
            let indicators = list(&[(Kind::Url, Wildcard, Value::Text(indicator))]);
            let mut matcher = Matcher::new(indicators, Options::default()).unwrap();
            assert_eq!(found(&mut matcher, &event_data("url", url)), [0], "{indicator} {url}");
        }
        // What is before `@` in a query is no user.
        for indicator in ["http://evil.example?mail=bob@gmail.ex*", "*id=7&mail=bob@gmail.example*"] {
            let indicators = list(&[(Kind::Url, Wildcard, Value::Text(indicator))]);
            let mut matcher = Matcher::new(indicators, Options::default()).unwrap();
            let data = event_data("url", "https://gmail.example/inbox");
            assert!(found(&mut matcher, &data).is_empty(), "{indicator}");
        }
    }
}
