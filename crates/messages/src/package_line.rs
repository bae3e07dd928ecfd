//! Sentences for lines of the package manager dpkg. A line says what dpkg began, or which state a
//! package came into.

use crate::Attributes;
use crate::effect::{BY_DPKG, EFFECT};

const DPKG: &str = "linux:dpkg_log:entry";
/// How the sentence of a line begins that says what dpkg began.
const BEGUN: &str = "dpkg began ";
/// What stands in the place of a version that is not there.
const NO_VERSION: &str = "<none>";

/// Returns what a line of dpkg says in words.
pub(crate) fn package_message(attributes: &Attributes<'_>) -> Option<String> {
    if attributes.data_type() != DPKG {
        return None;
    }
    let text = attributes.text("message_body")?;
    package_sentence(&text)
}

/// Returns what a line leaves open that says only what dpkg began.
pub(crate) fn package_effect(attributes: &Attributes<'_>) -> Option<(&'static str, String)> {
    let is_begun = package_message(attributes)?.starts_with(BEGUN);
    is_begun.then(|| (EFFECT, BY_DPKG.to_owned()))
}

/// The words of a line are described in `dpkg(1)`.
fn package_sentence(text: &str) -> Option<String> {
    let words: Vec<_> = text.split_whitespace().collect();
    Some(match words.as_slice() {
        ["install", package, NO_VERSION, new] => format!("{BEGUN}to install {package} {new}"),
        ["install", package, old, new] => {
            format!("{BEGUN}to install {package} {new}, of which {old} was there before")
        }
        ["upgrade", package, old, new] => format!("{BEGUN}to upgrade {package} from {old} to {new}"),
        ["remove", package, old, NO_VERSION] => format!("{BEGUN}to remove {package} {old}"),
        ["purge", package, old, NO_VERSION] => {
            format!("{BEGUN}to remove {package} {old} with its settings")
        }
        ["configure", package, new, NO_VERSION] => format!("{BEGUN}to set up {package} {new}"),
        ["status", state, package, version] => format!("dpkg: {package} {version} is now {state}"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    #[test]
    fn a_line_about_a_beginning_does_not_say_what_came_of_it() {
        for (line, is_open) in
            [("install vim <none> 9", true), ("status installed vim 9", false), ("x", false)]
        {
            let json = format!(r#"{{"data_type": "{DPKG}", "message_body": "{line}"}}"#);
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            assert_eq!(package_effect(&Attributes::of_data(&data)).is_some(), is_open, "{line}");
        }
    }

    #[test]
    fn lines_of_dpkg_say_what_began() {
        for (line, expected) in [
            ("install vim:amd64 <none> 2:9.0", Some("dpkg began to install vim:amd64 2:9.0")),
            ("install vim:amd64 1 2", Some("dpkg began to install vim:amd64 2, of which 1 was there before")),
            ("upgrade curl:amd64 1.3 1.4", Some("dpkg began to upgrade curl:amd64 from 1.3 to 1.4")),
            ("remove nc:all 1 <none>", Some("dpkg began to remove nc:all 1")),
            ("purge nc:all 1 <none>", Some("dpkg began to remove nc:all 1 with its settings")),
            ("configure curl:amd64 1.4 <none>", Some("dpkg began to set up curl:amd64 1.4")),
            ("status half-installed curl:amd64 1.3", Some("dpkg: curl:amd64 1.3 is now half-installed")),
            ("startup archives unpack", None),
            ("", None),
        ] {
            assert_eq!(package_sentence(line).as_deref(), expected, "{line}");
        }
    }
}
