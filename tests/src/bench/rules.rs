//! Rule files to measure with: the built-in ones, alone and with many made-up rules beside them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use testing::places;

use crate::random::Random;

/// How many rules are made up: as many as a large collection of Sigma rules or indicators has.
pub const GENERATED_RULES: usize = 3_000;

const TOOLS: [&str; 12] = [
    "beacon", "dumper", "implant", "injector", "keylog", "loader", "locker", "miner", "proxy", "rootkit",
    "scanner", "stager",
];

/// The file of these rules: a path, or the name of built-in rules.
pub(crate) fn file(rules: &str) -> PathBuf {
    let built_in = places::workspace().join(format!("crates/filter/rules/{rules}.txt"));
    if built_in.exists() { built_in } else { rules.into() }
}

/// Writes, into this folder, a file with these rules and [`GENERATED_RULES`] more. The same come
/// out each time.
///
/// # Panics
///
/// If the one cannot be read or the other not be written.
#[must_use]
pub fn with_generated_rules(rules: &str, folder: &Path) -> PathBuf {
    let file = file(rules);
    let mut text = std::fs::read_to_string(&file).unwrap();
    text.push('\n');
    let mut random = Random::new(3_000);
    for number in 0..GENERATED_RULES {
        writeln!(text, "\ngenerated_{number}\n  {}", rule(number, &mut random)).expect("memory");
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let path = folder.join(format!("{stem}-and-{GENERATED_RULES}.txt"));
    std::fs::write(&path, text).unwrap();
    path
}

/// A rule as indicator lists and converted Sigma rules have them: nearly all need a text that
/// hardly any event has.
fn rule(number: usize, random: &mut Random) -> String {
    let name = format!("{}{number}", TOOLS[random.index(TOOLS.len())]);
    let event = [1, 3, 7, 11, 4624, 4688, 4697, 7045][random.index(8)];
    match random.below(10) {
        0 => format!("xml_string contains '{name}.exe'"),
        1 => format!("data_type is 'windows:evtx:record' and xml_string contains '\\\\{name}.dll'"),
        2 => format!(
            "data_type is 'windows:evtx:record' and event_identifier is {event} and xml_string contains '-{name} '"
        ),
        3 => format!(
            "source_name is 'Microsoft-Windows-Sysmon' and xml_string contains '{name}' and xml_string contains 'powershell'"
        ),
        4 => format!("xml_string contains '{name}.ps1' or xml_string contains '{name}.bat'"),
        5 => format!("filename contains '/tmp/.{name}'"),
        6 => format!("filename is '/usr/bin/{name}'"),
        7 => format!("data_type is 'fs:stat' and filename contains '{name}' and file_entry_type is 'file'"),
        8 => format!(
            "filename contains '\\\\Temp\\\\{name}.exe' or filename contains '\\\\Public\\\\{name}.exe'"
        ),
        _ => format!("filename regexp '/{name}[0-9]+[.]sh$'"),
    }
}
