//! Supervises the workers: [`dispatcher`] decides, [`engine`] acts, [`connection`] talks to a
//! worker, [`os`] starts and signals processes, [`open_files`] says how many there can be,
//! [`stop`] hears the signals that ask to stop, and [`unfinished`] is what they remove.

mod connection;
pub(crate) mod dispatcher;
pub(crate) mod engine;
pub(crate) mod ignored_signals;
pub(crate) mod open_files;
pub(crate) mod os;
pub(crate) mod run_folder;
pub(crate) mod stop;
pub(crate) mod stopped;
pub(crate) mod unfinished;
pub(crate) mod worker_program;
mod workers;
