//! Lines of pairs, `name=value`, such as those of the Linux audit log.

/// How deep quoted values are looked into. Audit lines put the pairs of a program into one quoted
/// value.
const DEPTH: usize = 2;

/// Calls `found` with the name and the value of each pair. Quotes around a value are taken off, and
/// a value in single quotes is looked into as well.
pub(super) fn scan(line: &str, mut found: impl FnMut(&str, &str)) {
    scan_to(line, DEPTH, &mut found);
}

fn scan_to(line: &str, depth: usize, found: &mut impl FnMut(&str, &str)) {
    let mut rest = line;
    while let Some(equals) = memchr::memchr(b'=', rest.as_bytes()) {
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let before = &rest.as_bytes()[..equals];
        let start = before.iter().rposition(|byte| !is_of_name(*byte)).map_or(0, |at| at + 1);
        let name = &rest[start..equals];
        rest = &rest[equals + 1..];
        if name.is_empty() {
            continue;
        }
        let value = match rest.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => {
                let end = memchr::memchr(*quote, &rest.as_bytes()[1..]).map_or(rest.len(), |end| end + 1);
                let value = &rest[1..end];
                rest = rest.get(end + 1..).unwrap_or_default();
                if *quote == b'\'' && depth > 1 {
                    scan_to(value, depth - 1, found);
                }
                value
            }
            _ => {
                let end = rest.find([' ', '\t', '\r', '\n', ',', ';']).unwrap_or(rest.len());
                let value = &rest[..end];
                rest = &rest[end..];
                value
            }
        };
        found(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_lines() {
        for (line, expected) in [
            (
                "type=EXECVE msg=audit(1:2): argc=2 a0=\"ls\" a1=\"a b\"",
                &[("type", "EXECVE"), ("msg", "audit(1:2):"), ("argc", "2"), ("a0", "ls"), ("a1", "a b")][..],
            ),
            (
                "pid=1 msg='op=login acct=\"root\" res=failed'",
                &[
                    ("pid", "1"),
                    ("op", "login"),
                    ("acct", "root"),
                    ("res", "failed"),
                    ("msg", "op=login acct=\"root\" res=failed"),
                ],
            ),
            ("a=1,b=2; c = 3", &[("a", "1"), ("b", "2")]),
            ("=x é=1 a=\"no end", &[("a", "no end")]),
            ("a==b", &[("a", "=b")]),
            ("nothing", &[]),
        ] {
            let mut found = Vec::new();
            scan(line, |name, value| found.push((name.to_owned(), value.to_owned())));
            let found: Vec<_> = found.iter().map(|(name, value)| (&**name, &**value)).collect();
            assert_eq!(found, expected, "{line}");
        }
    }
}
