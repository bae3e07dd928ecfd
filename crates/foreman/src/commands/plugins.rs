//! `foreman plugins`: shows the analysis plugins.

use std::fmt::Write as _;

use analysis::{OptionDescription, PLUGINS, PluginDescription};
use clap::{Args, ValueEnum};

use crate::exit::{Failure, Status};
use crate::output::{deliver, width};
use crate::words::wrapped;

#[derive(Debug, Args)]
pub(crate) struct PluginsArguments {
    /// The plugins to show [default: all].
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// The format of the output.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: PluginsFormat,
}

/// The format of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PluginsFormat {
    /// Text for people.
    Text,
    /// A JSON list.
    Json,
}

pub(crate) fn plugins(arguments: &PluginsArguments) -> Result<Status, Failure> {
    show(&arguments.names, arguments.format)
}

/// Returns whether the plugin list is the word `list`, which shows the plugins. As in psort, upper
/// case is accepted.
pub(crate) fn is_list<S: AsRef<str>>(names: &[S]) -> bool {
    matches!(names, [only] if only.as_ref().eq_ignore_ascii_case("list"))
}

/// Shows all plugins, as `--analysis list` does.
pub(crate) fn list() -> Result<Status, Failure> {
    show(&[], PluginsFormat::Text)
}

fn show(names: &[String], format: PluginsFormat) -> Result<Status, Failure> {
    let named = names.iter().map(|name| analysis::described(name)).collect::<Result<Vec<_>, _>>();
    let mut plugins = named.map_err(Failure::usage)?;
    if plugins.is_empty() {
        plugins = PLUGINS.to_vec();
    }
    let text = match format {
        PluginsFormat::Text => as_text(&plugins, width()),
        PluginsFormat::Json => as_json(&plugins)?,
    };
    deliver(&text)?;
    Ok(Status::Done)
}

fn as_json(plugins: &[PluginDescription]) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(plugins)? + "\n")
}

fn as_text(plugins: &[PluginDescription], width: usize) -> String {
    let mut text = String::new();
    for plugin in plugins {
        let PluginDescription { name, summary, reads, writes, options } = plugin;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}\n{}", wrapped(summary, 2, width));
        let mut item = |heading: &str, words: &str| {
            let _ = writeln!(text, "  {heading:<8} {}", wrapped(words, INDENT, width).trim_start());
        };
        item("Reads:", reads);
        item("Writes:", writes);
        for (position, option) in options.iter().enumerate() {
            item(if position == 0 { "Options:" } else { "" }, &option_line(option));
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// The column in which the text after a heading begins.
const INDENT: usize = 11;

fn option_line(option: &OptionDescription) -> String {
    let OptionDescription { name, kind, required, default, summary, .. } = option;
    let value = kind.value_name().map(|value| format!(" {value}")).unwrap_or_default();
    let remark = match (required, default) {
        (true, _) => " [required]".to_owned(),
        (false, Some(default)) => format!(" [default: {default}]"),
        (false, None) => String::new(),
    };
    format!("{name}{value}  {summary}{remark}")
}

#[cfg(test)]
mod tests {
    use analysis::OptionKind;

    use super::*;

    const PLUGIN: PluginDescription = PluginDescription {
        name: "fish",
        summary: "Finds fish.",
        reads: "Water.",
        writes: "Fish.",
        options: &[
            OptionDescription::new("--rod", OptionKind::Text("ROD"), "The rod.").required("a rod"),
            OptionDescription::new("--bait", OptionKind::Text("BAIT"), "The bait.").with_default("worm"),
            OptionDescription::new("--net", OptionKind::Switch, "With a net."),
        ],
    };

    #[test]
    fn text() {
        let other = PluginDescription { name: "gulls", options: &[], ..PLUGIN };
        let expected = "\
fish
  Finds fish.
  Reads:   Water.
  Writes:  Fish.
  Options: --rod ROD  The rod. [required]
           --bait BAIT  The bait. [default: worm]
           --net  With a net.

gulls
  Finds fish.
  Reads:   Water.
  Writes:  Fish.
";
        assert_eq!(as_text(&[PLUGIN, other], usize::MAX), expected);
        let narrow = as_text(&[PLUGIN], 30);
        assert!(narrow.contains("  Options: --rod ROD  The rod.\n           [required]\n"), "{narrow}");
    }

    #[test]
    fn json_has_every_plugin_with_its_options() {
        let json: serde_json::Value = serde_json::from_str(&as_json(&PLUGINS).unwrap()).unwrap();
        let plugins = json.as_array().unwrap();
        assert_eq!(plugins.len(), PLUGINS.len());
        for (plugin, description) in plugins.iter().zip(PLUGINS.iter()) {
            assert_eq!(plugin["name"], description.name);
            assert!(["summary", "reads", "writes"].iter().all(|part| plugin[part].is_string()));
            assert_eq!(plugin["options"].as_array().unwrap().len(), description.options.len());
        }
    }
}
