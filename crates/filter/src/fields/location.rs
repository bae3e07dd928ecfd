//! Addresses of pages, and paths of files as Windows writes them.

use super::pairs;

/// Calls `found` with the parts of a URL: `host`, `path`, `query` and `extension`; and with the
/// pairs of other names in it. What stands before the URL does not count: Internet Explorer writes
/// the name of the user there.
pub(super) fn scan_url(text: &str, mut found: impl FnMut(&str, &str)) {
    if let Some((_, rest)) = text.split_once("://") {
        let (rest, _) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        let (_, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        found("host", without_port(host));
        found("path", path);
        found("query", query);
        let name = path.rsplit('/').next().unwrap_or_default();
        if let Some((_, extension)) = name.rsplit_once('.') {
            found("extension", extension);
        }
    }
    pairs::scan(text, false, |name, value| {
        if !matches!(name, "host" | "path" | "query" | "extension") {
            found(name, value);
        }
    });
}

/// Calls `found` with a path as `windows_path`: as Windows writes it, on drive C if it has no
/// drive; and with the pairs in it.
pub(super) fn scan_path(path: &str, mut found: impl FnMut(&str, &str)) {
    let mut windows_path = path.replace('/', "\\");
    if windows_path.starts_with('\\') {
        windows_path.insert_str(0, "C:");
    }
    found("windows_path", &windows_path);
    pairs::scan(path, false, |name, value| {
        if name != "windows_path" {
            found(name, value);
        }
    });
}

/// An address of IPv6 is in brackets, and has colons itself.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_urls() {
        for (url, expected) in [
            (
                "https://user:pw@evil.example:8443/a/b.tar.gz?id=1&x#end",
                &[
                    ("host", "evil.example"),
                    ("path", "/a/b.tar.gz"),
                    ("query", "id=1&x"),
                    ("extension", "gz"),
                    ("id", "1&x#end"),
                ][..],
            ),
            ("Visited: joe@http://a.example/", &[("host", "a.example"), ("path", "/"), ("query", "")]),
            ("http://[::1]:80?host=b", &[("host", "[::1]"), ("path", ""), ("query", "host=b")]),
            ("about:blank", &[]),
        ] {
            let mut found = Vec::new();
            scan_url(url, |name, value| found.push((name.to_owned(), value.to_owned())));
            let found: Vec<_> = found.iter().map(|(name, value)| (&**name, &**value)).collect();
            assert_eq!(found, expected, "{url}");
        }
    }

    #[test]
    fn paths_as_windows_writes_them() {
        for (path, expected) in [
            ("/Windows/System32/a.exe", "C:\\Windows\\System32\\a.exe"),
            ("\\Users\\b", "C:\\Users\\b"),
            ("D:/c", "D:\\c"),
            ("d", "d"),
        ] {
            let mut found = Vec::new();
            scan_path(path, |name, value| found.push((name.to_owned(), value.to_owned())));
            assert_eq!(found, [("windows_path".to_owned(), expected.to_owned())], "{path}");
        }
    }
}
