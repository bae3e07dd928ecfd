//! What a record of PowerShell's module logging says in words: which commands ran with which
//! parameters, for which user, and in which script. Its payload has a line for each command and
//! for each parameter, which no person wants to read.

use std::borrow::Cow;

use crate::Attributes;
use crate::lines::line_of;
use crate::show::push_line;

const SOURCE: &str = "Microsoft-Windows-PowerShell";
const MODULE_LOGGING: &str = "4103";
/// How the lines of a payload begin. The name of the command follows.
const COMMAND: &str = "CommandInvocation(";
const PARAMETER: &str = "ParameterBinding(";
const ERROR: &str = "NonTerminatingError(";
const STARTS: [&str; 4] = [COMMAND, PARAMETER, ERROR, "TerminatingError("];
/// Parameters that PowerShell notes with each command, if they have the values that do nothing.
const OF_EACH_COMMAND: [(&str, &str); 2] = [("Verbose", "False"), ("Debug", "False")];
/// The maximum number of commands and parameters in a message.
const MAXIMUM: usize = 64;

/// Returns the message of a record.
pub(crate) fn powershell_message(attributes: &Attributes<'_>) -> Option<String> {
    if attributes.text("event_identifier")? != MODULE_LOGGING || attributes.text("source_name")? != SOURCE {
        return None;
    }
    let payload = attributes.text("xml_string.Payload").or_else(|| attributes.text("strings.2"))?;
    let ran = commands_in_words(&payload)?;
    let context = attributes.text("xml_string.ContextInfo").or_else(|| attributes.text("strings.0"));
    let context = context.unwrap_or(Cow::Borrowed(""));
    let mut message = format!("PowerShell {ran}");
    for (words, name) in
        [("for the user", "User"), ("in the script", "ScriptName"), ("started as", "HostApplication")]
    {
        if let Some(value) = line_of(&context, name) {
            message += &format!(", {words} ");
            push_line(value, &mut message);
        }
    }
    Some(message)
}

/// Returns the commands of a payload with their parameters.
fn commands_in_words(payload: &str) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    let entries = entries(payload);
    let all = entries.len();
    for entry in entries.into_iter().take(MAXIMUM) {
        if let Some((command, _)) = entry.strip_prefix(COMMAND).and_then(|rest| rest.split_once("): ")) {
            words.push(format!("ran the command {command}"));
        } else if let Some((command, binding)) =
            entry.strip_prefix(PARAMETER).and_then(|rest| rest.split_once("): "))
        {
            let Some((name, value)) = parameter(binding) else { continue };
            if OF_EACH_COMMAND.contains(&(name, value)) {
                continue;
            }
            let start = format!("ran the command {command}");
            let known = words.iter_mut().rev().find(|known| {
                known
                    .strip_prefix(start.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            });
            let mut parameter = format!(" -{name} ");
            push_line(value, &mut parameter);
            match known {
                Some(known) => *known += &parameter,
                // A long payload is logged in several records.
                None => words.push(format!("gave a command {command}{parameter}")),
            }
        } else if let Some((command, error)) = error_of(entry) {
            let mut failed = format!("reported an error of {command}: ");
            push_line(error, &mut failed);
            words.push(failed);
        } else {
            return None;
        }
    }
    if all > MAXIMUM {
        words.push(format!("and {} more lines of the record", all - MAXIMUM));
    }
    (!words.is_empty()).then(|| words.join("; "))
}

fn error_of(entry: &str) -> Option<(&str, &str)> {
    let start = STARTS[2..].iter().find_map(|start| entry.strip_prefix(start))?;
    let (command, error) = start.split_once("): ")?;
    Some((command, error.trim().trim_matches('"')))
}

/// Returns the name and the value of `name="Path"; value="C:\x"`.
fn parameter(binding: &str) -> Option<(&str, &str)> {
    let (name, value) = binding.strip_prefix("name=\"")?.split_once("\"; value=\"")?;
    let value = value.trim_end();
    Some((name, value.strip_suffix('"').unwrap_or(value)))
}

/// Returns the entries of a payload. A value may have several lines.
fn entries(payload: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    for line in payload.split_inclusive('\n') {
        if STARTS.iter().any(|start| line.starts_with(start)) {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([payload.len()]);
    starts.iter().zip(ends).map(|(start, end)| payload[*start..end].trim_end()).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    #[test]
    fn commands_have_their_parameters() {
        for (payload, expected) in [
            ("CommandInvocation(Out-Default): \"Out-Default\"\r\n", Some("ran the command Out-Default")),
            (
                "CommandInvocation(Get-Process): \"Get-Process\"\r\nParameterBinding(Get-Process): name=\"Verbose\"; value=\"False\"\r\n\
                 ParameterBinding(Get-Process): name=\"Name\"; value=\"lsass\"\r\n",
                Some("ran the command Get-Process -Name lsass"),
            ),
            (
                "CommandInvocation(a): \"a\"\nCommandInvocation(ab): \"ab\"\nParameterBinding(a): name=\"x\"; value=\"1\n2\"\n\
                 NonTerminatingError(a): \"no \"such\" file\"",
                Some(
                    "ran the command a -x 1 2; ran the command ab; reported an error of a: no \"such\" file",
                ),
            ),
            ("ParameterBinding(a): name=\"x\"; value=\"1\"", Some("gave a command a -x 1")),
            ("something else", None),
            ("", None),
        ] {
            assert_eq!(commands_in_words(payload).as_deref(), expected, "{payload}");
        }
        let many = "CommandInvocation(a): \"a\"\n".repeat(MAXIMUM + 3);
        assert!(
            commands_in_words(&many).is_some_and(|words| words.ends_with("; and 3 more lines of the record"))
        );
    }

    #[test]
    fn a_record_names_its_user_and_its_script() {
        let context = "        Host Application = powershell.exe\r\n        Script Name = C:\\x.ps1\r\n        User = CORP\\eve\r\n";
        let json = serde_json::json!({"data_type": "windows:evtx:record", "source_name": SOURCE, "event_identifier": 4103,
            "strings": [context, null, "CommandInvocation(a): \"a\""]});
        let json = json.to_string();
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        let message = powershell_message(&Attributes::of_data(&data));
        let expected = "PowerShell ran the command a, for the user CORP\\eve, in the script C:\\x.ps1, started as powershell.exe";
        assert_eq!(message.as_deref(), Some(expected));
    }
}
