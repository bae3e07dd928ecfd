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
    /// Makes a plan from a list of faults, each with the event in whose task it happens, `any` or
    /// `preparing`, and perhaps `once`: `crash 2000; hang any once`.
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
        self.of_all_foremen(run.arg("--worker").arg(places::program("bad_worker")))
    }

    /// Makes all foremen that a program starts use workers with these faults.
    #[must_use]
    pub fn of_all_foremen(&self, program: Program) -> Program {
        program
            .env("FOREMAN_WORKER", places::program("bad_worker"))
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

    /// Returns the worker that waits, if one waits `once`.
    ///
    /// # Panics
    ///
    /// If the folder for the marks cannot be read.
    #[must_use]
    pub fn waiting(&self) -> Option<Pid> {
        let marks = std::fs::read_dir(self.folder()).unwrap().flatten();
        let mark = marks
            .map(|mark| mark.path())
            .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("wait-")))?;
        std::fs::read_to_string(mark).ok()?.parse().ok().map(Pid::from_raw)
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
