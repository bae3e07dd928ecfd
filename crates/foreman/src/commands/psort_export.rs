//! What `foreman psort` advises a user who wants a timeline: this analysis here, and then the export by psort, each as a
//! command to copy, with all the options that were given.

use std::ffi::{OsStr, OsString};

use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command};

use crate::shell::{quoted, quoted_path};

/// The options that psort needs for the export besides those that only output has a use for.
const FOR_BOTH: &[&str] = &["data"];
/// What each command has in its own place.
const IN_THEIR_PLACE: &[&str] = &["output_format", "store", "filter", "write"];

/// The refusal of an output format other than `null`. `psort` has all options, `output` those that only output has a use for.
pub(super) fn refusal(psort: &Command, output: &Command, command_line: &[OsString]) -> String {
    let words = analysis::with_hyphens(command_line.iter().cloned()).into_iter().skip(1);
    let Ok(matches) = &psort.clone().try_get_matches_from(words) else {
        // They were parsed before, so this is for the compiler.
        return "the only output format here is null, for foreman analyses".into();
    };
    let is_for_output = |id: &str| output.get_arguments().any(|argument| argument.get_id() == id);
    let format = matches.get_one::<String>("output_format").map_or("dynamic", String::as_str);
    let write = raw(matches, "write").map(|file| format!(" -w {}", quoted_path(file))).unwrap_or_default();
    let places = places(matches);
    let export = format!(
        "psort -o {}{write}{}{places}",
        quoted_if_needed(format),
        options(psort, matches, |id| is_for_output(id) || FOR_BOTH.contains(&id))
            .iter()
            // The spelling that all versions of psort know.
            .map(|(name, value)| format!(" --{}{value}", name.replace('-', "_")))
            .collect::<String>()
    );
    if matches.get_one::<String>("analysis").is_none_or(|analysis| analysis.trim().is_empty()) {
        return format!(
            "the only output format here is null, for foreman analyses; to export, run:\n  {export}"
        );
    }
    // An API key on the command line is not repeated where others may see it.
    let is_secret = |id: &str| analysis::secret_sources().any(|source| source.option.long() == id);
    let analysis = options(psort, matches, |id| !is_for_output(id) && !is_secret(id))
        .iter()
        .map(|(name, value)| format!(" --{name}{value}"))
        .collect::<String>();
    format!(
        "the only output format here is null, for foreman analyses; to analyse, run:\n  foreman psort -o null{analysis}{places}\n\
         and to export, run afterwards:\n  {export}"
    )
}

/// The options that were given on the command line and that are wanted: names, and `=VALUE` for a shell.
fn options(psort: &Command, matches: &ArgMatches, is_wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut options = Vec::new();
    for argument in psort.get_arguments() {
        let id = argument.get_id().as_str();
        let Some(name) = argument.get_long() else { continue };
        let is_given = matches.value_source(id) == Some(ValueSource::CommandLine);
        if !is_given || IN_THEIR_PLACE.contains(&id) || !is_wanted(id) {
            continue;
        }
        let value = match argument.get_action() {
            ArgAction::SetTrue => String::new(),
            _ => format!("={}", raw(matches, id).map(quoted).unwrap_or_default()),
        };
        options.push((name.to_owned(), value));
    }
    options
}

/// The storage file and the filter, as far as they were given.
fn places(matches: &ArgMatches) -> String {
    let store = raw(matches, "store").map(|store| format!(" {}", quoted_path(store)));
    let filter = raw(matches, "filter").map(|filter| {
        // Nothing after two hyphens is taken for an option.
        let hyphens = if filter.to_string_lossy().starts_with('-') { " --" } else { "" };
        format!("{hyphens} {}", quoted(filter))
    });
    format!("{}{}", store.unwrap_or_default(), filter.unwrap_or_default())
}

/// What was given for an option, with commas between if it is a list.
fn raw(matches: &ArgMatches, id: &str) -> Option<OsString> {
    let values: Vec<&OsStr> = matches.get_raw(id)?.collect();
    Some(values.join(OsStr::new(",")))
}

/// A word that is harmless without quotes is easier to read without.
fn quoted_if_needed(word: &str) -> String {
    let is_plain = !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_plain { word.to_owned() } else { quoted(word) }
}
