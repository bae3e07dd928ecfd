//! Texts that have a line for each name and value, such as those that PowerShell logs:
//! `HostName=x`, or `Host Name = x`.

/// Returns the value of a name, which is asked for without its spaces. A value may have several
/// lines: it ends before the next line that has a name. All names are indented as the first one.
pub(crate) fn line_of<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        start += line.len();
        (start - line.len(), line)
    });
    let named = lines.filter_map(|(at, line)| Some((at, named(line)?)));
    let mut named = named.peekable();
    let indentation = named.peek()?.1.indentation;
    let mut named = named.filter(|(_, line)| line.indentation == indentation);
    let is_asked = |line: &Named<'_>| line.name.chars().filter(|c| *c != ' ').eq(name.chars());
    let (at, line) = named.find(|(_, line)| is_asked(line))?;
    let to = named.next().map_or(text.len(), |(at, _)| at);
    let from = at + line.value_at;
    Some(text[from..to].trim()).filter(|value| !value.is_empty())
}

/// A line that begins with a name.
struct Named<'t> {
    indentation: &'t str,
    name: &'t str,
    /// Where in the line its value begins.
    value_at: usize,
}

fn named(line: &str) -> Option<Named<'_>> {
    let (before, _) = line.split_once('=')?;
    let name = before.trim_start();
    let indentation = &before[..before.len() - name.len()];
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
    is_name.then_some(Named { indentation, name, value_at: before.len() + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_names() {
        let text = "\tHostName=ConsoleHost\r\n\r\n\tHostApplication=powershell -c \"a=1\r\nb=2\r\n\
                    \t\tUserId=x\"\r\n\tUserId=CORP\\eve\r\n\tScriptName=\r\n\tCommandLine=";
        for (name, value) in [
            ("HostName", Some("ConsoleHost")),
            ("HostApplication", Some("powershell -c \"a=1\r\nb=2\r\n\t\tUserId=x\"")),
            ("ScriptName", None),
            ("CommandLine", None),
            ("Name", None),
        ] {
            assert_eq!(line_of(text, name), value, "{name}");
        }
        let spaced = "        Host Name = é\r\n        User = CORP\\eve\r\n";
        assert_eq!((line_of(spaced, "User"), line_of(spaced, "HostName")), (Some("CORP\\eve"), Some("é")));
        assert_eq!(line_of("no name", "no name"), None);
    }
}
