//! The options of psort that matter only for output. They have no effect on an analysis.
//!
//! `foreman psort` accepts them, so that command lines for psort work, and says that they have no
//! effect.

use std::path::PathBuf;

use analysis::parse_integer;
use anyhow::{Result, anyhow, bail};
use clap::Args;

use crate::values::parse_moment;

/// The options that have no effect on an analysis, in psort as well.
#[derive(Debug, Args)]
pub(super) struct OutputOnly {
    #[arg(short, long = "write", hide = true)]
    write: Option<PathBuf>,
    #[arg(short = 'a', long, hide = true)]
    include_all: bool,
    #[arg(long, hide = true)]
    language: Option<String>,
    #[arg(long, hide = true)]
    additional_fields: Option<String>,
    #[arg(long, hide = true)]
    custom_fields: Option<String>,
    #[arg(long, hide = true)]
    custom_formatter_definitions: Option<String>,
    #[arg(long, hide = true)]
    dynamic_time: bool,
    #[arg(long, hide = true)]
    output_fallback_hostname: bool,
    #[arg(long, hide = true)]
    output_fallback_path: bool,
    #[arg(long, hide = true)]
    output_time_zone: Option<String>,
    #[arg(long, hide = true)]
    fields: Option<String>,
    #[arg(long, hide = true)]
    use_markdown: bool,
    #[arg(long, hide = true)]
    slice: Option<String>,
    #[arg(long, hide = true, value_parser = parse_integer)]
    slice_size: Option<i64>,
    #[arg(long, hide = true)]
    slicer: bool,
    #[arg(long, hide = true)]
    profilers: Option<String>,
    #[arg(long, hide = true)]
    profiling_directory: Option<String>,
    #[arg(long, hide = true)]
    profiling_sample_rate: Option<String>,
    #[arg(long, hide = true)]
    troubles: bool,
}

impl OutputOnly {
    /// Refuses to print lists that only psort has.
    pub(super) fn refuse_lists(&self) -> Result<()> {
        let Self { language, output_time_zone, profilers, troubles, .. } = self;
        for (value, option) in
            [(language, "--language"), (output_time_zone, "--output-time-zone"), (profilers, "--profilers")]
        {
            if value.as_deref() == Some("list") {
                bail!("foreman has no such list; it is shown by:\n  psort {option} list");
            }
        }
        if *troubles {
            bail!("--troubles is about an installation of Plaso; it is shown by:\n  psort --troubles");
        }
        Ok(())
    }

    /// Refuses a slice that psort refuses, although slices have no effect here.
    pub(super) fn check_slice(&self) -> Result<()> {
        if let Some(slice) = self.slice.as_deref().filter(|slice| !slice.is_empty()) {
            parse_moment(slice).map_err(|expected| anyhow!("--slice {slice:?}: {expected}"))?;
            if self.slicer {
                bail!("--slice and --slicer exclude each other");
            }
        }
        Ok(())
    }

    /// Returns messages about the options that were given and have no effect.
    pub(super) fn without_effect(&self) -> Vec<String> {
        let Self {
            write,
            include_all,
            language,
            additional_fields,
            custom_fields,
            custom_formatter_definitions,
            dynamic_time,
            output_fallback_hostname,
            output_fallback_path,
            output_time_zone,
            fields,
            use_markdown,
            slice,
            slice_size,
            slicer,
            profilers,
            profiling_directory,
            profiling_sample_rate,
            troubles: _,
        } = self;
        let given: Vec<&str> = [
            (write.is_some(), "--write"),
            (*include_all, "--include-all"),
            (language.is_some(), "--language"),
            (additional_fields.is_some(), "--additional-fields"),
            (custom_fields.is_some(), "--custom-fields"),
            (custom_formatter_definitions.is_some(), "--custom-formatter-definitions"),
            (*dynamic_time, "--dynamic-time"),
            (*output_fallback_hostname, "--output-fallback-hostname"),
            (*output_fallback_path, "--output-fallback-path"),
            (output_time_zone.is_some(), "--output-time-zone"),
            (fields.is_some(), "--fields"),
            (*use_markdown, "--use-markdown"),
            (slice_size.is_some() && slice.is_none(), "--slice-size"),
            (*slicer, "--slicer"),
            (profilers.is_some(), "--profilers"),
            (profiling_directory.is_some(), "--profiling-directory"),
            (profiling_sample_rate.is_some(), "--profiling-sample-rate"),
        ]
        .into_iter()
        .filter_map(|(given, option)| given.then_some(option))
        .collect();
        let mut said = Vec::new();
        if !given.is_empty() {
            said.push(format!("without effect on an analysis: {}", given.join(", ")));
        }
        if slice.is_some() {
            said.push(
                "all events are analysed: in psort, --slice restricts only the output; 'foreman analyze --slice' \
                 restricts the analysis"
                    .into(),
            );
        }
        said
    }
}
