//! The options of the plugins that look up hashes.

use std::path::PathBuf;

use clap::ValueEnum as _;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::api_key::{API_KEY_OPTION, ApiKey, ApiKeySource, key_from_environment};
use super::{HashKind, bloom, nsrlsvr, virustotal};
use crate::config::PluginConfig;
use crate::options::OptionError;

/// Options of `bloom`, `nsrlsvr` and `virustotal`. They have Plaso's names.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Plugin options")]
pub struct HashOptions {
    /// bloom: the filter, in DCSO's format, of hashes in upper case [default: hashlookup-full.bloom].
    #[arg(long, value_name = "FILE")]
    pub bloom_file: Option<PathBuf>,

    /// bloom: which hash of a file to look up [default: sha1].
    #[arg(long, value_name = "HASH")]
    pub bloom_hash: Option<HashKind>,

    /// bloom: the label for events of files in the filter [default: bloom_present].
    #[arg(long, value_name = "LABEL")]
    pub bloom_label: Option<String>,

    /// nsrlsvr: the server [default: localhost].
    #[arg(long, value_name = "HOST")]
    pub nsrlsvr_host: Option<String>,

    /// nsrlsvr: the server's port [default: 9120].
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub nsrlsvr_port: Option<u16>,

    /// nsrlsvr: which hash of a file to look up [default: md5].
    #[arg(long, value_name = "HASH", value_parser = hash_of_nsrlsvr())]
    pub nsrlsvr_hash: Option<HashKind>,

    /// nsrlsvr: the label for events of files that the server knows [default: nsrl_present].
    #[arg(long, value_name = "LABEL")]
    pub nsrlsvr_label: Option<String>,

    /// virustotal: the API key. Other users of this computer can see it there; better give it as VIRUSTOTAL_API_KEY in the
    /// environment, or in a file.
    #[arg(long, value_name = "KEY", conflicts_with = "virustotal_api_key_file")]
    pub virustotal_api_key: Option<ApiKey>,

    /// virustotal: the file with the API key.
    #[arg(long, value_name = "FILE")]
    pub virustotal_api_key_file: Option<PathBuf>,

    /// virustotal: which hash of a file to look up [default: sha256].
    #[arg(long, value_name = "HASH")]
    pub virustotal_hash: Option<HashKind>,

    /// virustotal: whether to make at most 4 requests a minute, which is what a free key allows [default: true]. Without a
    /// value it means false, as in Plaso.
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "false")]
    pub virustotal_free_rate_limit: Option<bool>,

    /// Another address of the API of VirusTotal, for tests.
    #[arg(long, value_name = "URL", hide = true)]
    pub virustotal_url: Option<String>,
}

fn hash_of_nsrlsvr() -> impl TypedValueParser<Value = HashKind> {
    PossibleValuesParser::new(HashKind::OF_NSRLSVR).try_map(|name| HashKind::from_str(&name, false))
}

impl HashOptions {
    pub(crate) fn bloom(&self) -> PluginConfig {
        PluginConfig::Bloom {
            bloom_file: self.bloom_file.clone().unwrap_or_else(|| bloom::DEFAULT_FILE.into()),
            hash: self.bloom_hash.unwrap_or(HashKind::Sha1),
            label: self.bloom_label.clone().unwrap_or_else(|| bloom::DEFAULT_LABEL.into()),
        }
    }

    pub(crate) fn nsrlsvr(&self) -> PluginConfig {
        PluginConfig::Nsrlsvr {
            host: self.nsrlsvr_host.clone().unwrap_or_else(|| nsrlsvr::DEFAULT_HOST.into()),
            port: self.nsrlsvr_port.unwrap_or(nsrlsvr::DEFAULT_PORT),
            hash: self.nsrlsvr_hash.unwrap_or(HashKind::Md5),
            label: self.nsrlsvr_label.clone().unwrap_or_else(|| nsrlsvr::DEFAULT_LABEL.into()),
        }
    }

    pub(crate) fn virustotal(&self) -> Result<PluginConfig, OptionError> {
        let missing = OptionError::Missing {
            plugin: "virustotal",
            option: "an API key, as --virustotal-api-key-file FILE, VIRUSTOTAL_API_KEY or --virustotal-api-key KEY",
        };
        Ok(PluginConfig::Virustotal {
            api_key: self.api_key().ok_or(missing)?,
            hash: self.virustotal_hash.unwrap_or(HashKind::Sha256),
            free_rate_limit: self.virustotal_free_rate_limit.unwrap_or(true),
            url: self.virustotal_url.clone().unwrap_or_else(|| virustotal::DEFAULT_URL.into()),
        })
    }

    /// The API key of VirusTotal that was given, as an option or in the environment.
    #[must_use]
    pub fn api_key(&self) -> Option<ApiKeySource> {
        let file = self.virustotal_api_key_file.clone().map(ApiKeySource::File);
        let given = || self.virustotal_api_key.clone().or_else(key_from_environment).map(ApiKeySource::Given);
        file.or_else(given)
    }

    /// Which options were given, and of which plugin each is.
    pub(crate) fn given(&self) -> [(bool, &'static str, &'static str); 12] {
        let Self { bloom_file, bloom_hash, bloom_label, .. } = self;
        let Self { nsrlsvr_host, nsrlsvr_port, nsrlsvr_hash, nsrlsvr_label, .. } = self;
        let Self { virustotal_api_key, virustotal_api_key_file, virustotal_hash, .. } = self;
        let Self { virustotal_free_rate_limit, virustotal_url, .. } = self;
        [
            (bloom_file.is_some(), "--bloom-file", "bloom"),
            (bloom_hash.is_some(), "--bloom-hash", "bloom"),
            (bloom_label.is_some(), "--bloom-label", "bloom"),
            (nsrlsvr_host.is_some(), "--nsrlsvr-host", "nsrlsvr"),
            (nsrlsvr_port.is_some(), "--nsrlsvr-port", "nsrlsvr"),
            (nsrlsvr_hash.is_some(), "--nsrlsvr-hash", "nsrlsvr"),
            (nsrlsvr_label.is_some(), "--nsrlsvr-label", "nsrlsvr"),
            (virustotal_api_key.is_some(), API_KEY_OPTION, "virustotal"),
            (virustotal_api_key_file.is_some(), "--virustotal-api-key-file", "virustotal"),
            (virustotal_hash.is_some(), "--virustotal-hash", "virustotal"),
            (virustotal_free_rate_limit.is_some(), "--virustotal-free-rate-limit", "virustotal"),
            (virustotal_url.is_some(), "--virustotal-url", "virustotal"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: HashOptions,
        store: Option<String>,
    }

    fn parse(arguments: &[&str]) -> Result<Line, clap::Error> {
        Line::try_parse_from(["x"].iter().chain(arguments))
    }

    #[test]
    fn the_rate_limit_is_switched_off_as_in_plaso() {
        for (arguments, limit) in [
            (&["s"][..], None),
            (&["--virustotal-free-rate-limit", "s"], Some(false)),
            (&["--virustotal-free-rate-limit=false", "s"], Some(false)),
            (&["--virustotal-free-rate-limit=true", "s"], Some(true)),
        ] {
            let line = parse(arguments).ok().unwrap();
            assert_eq!((line.options.virustotal_free_rate_limit, line.store.as_deref()), (limit, Some("s")));
        }
    }

    #[test]
    fn values_that_are_refused() {
        for arguments in [
            ["--bloom-hash", "sha512"],
            ["--nsrlsvr-hash", "sha256"],
            ["--nsrlsvr-port", "0"],
            ["--nsrlsvr-port", "65536"],
            ["--virustotal-free-rate-limit=maybe", "s"],
        ] {
            assert!(parse(&arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn a_key_is_never_repeated() {
        let line = parse(&["--virustotal-api-key", "s3cret"]).ok().unwrap();
        assert!(!format!("{:?}", line.options).contains("s3cret"));
        let config = line.options.virustotal().unwrap();
        assert!(!format!("{config:?}").contains("s3cret"));
        let twice = ["--virustotal-api-key", "s3cret", "--virustotal-api-key-file", "f"];
        assert!(!parse(&twice).err().unwrap().to_string().contains("s3cret"));
        assert!(!parse(&["--virustotal-apikey=s3cret"]).err().unwrap().to_string().contains("s3cret"));
    }

    #[test]
    fn defaults_are_those_of_plaso() {
        let options = HashOptions { virustotal_api_key_file: Some("k".into()), ..HashOptions::default() };
        assert_eq!(
            [options.bloom(), options.nsrlsvr(), options.virustotal().unwrap()],
            [
                PluginConfig::Bloom {
                    bloom_file: "hashlookup-full.bloom".into(),
                    hash: HashKind::Sha1,
                    label: "bloom_present".into(),
                },
                PluginConfig::Nsrlsvr {
                    host: "localhost".into(),
                    port: 9120,
                    hash: HashKind::Md5,
                    label: "nsrl_present".into(),
                },
                PluginConfig::Virustotal {
                    api_key: ApiKeySource::File("k".into()),
                    hash: HashKind::Sha256,
                    free_rate_limit: true,
                    url: "https://www.virustotal.com/api/v3".into(),
                },
            ]
        );
    }
}
