//! Why a task could not be done.

use analysis::PipelineError;
use analysis::plugin::PluginError;
use events::Shown as _;
use storage::StorageError;

/// Why a task could not be done.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The analysis cannot be set up.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The settings of the run cannot be told from others.
    #[error(transparent)]
    Settings(#[from] analysis::PrepareError),
    /// The store or a task store cannot be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The storage file is not the part that the task is for.
    #[error(
        "{} is not the part of a storage file that the task is for, or was changed since then: it is {found}, and the task \
         is for {expected:?}",
        path.shown()
    )]
    OtherPart {
        /// The file.
        path: std::path::PathBuf,
        /// The fingerprint of the file.
        found: String,
        /// The fingerprint of the part.
        expected: String,
    },
    /// A reduce step failed.
    #[error("{plugin}")]
    Plugin {
        /// The plugin.
        plugin: String,
        /// Why.
        source: PluginError,
    },
    /// The current event could not be recorded.
    #[error("cannot write {}", path.shown())]
    Trace {
        /// The file for the current event.
        path: std::path::PathBuf,
        /// Why.
        source: files::OutputError,
    },
    /// The thread that measures how the time is spent cannot be started.
    #[error("cannot start a thread for --profile")]
    Profile(#[source] std::io::Error),
    /// The formatter files of an export cannot be used.
    #[error(transparent)]
    Formats(#[from] messages::FormatterError),
    /// The part of an export cannot be written.
    #[error(transparent)]
    Export(#[from] export::ExportError),
    /// The worker was told to leave the task.
    #[error("cancelled")]
    Cancelled,
}
