//! Supervises the workers: [`dispatcher`] decides, [`engine`] acts, and [`os`] starts and signals
//! processes.

pub(crate) mod dispatcher;
pub(crate) mod engine;
pub(crate) mod os;
pub(crate) mod run_folder;
pub(crate) mod worker_program;
mod workers;
