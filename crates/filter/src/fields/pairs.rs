//! Lines of pairs, `name=value`, such as those of the Linux audit log.

use super::audit;

/// How deep quoted values are looked into. Audit lines put the pairs of a program into one quoted
/// value.
const DEPTH: usize = 2;

/// The names of what a line with the arguments of a program has besides its pairs.
pub(super) const PROGRAM: &str = "program";
pub(super) const COMMAND: &str = "command";

/// Calls `found` with the name and the value of each pair. Quotes around a value are taken off, and
/// a value in single quotes is looked into as well. Texts that the audit log encodes are decoded.
/// If `with_command`, a line with the arguments of a program also has its program and the whole
/// command, for which it is read a second time.
pub(super) fn scan(line: &str, with_command: bool, mut found: impl FnMut(&str, &str)) {
    let has_arguments = scan_to(line, DEPTH, false, &mut found);
    if let Some((program, command)) = (with_command && has_arguments).then(|| audit::command(line)).flatten()
    {
        found(PROGRAM, &program);
        found(COMMAND, &command);
    }
}

/// Returns whether the line has the arguments of a program.
fn scan_to(line: &str, depth: usize, mut has_arguments: bool, found: &mut impl FnMut(&str, &str)) -> bool {
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
                    scan_to(value, depth - 1, has_arguments, found);
                }
                value
            }
            _ => {
                let end = rest.find([' ', '\t', '\r', '\n', ',', ';']).unwrap_or(rest.len());
                let value = &rest[..end];
                rest = &rest[end..];
                if let Some(text) = audit::decoded(name, value, has_arguments) {
                    found(name, &text);
                    continue;
                }
                has_arguments |= name == "argc";
                value
            }
        };
        found(name, value);
    }
    has_arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_lines() {
        for (line, expected) in [
            (
                "type=EXECVE msg=audit(1:2): argc=2 a0=\"ls\" a1=\"a b\"",
                &[
                    ("type", "EXECVE"),
                    ("msg", "audit(1:2):"),
                    ("argc", "2"),
                    ("a0", "ls"),
                    ("a1", "a b"),
                    ("program", "/ls"),
                    ("command", "ls a b"),
                ][..],
            ),
            (
                "argc=2 a0=\"ls\" a1=2D6C2061 comm=6C20",
                &[
                    ("argc", "2"),
                    ("a0", "ls"),
                    ("a1", "-l a"),
                    ("comm", "l "),
                    ("program", "/ls"),
                    ("command", "ls -l a"),
                ],
            ),
            ("a0=2041 msg='acct=2041'", &[("a0", "2041"), ("acct", " A"), ("msg", "acct=2041")]),
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
            scan(line, true, |name, value| found.push((name.to_owned(), value.to_owned())));
            let found: Vec<_> = found.iter().map(|(name, value)| (&**name, &**value)).collect();
            assert_eq!(found, expected, "{line}");
            // Without the command, the pairs are the same.
            let mut pairs = Vec::new();
            scan(line, false, |name, _| pairs.push(name.to_owned()));
            let names = found.iter().map(|(name, _)| *name);
            assert!(pairs.iter().eq(names.filter(|name| ![PROGRAM, COMMAND].contains(name))), "{line}");
        }
    }
}
