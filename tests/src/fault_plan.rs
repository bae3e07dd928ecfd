//! Runs with a worker that does its tasks, but for some faults (`src/bin/bad_worker`).

use std::path::Path;

use nix::unistd::Pid;
use tempfile::TempDir;

use crate::{Program, places};

/// What bad workers do, and the marks that they leave.
#[derive(Debug)]
pub struct FaultPlan {
    what: String,
    folder: TempDir,
}

impl FaultPlan {
    /// A list of deeds, each with an event in whose task it is done, or `any`, and perhaps `once`: `crash 2000; hang any once`.
    ///
    /// # Panics
    ///
    /// If there is no place for the marks.
    #[must_use]
    pub fn new(what: &str) -> Self {
        Self {
            what: what.to_owned(),
            folder: tempfile::Builder::new().prefix("fault-plan-").tempdir().unwrap(),
        }
    }

    /// Has a run use workers that do this.
    #[must_use]
    pub fn of_workers(&self, run: Program) -> Program {
        run.arg("--worker")
            .arg(places::program("bad_worker"))
            .env("BAD_WORKER", "faults")
            .env("FAULTS", &self.what)
            .env("FAULTS_FOLDER", self.folder.path())
    }

    /// Lets workers go on that `wait`.
    ///
    /// # Panics
    ///
    /// If the mark for it cannot be made.
    pub fn go_on(&self) {
        std::fs::write(self.folder.path().join("go"), "").unwrap();
    }

    /// The process that a worker has left behind, once there is one.
    #[must_use]
    pub fn leaked(&self) -> Option<Pid> {
        let leaked = std::fs::read_to_string(self.folder().join("leaked")).ok()?;
        leaked.parse().ok().map(Pid::from_raw)
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }
}
