//! The documents say what the programs say.

use std::path::Path;

use tests::places;

/// Returns the source code of all programs. The line breaks inside messages are removed.
fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = std::fs::read_to_string(&path).unwrap().replace("\\\n", "");
            text.push_str(&source.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
}

/// Each message that docs/troubleshooting.md explains occurs in a program.
#[test]
fn troubles_are_messages_of_the_programs() {
    let page = std::fs::read_to_string(places::workspace().join("docs/troubleshooting.md")).unwrap();
    let mut said = String::new();
    sources(&places::workspace().join("crates"), &mut said);
    let mut messages = 0;
    for message in page.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')) {
        messages += 1;
        for part in message.split('…').map(|part| part.trim_matches([' ', ':', ';', '(', ')', ','])) {
            assert!(said.contains(part), "no program says {part:?} of {message:?}");
        }
    }
    assert!(messages > 20, "{messages}");
}
