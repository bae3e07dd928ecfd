//! `virustotal`: labels events of programs by what VirusTotal knows of their hash.
//!
//! Each hash needs its own request, because the API has no other way to ask for files. A free key
//! allows four requests a minute.

use std::time::{Duration, Instant};

use events::{AttributeNames, Label};

use super::api_key::ApiKeySource;
use super::rate_limit::RateLimit;
use super::virustotal_client::{Client, Trouble, Verdict};
use super::{HashKind, HashTagging, Lookup, Patience, Stopped};
use crate::description::{FileRole, OptionDescription, OptionKind, PluginDescription};
use crate::error::PrepareError;
use crate::plugin::{AnalysisPlugin, PluginError, RunContext};
use crate::proxy::proxy_for;
use crate::settings::Settings;
use crate::spec::{SecretSource, Spec};

const API_KEY: OptionDescription = OptionDescription::new(
    "--virustotal-api-key",
    OptionKind::Secret("KEY"),
    "The API key. Other users can see it in the list of processes; better use VIRUSTOTAL_API_KEY or a file.",
);

const API_KEY_FILE: OptionDescription = OptionDescription::new(
    "--virustotal-api-key-file",
    OptionKind::File(FileRole::Secret),
    "The file with the API key.",
);

const HASH: OptionDescription = OptionDescription::new(
    "--virustotal-hash",
    OptionKind::Choice { name: "HASH", words: HashKind::NAMES },
    "The kind of hash to look up: md5, sha1 or sha256.",
)
.with_default("sha256");

const FREE_RATE_LIMIT: OptionDescription = OptionDescription::new(
    "--virustotal-free-rate-limit",
    OptionKind::Truth,
    "Whether to send at most 4 requests a minute; without a value this means false, as in Plaso.",
)
.with_default("true");

const URL: OptionDescription =
    OptionDescription::new("--virustotal-url", OptionKind::Text("URL"), "Another address of the API.")
        .with_default("https://www.virustotal.com/api/v3");

pub(crate) const SPEC: Spec = Spec {
    hidden_options: &[URL],
    servers: &[URL],
    secret: Some(SecretSource {
        what: "an API key",
        option: API_KEY,
        file: API_KEY_FILE,
        variable: "VIRUSTOTAL_API_KEY",
        variable_summary: "The key for VirusTotal, if no option gives it.",
        kept_as: "virustotal-api-key",
    }),
    ..Spec::new(
        PluginDescription {
            name: "virustotal",
            summary: "Labels events of programs by what VirusTotal knows of their hash.",
            reads: "Events of Windows programs (pe_coff:file, pe_coff:dll_import, pe_coff:resource) and the files' hashes.",
            writes: "A label virustotal_not_present, virustotal_no_detections, virustotal_detections_N or virustotal_analysis_pending.",
            options: &[API_KEY, API_KEY_FILE, HASH, FREE_RATE_LIMIT],
        },
        prepare,
    )
};

fn prepare(
    settings: &Settings<'_>,
    _names: &mut AttributeNames,
    context: &RunContext,
) -> Result<Box<dyn AnalysisPlugin>, PrepareError> {
    let key = match settings.secret() {
        Some(key) => ApiKeySource::Given(key.clone()),
        None => ApiKeySource::File(settings.path(&API_KEY_FILE)?),
    };
    let limit = settings.is_on(&FREE_RATE_LIMIT)?.then(|| {
        let mut limit = RateLimit::new(FREE_REQUESTS, FREE_SPAN);
        // The request of the check before the run counts, too.
        limit.note(Instant::now());
        limit
    });
    let lookup = VirusTotal { url: settings.text(&URL)?, key, limit, client: None };
    let data_types = if context.strict_compat { PLASO_DATA_TYPES } else { DATA_TYPES };
    Ok(Box::new(HashTagging::new(lookup, HashKind::chosen(settings, &HASH)?, data_types)))
}

/// The data types that Plaso's plugin examines. Current parsers do not make them any more.
const PLASO_DATA_TYPES: &[&str] = &["pe", "pe:compilation:compilation_time"];
/// These types, and the types that current parsers make instead.
const DATA_TYPES: &[&str] =
    &["pe", "pe:compilation:compilation_time", "pe_coff:file", "pe_coff:dll_import", "pe_coff:resource"];

/// The SHA-256 of EICAR's test file, which VirusTotal knows. It is looked up to check that
/// VirusTotal answers, and nobody else.
const EICAR: &str = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";

/// The likely reason for an answer that VirusTotal does not give.
const IMPOSTOR: &str = "; a proxy or a captive portal may have answered instead of VirusTotal";

/// The number of requests a minute that a free key allows.
const FREE_REQUESTS: usize = 4;
const FREE_SPAN: Duration = Duration::from_secs(60);

/// The pauses before a request is repeated after a failure. With the requests, they take far less
/// than the default time that a worker may show no progress.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// The pauses after too many requests, if the server does not give a time. Together they are longer
/// than [`FREE_SPAN`], after which a free key allows requests again.
const BUSY_PAUSES: [Duration; 4] =
    [Duration::from_secs(5), Duration::from_secs(15), Duration::from_secs(30), Duration::from_secs(60)];
/// The longest pause that the server may ask for.
const MAXIMUM_PAUSE: Duration = Duration::from_secs(120);

pub(crate) struct VirusTotal {
    url: String,
    key: ApiKeySource,
    limit: Option<RateLimit>,
    client: Option<Client>,
}

impl VirusTotal {
    fn client(&mut self) -> Result<&Client, String> {
        Ok(match &mut self.client {
            Some(client) => client,
            client => {
                let proxy = proxy_for(&self.url).map_err(|error| error.to_string())?;
                let key = self.key.key().map_err(|error| error.to_string())?;
                client.insert(Client::new(&self.url, key, proxy))
            }
        })
    }

    /// Returns what VirusTotal knows of one file, and repeats the request if that may help.
    fn verdict(&mut self, hash: &str, patience: &Patience<'_>) -> Result<Verdict, Stopped> {
        let (mut pauses, mut busy_pauses) = (PAUSES.iter(), BUSY_PAUSES.iter());
        loop {
            if let Some(limit) = &mut self.limit {
                patience.wait(limit.pause(Instant::now()))?;
                limit.note(Instant::now());
            }
            let trouble = match self.client().map_err(Stopped::GaveUp)?.ask(hash, patience) {
                Ok(verdict) => return Ok(verdict),
                Err(trouble) => trouble,
            };
            let pause = match &trouble {
                Trouble::Cancelled => return Err(Stopped::Cancelled),
                Trouble::Refused(_) => None,
                Trouble::Busy(asked) => busy_pauses.next().map(|pause| asked.unwrap_or(*pause)),
                Trouble::Request(_) | Trouble::Garbage(_) => pauses.next().copied(),
            };
            match pause.filter(|pause| *pause <= MAXIMUM_PAUSE) {
                Some(pause) => patience.wait(pause)?,
                None => return Err(Stopped::GaveUp(trouble.to_string())),
            }
        }
    }
}

impl Lookup for VirusTotal {
    const NAME: &'static str = "virustotal";
    const BATCH: usize = 1;

    fn check(&mut self) -> Result<(), PluginError> {
        let has_no_file = matches!(&self.key, ApiKeySource::File(path) if !path.is_file());
        let no_key = if has_no_file { PluginError::Input } else { PluginError::Failed };
        let reason = match self.client().map_err(no_key)?.ask(EICAR, &Patience::endless()) {
            Ok(Verdict::NotPresent) => format!("VirusTotal seems not to know EICAR's test file{IMPOSTOR}"),
            // The server answers and accepts the key, even if there were too many requests.
            Ok(_) | Err(Trouble::Busy(_)) => return Ok(()),
            Err(trouble @ Trouble::Garbage(_)) => format!("{trouble}{IMPOSTOR}"),
            Err(trouble) => trouble.to_string(),
        };
        Err(PluginError::Failed(reason))
    }

    fn look_up(
        &mut self,
        hashes: &[Box<str>],
        labels: &mut Vec<Option<Label>>,
        patience: &Patience<'_>,
    ) -> Result<(), Stopped> {
        for hash in hashes {
            let verdict = self.verdict(hash, patience)?;
            labels.push(Some(label(verdict)));
        }
        Ok(())
    }
}

fn label(verdict: Verdict) -> Label {
    let text = match verdict {
        Verdict::NotPresent => "virustotal_not_present".into(),
        Verdict::Pending => "virustotal_analysis_pending".into(),
        Verdict::Detections(0) => "virustotal_no_detections".into(),
        Verdict::Detections(engines) => format!("virustotal_detections_{engines}"),
    };
    Label::new(&text).expect("letters, digits and underscores")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_key_allows_requests_again_after_all_pauses() {
        assert!(BUSY_PAUSES.iter().sum::<Duration>() > FREE_SPAN);
        assert!(BUSY_PAUSES.iter().all(|pause| *pause <= MAXIMUM_PAUSE));
    }

    #[test]
    fn labels_of_verdicts() {
        for (verdict, text) in [
            (Verdict::NotPresent, "virustotal_not_present"),
            (Verdict::Pending, "virustotal_analysis_pending"),
            (Verdict::Detections(0), "virustotal_no_detections"),
            (Verdict::Detections(7), "virustotal_detections_7"),
        ] {
            assert_eq!(label(verdict).as_str(), text);
        }
    }
}
