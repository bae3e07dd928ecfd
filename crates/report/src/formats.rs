//! How events become messages: by the built-in formats, or by those of a Plaso installation.

use std::path::Path;

use messages::{Formats, FormatterError};
use storage::StorageError;

/// Reads the formatter files in a folder, or takes the built-in formats if there is no folder.
/// The texts of Windows event logs, which Plaso keeps beside the folder, are read too.
///
/// # Errors
///
/// If a formatter file or the texts cannot be used.
pub fn formats(folder: Option<&Path>) -> Result<Formats, FormatsError> {
    let Some(folder) = folder else { return Ok(Formats::built_in()) };
    let formats = Formats::read_plaso(folder)?;
    Ok(formats.with_event_log_texts(storage::event_log_texts(folder)?))
}

/// Why the formats of a Plaso installation cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FormatsError {
    /// A formatter file cannot be used.
    #[error(transparent)]
    Formatter(#[from] FormatterError),
    /// The texts of Windows event logs cannot be read.
    #[error(transparent)]
    Texts(#[from] StorageError),
}
