//! The workers: [`dispatcher`] decides, [`engine`] acts, [`os`] is where processes are started and signalled.

pub(crate) mod dispatcher;
pub(crate) mod engine;
pub(crate) mod os;
pub(crate) mod run_folder;
pub(crate) mod worker_program;
mod workers;
