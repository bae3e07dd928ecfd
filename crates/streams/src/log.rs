//! The log of both programs: the filter from `RUST_LOG`, and text that is harmless on a terminal.

use std::env::{self, VarError};

use events::printable;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::{Directive, LevelFilter};
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::debug_fn;

/// Returns the filter of the log: this level, or the one that `RUST_LOG` gives. If `RUST_LOG` is
/// not valid, the text says so.
#[must_use]
pub fn log_filter(level: LevelFilter) -> (EnvFilter, Option<String>) {
    filter_of(level, env::var("RUST_LOG"))
}

fn filter_of(level: LevelFilter, variable: Result<String, VarError>) -> (EnvFilter, Option<String>) {
    let filter = || EnvFilter::builder().with_default_directive(Directive::from(level));
    let (text, why) = match variable {
        Err(VarError::NotPresent) => return (filter().parse_lossy(""), None),
        Err(VarError::NotUnicode(text)) => (text, "it is not UTF-8".to_owned()),
        Ok(text) => match filter().parse(&text) {
            Ok(filter) => return (filter, None),
            Err(error) => (text.into(), error.to_string()),
        },
    };
    (
        filter().parse_lossy(""),
        Some(format!("RUST_LOG is ignored, because it is not valid ({why}): {text:?}")),
    )
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
        for (given, used) in [("", "info"), ("debug", "debug"), ("story=off,warn", "story=off,warn")] {
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
