//! The foreman: plans the analysis of a Plaso storage file, supervises the workers, and merges
//! their results.
//!
//! The code is in four rooms. `commands` has the command line, `run` one analysis from its plan to
//! its summary, `supervise` the workers, and `screen` the views that show a run.

mod clock;
mod commands;
mod exit;
mod log;
mod output;
mod paths;
mod plaso_data;
mod run;
mod screen;
mod shell;
mod supervise;
mod tagging_files;
mod values;
mod words;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::FromArgMatches as _;
use clap::builder::StyledStr;
use clap::error::ErrorKind;
use events::{Shown as _, is_harmful, shown_arguments, with_causes};

pub use commands::{command, completion_script, manual};
pub use exit::Status;

use commands::Arguments;
use commands::own_streams;
use exit::Failure;
use supervise::stop::wait_if_ending;

/// Runs the program with these arguments. The first argument is the program's name.
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    files::keep_own_permissions();
    supervise::ignored_signals::keep_ends_of_workers();
    let into_databases = files::streams_into_databases();
    let _streams = streams::start("foreman");
    if let Some(files::IntoDatabases { stdout, stderr }) = into_databases {
        streams::refuse_databases(stdout, stderr);
        return Status::Usage.into();
    }
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    commands::set_color(&arguments);
    // Help and version are results. All other messages of clap are usage errors.
    let (parsed, paths) = match parse(&arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            // The message repeats arguments.
            let shown = shown_arguments(&arguments).and_then(|shown| parse(&shown).err());
            let mut error = shown.unwrap_or(error);
            commands::point_to_command(&mut error);
            commands::name_variable(&mut error, &arguments);
            let is_error = !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            if !is_error {
                let help = error.render();
                let help =
                    if streams::color_on_stdout() { help.ansi().to_string() } else { help.to_string() };
                let Err(error) = output::deliver(&help) else { return Status::Done.into() };
                streams::complain(&with_causes(error.as_ref()));
                return Status::Failed.into();
            }
            match own_streams::refuse_named_files(&own_streams::possible_paths(&arguments)) {
                Ok(()) => streams::message(usage_text(&error).as_bytes()),
                Err(Failure { error, .. }) => own_streams::say(&error),
            }
            return Status::Usage.into();
        }
    };
    let result = own_streams::refuse_named_files(&paths).and_then(|()| parsed.run(&arguments));
    wait_if_ending();
    match result {
        Ok(status) => status.into(),
        Err(Failure { status, error }) => {
            own_streams::say(&error);
            status.into()
        }
    }
}

/// Returns what the arguments mean, and the paths of files and folders in them.
fn parse(arguments: &[OsString]) -> Result<(Arguments, Vec<PathBuf>), clap::Error> {
    let matches = analysis::with_negative_numbers(command())
        .try_get_matches_from(analysis::with_hyphens(arguments.iter().cloned()))?;
    Ok((Arguments::from_arg_matches(&matches)?, own_streams::named_paths(&matches)?))
}

/// Returns clap's message about wrong usage. It has colours if standard error is a terminal with
/// colours. The values of environment variables that it repeats are escaped, as arguments are.
fn usage_text(error: &clap::Error) -> String {
    let values = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("FOREMAN_"));
    let text = values.fold(error.render().ansi().to_string(), |text, (_, value)| {
        let raw = value.to_string_lossy();
        if raw.contains(is_harmful) { text.replace(&*raw, &value.shown()) } else { text }
    });
    if streams::color_on_stderr() { text } else { StyledStr::from(text).to_string() }
}
