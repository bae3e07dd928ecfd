//! The workers: [`dispatcher`] decides, [`engine`] acts, [`os`] is where processes are started and signalled.

pub mod dispatcher;
pub mod engine;
pub mod os;
pub(crate) mod run_folder;
pub(crate) mod worker_program;
mod workers;
