use clap::{Command, Parser};
use events::{PluginConfig, Setting};

use super::*;
use crate::description::{OptionDescription, OptionKind};
use crate::registry::{SPECS, spec_of};
use crate::spec::Spec;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    options: PluginOptions,
    store: Option<String>,
}

fn parse(arguments: &[&str]) -> Result<Line, clap::Error> {
    Line::try_parse_from(["x"].iter().chain(arguments))
}

fn options(arguments: &[&str]) -> PluginOptions {
    parse(arguments).unwrap_or_else(|error| panic!("{error}")).options
}

#[test]
fn plugins_keep_their_order_and_count_once() {
    let options = options(&["--tagging-file", "rules.txt"]);
    let plugins = options.configure(&["sessionize", " tagging ", "sessionize"]).unwrap();
    assert_eq!(plugins.iter().map(PluginConfig::name).collect::<Vec<_>>(), ["sessionize", "tagging"]);
    assert_eq!(plugins[0], PluginConfig::new("sessionize").with("maximum_pause", 10_u64));
}

#[test]
fn what_cannot_be_run_is_said() {
    let given = options(&["--maximum-pause", "5"]);
    let message = |names: &[&str]| given.configure(names).unwrap_err().to_string();
    assert!(message(&["sesionise"]).contains("(did you mean \"sessionize\"?)"));
    assert!(!message(&["xyz"]).contains("did you mean"));
    assert!(message(&[]).contains("no analysis plugin"));
    assert!(message(&[""]).contains("no analysis plugin"));
    assert!(message(&["sessionize", ""]).contains("has an empty name"));
    assert_eq!(
        message(&["sessionize", "tagging"]),
        "the plugin tagging needs --tagging-file: a file, or linux, macos, windows or auto"
    );
    let given = options(&["--maximum-pause", "5", "--tagging-file", "a"]);
    let error = given.configure(&["tagging"]).unwrap_err().to_string();
    assert!(error.starts_with("--maximum-pause is an option of"), "{error}");
}

#[test]
fn which_plugins_send_something() {
    let asks = |plugin: &str, given: &[&str]| {
        let plugin = options(given).configure(&[plugin]).unwrap().remove(0);
        spec_of(&plugin).unwrap().asks_server(&plugin)
    };
    assert!(asks("nsrlsvr", &[]));
    assert!(asks("virustotal", &["--virustotal-api-key", "x"]));
    assert!(asks("chrome_extension", &["--chrome-web-store"]));
    assert!(!asks("chrome_extension", &[]));
    assert!(!asks("sessionize", &[]));
}

/// Returns an option as it is typed, with a value that it takes.
fn example(option: &OptionDescription) -> Vec<String> {
    let value = match option.kind {
        OptionKind::Switch => return vec![option.name.to_owned()],
        OptionKind::Truth => return vec![format!("{}=true", option.name)],
        OptionKind::Number { maximum, .. } => maximum.to_string(),
        OptionKind::Choice { words, .. } => words[0].to_owned(),
        OptionKind::Text(_) | OptionKind::File(_) | OptionKind::Secret(_) => "x".to_owned(),
    };
    vec![option.name.to_owned(), value]
}

/// A run that is resumed has its own settings. An option that it would ignore must be refused.
#[test]
fn every_option_but_a_secret_is_refused_where_no_plugin_is_named() {
    for spec in &SPECS {
        for option in spec.options() {
            let other = option.only_with.into_iter().map(str::to_owned);
            let arguments: Vec<_> = example(option).into_iter().chain(other).collect();
            let given = options(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
            let is_secret = option.name.starts_with("--virustotal-api-key");
            let refused = given.none_given().is_err();
            assert_eq!(refused, !is_secret, "{}", option.name);
            // The plugin of another spec does not take the option, either.
            let another = if spec.description.name == "sessionize" { "browser_search" } else { "sessionize" };
            assert!(given.configure(&[another]).is_err(), "{}", option.name);
        }
    }
    assert_eq!(PluginOptions::default().none_given(), Ok(()));
}

#[test]
fn numbers_have_limits() {
    for (arguments, plugin, expected) in [
        (["--maximum-pause", "0"], "sessionize", None),
        (["--maximum-pause", "1"], "sessionize", Some(("maximum_pause", 1))),
        (["--maximum-pause", "4294967295"], "sessionize", Some(("maximum_pause", u32::MAX.into()))),
        (["--maximum-pause", "4294967296"], "sessionize", None),
        (["--nsrlsvr-port", "0"], "nsrlsvr", None),
        (["--nsrlsvr-port", "65535"], "nsrlsvr", Some(("nsrlsvr_port", 65_535))),
        (["--nsrlsvr-port", "65536"], "nsrlsvr", None),
    ] {
        match (options(&arguments).configure(&[plugin]), expected) {
            (Ok(configured), Some((setting, number))) => {
                assert_eq!(configured[0].get(setting), Some(&Setting::Number(number)), "{arguments:?}");
            }
            (Err(OptionError::OutOfRange { option, .. }), None) => assert_eq!(option, arguments[0]),
            (configured, _) => panic!("{arguments:?}: {configured:?}"),
        }
    }
}

#[test]
fn the_rate_limit_is_switched_off_as_in_plaso() {
    for (arguments, limit) in [
        (&["s"][..], None),
        (&["--virustotal-free-rate-limit", "s"], Some(&Setting::Switch(false))),
        (&["--virustotal-free-rate-limit=false", "s"], Some(&Setting::Switch(false))),
        (&["--virustotal-free-rate-limit=true", "s"], Some(&Setting::Switch(true))),
    ] {
        let line = parse(arguments).ok().unwrap();
        let given = line.options.given.get("--virustotal-free-rate-limit");
        assert_eq!((given, line.store.as_deref()), (limit, Some("s")));
    }
}

#[test]
fn values_that_are_refused() {
    for arguments in [
        ["--bloom-hash", "sha512"],
        ["--nsrlsvr-hash", "sha256"],
        ["--nsrlsvr-port", "x"],
        ["--virustotal-free-rate-limit=maybe", "s"],
        ["--chrome-web-store-url", "http://x"],
    ] {
        assert!(parse(&arguments).is_err(), "{arguments:?}");
    }
}

#[test]
fn a_key_is_never_repeated() {
    let options = options(&["--virustotal-api-key", "s3cret"]);
    assert!(!format!("{options:?}").contains("s3cret"));
    let config = options.configure(&["virustotal"]).unwrap();
    assert!(!format!("{config:?}").contains("s3cret"));
    assert!(!serde_json::to_string(&config).unwrap().contains("s3cret"));
    let twice = ["--virustotal-api-key", "s3cret", "--virustotal-api-key-file", "f"];
    assert!(!parse(&twice).err().unwrap().to_string().contains("s3cret"));
    assert!(!parse(&["--virustotal-apikey=s3cret"]).err().unwrap().to_string().contains("s3cret"));
}

#[test]
fn defaults_are_those_of_plaso() {
    let options = options(&["--virustotal-api-key-file", "k"]);
    assert_eq!(
        options.configure(&["bloom", "nsrlsvr", "virustotal"]).unwrap(),
        [
            PluginConfig::new("bloom")
                .with("bloom_file", "hashlookup-full.bloom")
                .with("bloom_hash", "sha1")
                .with("bloom_label", "bloom_present"),
            PluginConfig::new("nsrlsvr")
                .with("nsrlsvr_host", "localhost")
                .with("nsrlsvr_port", 9120_u64)
                .with("nsrlsvr_hash", "md5")
                .with("nsrlsvr_label", "nsrl_present"),
            PluginConfig::new("virustotal")
                .with("virustotal_api_key_file", "k")
                .with("virustotal_hash", "sha256")
                .with("virustotal_free_rate_limit", true)
                .with("virustotal_url", "https://www.virustotal.com/api/v3"),
        ]
    );
}

#[test]
fn help_says_which_plugin_an_option_is_of() {
    let command = <PluginOptions as clap::Args>::augment_args(Command::new("test"));
    for spec in &SPECS {
        for option in spec.options() {
            let argument =
                command.get_arguments().find(|argument| argument.get_long() == Some(option.long()));
            let argument = argument.unwrap_or_else(|| panic!("{} is not on the command line", option.name));
            let help = argument.get_help().unwrap().to_string();
            assert!(help.starts_with(&format!("{}: ", spec.description.name)), "{help}");
            let is_hidden = spec.hidden_options.contains(option);
            assert_eq!(argument.is_hide_set(), is_hidden, "{}", option.name);
        }
    }
    assert!(command.get_arguments().count() == SPECS.iter().flat_map(Spec::options).count());
}
