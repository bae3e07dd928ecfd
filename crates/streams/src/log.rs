//! The log of both programs: the filter from `RUST_LOG`, and text that is harmless on a terminal.

use std::env::{self, VarError};

use events::printable;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::{Directive, LevelFilter};
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::debug_fn;

/// Returns the filter of the log: what `RUST_LOG` says, and this level for what it says nothing of.
/// So a value that is meant for another program does not hide warnings. If `RUST_LOG` is not valid,
/// the text says so.
#[must_use]
pub fn log_filter(level: LevelFilter) -> (EnvFilter, Option<String>) {
    filter_of(level, env::var("RUST_LOG"))
}

fn filter_of(level: LevelFilter, variable: Result<String, VarError>) -> (EnvFilter, Option<String>) {
    let default = || EnvFilter::builder().with_default_directive(Directive::from(level)).parse_lossy("");
    let (text, why) = match variable {
        Err(VarError::NotPresent) => return (default(), None),
        Err(VarError::NotUnicode(text)) => (text, "it is not UTF-8".to_owned()),
        // A later part without a target replaces the level.
        Ok(text) => match EnvFilter::builder().parse(format!("{level},{text}")) {
            Ok(filter) => return (filter, None),
            Err(error) => (text.into(), error.to_string()),
        },
    };
    (default(), Some(format!("RUST_LOG is ignored, because it is not valid ({why}): {text:?}")))
}

/// Returns a format for the fields of log lines that makes all text printable. Messages contain
/// file names, and texts from stores.
#[must_use]
pub fn log_fields() -> impl for<'writer> FormatFields<'writer> + Send + Sync + 'static {
    let fields = debug_fn(|writer, field, value| match field.name() {
        "message" => write!(writer, "{}", printable(&format!("{value:?}"))),
        name => write!(writer, "{name}={}", printable(&format!("{value:?}"))),
    });
    fields.delimited(" ")
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    #[test]
    fn what_is_not_understood_is_said_and_not_obeyed() {
        let filter = |text: &str| filter_of(LevelFilter::INFO, Ok(text.to_owned()));
        assert_eq!(filter_of(LevelFilter::INFO, Err(VarError::NotPresent)).0.to_string(), "info");
        for (given, used) in [
            ("", "info"),
            (",", "info"),
            ("debug", "debug"),
            ("off", "off"),
            ("story=off,warn", "story=off,warn"),
            // What is meant for another program, or for one part of this one, hides no warnings.
            ("hyper=debug", "hyper=debug,info"),
            ("hyper", "hyper=trace,info"),
            ("foreman=debug", "foreman=debug,info"),
        ] {
            let (filter, said) = filter(given);
            assert_eq!((filter.to_string().as_str(), said), (used, None), "{given}");
        }
        let (filter, said) = filter("\x1b]0;title\x07=loud,,=");
        assert_eq!(filter.to_string(), "info");
        let said = said.unwrap();
        assert!(said.starts_with("RUST_LOG is ignored") && !said.contains(char::is_control), "{said}");
        let bytes = std::ffi::OsString::from_vec(vec![0xff, 0x1b]);
        let (_, said) = filter_of(LevelFilter::INFO, Err(VarError::NotUnicode(bytes)));
        assert!(!said.unwrap().contains(char::is_control));
    }
}
