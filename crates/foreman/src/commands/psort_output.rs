//! The options of psort that only its output has a use for.

use std::path::PathBuf;

use analysis::parse_integer;
use clap::Args;

/// What has no effect on an analysis: on psort's, either.
#[derive(Debug, Args)]
pub(super) struct OutputOnly {
    #[arg(short, long = "write", hide = true)]
    write: Option<PathBuf>,
    #[arg(short = 'a', long, hide = true)]
    include_all: bool,
    #[arg(long, hide = true)]
    pub(super) language: Option<String>,
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
    pub(super) output_time_zone: Option<String>,
    #[arg(long, hide = true)]
    fields: Option<String>,
    #[arg(long, hide = true)]
    use_markdown: bool,
    #[arg(long, hide = true)]
    pub(super) slice: Option<String>,
    #[arg(long, hide = true, value_parser = parse_integer)]
    slice_size: Option<i64>,
    #[arg(long, hide = true)]
    pub(super) slicer: bool,
    #[arg(long, hide = true)]
    pub(super) profilers: Option<String>,
    #[arg(long, hide = true)]
    profiling_directory: Option<String>,
    #[arg(long, hide = true)]
    profiling_sample_rate: Option<String>,
    #[arg(long, hide = true)]
    pub(super) troubles: bool,
}

impl OutputOnly {
    /// What was given and is of no effect, said in words.
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
            said.push(format!("of no effect on an analysis: {}", given.join(", ")));
        }
        if slice.is_some() {
            said.push(
                "all events are analysed, as psort does: there --slice restricts output only; 'foreman analyze --slice' \
                 restricts the analysis"
                    .into(),
            );
        }
        said
    }
}
