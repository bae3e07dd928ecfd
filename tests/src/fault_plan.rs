//! Runs with a worker that does its tasks except for some faults (`src/bin/bad_worker`).

use std::path::Path;

use nix::unistd::Pid;
use tempfile::TempDir;

use crate::{Program, places};

/// The faults of bad workers, and the marks that they leave.
#[derive(Debug)]
pub struct FaultPlan {
    what: String,
    folder: TempDir,
}

impl FaultPlan {
    /// Makes a plan from a list of faults, each with the event in whose task it happens, or `any`,
    /// and perhaps `once`: `crash 2000; hang any once`.
    ///
    /// # Panics
    ///
    /// If the folder for the marks cannot be made.
    #[must_use]
    pub fn new(what: &str) -> Self {
        Self {
            what: what.to_owned(),
            folder: tempfile::Builder::new().prefix("fault-plan-").tempdir().unwrap(),
        }
    }

    /// Makes a run use workers with these faults.
    #[must_use]
    pub fn of_workers(&self, run: Program) -> Program {
        run.arg("--worker")
            .arg(places::program("bad_worker"))
            .env("BAD_WORKER", "faults")
            .env("FAULTS", &self.what)
            .env("FAULTS_FOLDER", self.folder.path())
    }

    /// Lets workers continue that `wait`.
    ///
    /// # Panics
    ///
    /// If the mark cannot be made.
    pub fn go_on(&self) {
        std::fs::write(self.folder.path().join("go"), "").unwrap();
    }

    /// Returns the process that a worker has left running, once there is one.
    #[must_use]
    pub fn leaked(&self) -> Option<Pid> {
        let leaked = std::fs::read_to_string(self.folder().join("leaked")).ok()?;
        leaked.parse().ok().map(Pid::from_raw)
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }
}
