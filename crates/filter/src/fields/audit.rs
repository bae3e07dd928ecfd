//! Values of the Linux audit log.
//!
//! The kernel writes a text with a blank, a quote or a character outside of ASCII as hexadecimal
//! digits without quotes, and any other text in quotes. It divides a long argument of a program
//! among `a1[0]`, `a1[1]` and so on.

/// Names whose values are texts. The values of all others are numbers, or never encoded.
const TEXTS: [&str; 9] = ["acct", "cmd", "comm", "cwd", "data", "exe", "key", "name", "proctitle"];

/// Those that lines of other programs have, too, with numbers as their values.
const COMMON: [&str; 4] = ["cmd", "data", "key", "name"];

/// How many bytes the arguments of a program may have together. The kernel allows 2 MiB.
const LONGEST_COMMAND: usize = 4 << 20;

/// Returns the text that an unquoted value stands for, or `None` if it stands for itself. The
/// arguments of a program, `a0` and so on, are texts only in a line that says how many there are:
/// in others they are numbers.
pub(super) fn decoded(name: &str, value: &str, has_arguments: bool) -> Option<String> {
    if !(TEXTS.contains(&name) || has_arguments && argument_number(name).is_some()) {
        return None;
    }
    if COMMON.contains(&name) && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let text = String::from_utf8(bytes(value)?).ok()?;
    is_encoded_with_reason(&text).then(|| plain(&text))
}

/// Returns the program and the whole command of a line with the arguments of a program: `argc=2
/// a0="ls" a1="-l"`. A program that is named without its folder gets a `/`, so that what asks for
/// the end of its path finds it.
pub(super) fn command(line: &str) -> Option<(String, String)> {
    let mut arguments: Vec<Vec<u8>> = Vec::new();
    let mut last = None;
    let (mut rest, mut left) = (line, LONGEST_COMMAND);
    while let Some((before, after)) = rest.split_once('=') {
        let (value, is_quoted) = match after.strip_prefix('"') {
            Some(quoted) => (quoted.split('"').next().unwrap_or_default(), true),
            None => (after.split([' ', '\t', '\r', '\n']).next().unwrap_or_default(), false),
        };
        rest = &after[value.len() + usize::from(is_quoted)..];
        let name = before.rsplit([' ', '\t']).next().unwrap_or_default();
        let Some(number) = argument_number(name) else { continue };
        let Some(fewer) = left.checked_sub(value.len()) else { break };
        left = fewer;
        let decoded = if is_quoted { None } else { bytes(value) };
        let part = decoded.unwrap_or_else(|| value.as_bytes().to_vec());
        match arguments.last_mut().filter(|_| last == Some(number)) {
            Some(argument) => argument.extend(part),
            None => arguments.push(part),
        }
        last = Some(number);
    }
    let arguments: Vec<_> = arguments.iter().map(|bytes| plain(&String::from_utf8_lossy(bytes))).collect();
    let first = arguments.first()?;
    let program = if first.contains('/') { first.clone() } else { format!("/{first}") };
    Some((program, arguments.join(" ")))
}

/// Returns the number of an argument of a program: 1 for `a1` and for `a1[0]`.
fn argument_number(name: &str) -> Option<u32> {
    let name = name.split_once('[').map_or(name, |(name, _)| name);
    let digits = name.strip_prefix('a').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    digits?.parse().ok()
}

/// Returns the bytes that upper-case hexadecimal digits stand for.
fn bytes(value: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    };
    if value.is_empty() || !value.len().is_multiple_of(2) {
        return None;
    }
    value.as_bytes().chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// Returns whether the kernel would not have written the text in quotes. Otherwise the digits stand
/// for themselves.
fn is_encoded_with_reason(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_graphic() && c != '"';
    !text.chars().all(is_plain) && text.chars().any(|c| c.is_alphanumeric())
}

/// The title of a process has its arguments one after the other, each with a zero at its end.
fn plain(text: &str) -> String {
    text.trim_end_matches('\0').replace('\0', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_values() {
        for (name, value, expected) in [
            ("proctitle", "6C73002D6C61", Some("ls -la")),
            ("name", "2F746D702F6120622E7368", Some("/tmp/a b.sh")),
            ("acct", "28696E76616C6964207573657229", Some("(invalid user)")),
            ("name", "C3A9", Some("é")),
            // What the kernel writes in quotes, or does not write at all.
            ("name", "6C73", None),
            ("name", "2020", None),
            ("name", "2031", None),
            ("key", "1234", None),
            ("data", "1041", None),
            ("name", "ABCD", None),
            ("name", "6c7300", None),
            ("name", "6C730", None),
            ("name", "(null)", None),
            ("name", "", None),
            ("pid", "2031", None),
            ("a0", "2041", None),
        ] {
            assert_eq!(decoded(name, value, false).as_deref(), expected, "{name}={value}");
        }
        assert_eq!(decoded("a12", "2041", true).as_deref(), Some(" A"));
    }

    #[test]
    fn commands() {
        for (line, expected) in [
            (r#"argc=2 a0="ls" a1="-l""#, Some(("/ls", "ls -l"))),
            (r#"argc=2 a0="/bin/sh" a1=2D632022612200"#, Some(("/bin/sh", "/bin/sh -c \"a\""))),
            ("argc=1 a0=", Some(("/", ""))),
            (r#"argc=2 a0="nc" a1_len=9 a1[0]="ab" a1[1]=C3 a1[2]=A9"#, Some(("/nc", "nc abé"))),
            // No digits, or no text: as it is.
            (r#"argc=3 a0="x" a1=(null) a2=ff"#, Some(("/x", "x (null) ff"))),
            ("argc=0", None),
        ] {
            let found = command(line);
            let found = found.as_ref().map(|(program, command)| (&**program, &**command));
            assert_eq!(found, expected, "{line}");
        }
        let long = format!("a0=x a1={} a2=y", "a".repeat(LONGEST_COMMAND));
        assert_eq!(command(&long).unwrap().1, "x");
    }
}
