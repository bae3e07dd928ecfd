//! Request lines of web servers, such as `GET /a?b=c HTTP/1.1`.

/// Calls `found` with the parts of the line: `method`, `target` and, of the latter, `path` and
/// `query`; and `version`.
pub(super) fn scan(line: &str, mut found: impl FnMut(&str, &str)) {
    let Some((method, rest)) = line.trim().split_once(' ') else {
        return;
    };
    // A target may hold blanks, though it should not.
    let (target, version) = match rest.rsplit_once(' ') {
        Some((target, version)) if version.starts_with("HTTP/") => (target, version),
        _ => (rest, ""),
    };
    found("method", method);
    found("target", target);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    found("path", path);
    found("query", query);
    found("version", version);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_lines() {
        for (line, expected) in [
            ("GET /a?b=c HTTP/1.1", &["GET", "/a?b=c", "/a", "b=c", "HTTP/1.1"][..]),
            ("POST /a b HTTP/1.0", &["POST", "/a b", "/a b", "", "HTTP/1.0"]),
            ("GET /", &["GET", "/", "/", "", ""]),
            ("-", &[]),
            ("", &[]),
        ] {
            let mut found = Vec::new();
            scan(line, |_, value| found.push(value.to_owned()));
            assert_eq!(found, expected, "{line}");
        }
    }
}
