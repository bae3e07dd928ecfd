//! The advice of `foreman psort` for a user who wants a timeline: first the analysis with foreman,
//! then the export with psort. Each is a command to copy, with all options that were given.

use std::ffi::{OsStr, OsString};

use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command};

use crate::shell::{quoted, quoted_path};

/// The options that psort needs for the export, in addition to those that matter only for output.
const FOR_BOTH: &[&str] = &["data"];
/// The options that have their own place in each command.
const IN_THEIR_PLACE: &[&str] = &["output_format", "store", "filter", "write"];

/// Returns the error message for an output format other than `null`. `psort` is the command with
/// all options, and `output` is the command with those that matter only for output.
pub(super) fn refusal(psort: &Command, output: &Command, command_line: &[OsString]) -> String {
    let words = analysis::with_hyphens(command_line.iter().cloned()).into_iter().skip(1);
    let Ok(matches) = &psort.clone().try_get_matches_from(words) else {
        // The words were parsed before, so this cannot happen.
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
            // All versions of psort know this spelling.
            .map(|(name, value)| format!(" --{}{value}", name.replace('-', "_")))
            .collect::<String>()
    );
    if matches.get_one::<String>("analysis").is_none_or(|analysis| analysis.trim().is_empty()) {
        let own = own_export(format, matches);
        return format!(
            "the only output format here is null, for foreman analyses; to export, run:\n  {export}{own}"
        );
    }
    // An API key on the command line is not repeated, because others may see the message.
    let is_secret = |id: &str| analysis::secret_sources().any(|source| source.option.long() == id);
    let analysis = options(psort, matches, |id| !is_for_output(id) && !is_secret(id))
        .iter()
        .map(|(name, value)| format!(" --{name}{value}"))
        .collect::<String>();
    format!(
        "the only output format here is null, for foreman analyses; to analyse, run:\n  foreman psort -o null{analysis}{places}\n\
         and to export, run afterwards:\n  {export}{}",
        own_export(format, matches)
    )
}

/// Returns how foreman itself exports the same events, if it has a format that is as good.
fn own_export(format: &str, matches: &ArgMatches) -> String {
    let own = match format {
        "json" | "json_line" | "opensearch" | "opensearch_ts" => "jsonl",
        "dynamic" | "l2tcsv" | "l2ttln" | "tln" | "xlsx" => "csv",
        _ => return String::new(),
    };
    // foreman has no counterpart to the events around each event that the filter finds.
    let is_given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    if is_given("slicer") {
        return String::new();
    }
    let slice = raw(matches, "slice").filter(|slice| !slice.is_empty());
    let slice = slice.map(|slice| {
        let size = raw(matches, "slice_size").filter(|_| is_given("slice_size"));
        let size = size.map(|size| format!(" --slice-size={}", quoted(size))).unwrap_or_default();
        format!(" --slice={}{size}", quoted(slice))
    });
    let write = raw(matches, "write").map(|file| format!(" --output {}", quoted_path(file)));
    format!(
        "\nor export the same events faster with foreman, which names some fields otherwise and leaves out no duplicates:\n  \
         foreman export --format {own} --sort time{}{}{}",
        slice.unwrap_or_default(),
        write.unwrap_or_default(),
        places(matches)
    )
}

/// Returns the options on the command line that are wanted: names, and `=VALUE` for a shell.
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

/// Returns the storage file and the filter, if they were given.
fn places(matches: &ArgMatches) -> String {
    let store = raw(matches, "store").map(|store| format!(" {}", quoted_path(store)));
    let filter = raw(matches, "filter").map(|filter| {
        // After two hyphens, no word is taken for an option.
        let hyphens = if filter.to_string_lossy().starts_with('-') { " --" } else { "" };
        format!("{hyphens} {}", quoted(filter))
    });
    format!("{}{}", store.unwrap_or_default(), filter.unwrap_or_default())
}

/// Returns the value of an option. The values of a list are joined by commas.
fn raw(matches: &ArgMatches, id: &str) -> Option<OsString> {
    let values: Vec<&OsStr> = matches.get_raw(id)?.collect();
    Some(values.join(OsStr::new(",")))
}

/// Quotes a word for a shell, unless it is safe without quotes. Without quotes it is easier to
/// read.
fn quoted_if_needed(word: &str) -> String {
    let is_plain = !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_plain { word.to_owned() } else { quoted(word) }
}
