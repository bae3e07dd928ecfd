//! A disk that fails at a chosen moment: a library between a program and its C library
//! (`LD_PRELOAD`).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::{Program, places};

const SOURCE: &str = include_str!("fault_disk.c");

impl Program {
    /// Makes the disk fail as planned for the files of this store; see `fault_disk.c` for plans. If
    /// this is not possible, returns `None` and reports that the test is skipped.
    #[must_use]
    pub fn on_faulty_disk(self, store: &Path, plan: &str) -> Option<Self> {
        static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
        let Some(library) = LIBRARY.get_or_init(build) else {
            places::skipped("no library can be built to make a disk fail (Linux and cc are needed)");
            return None;
        };
        let store = store.canonicalize().unwrap_or_else(|_| store.to_owned());
        Some(self.env("LD_PRELOAD", library).env("FAULT_STORE", store).env("FAULT_PLAN", plan))
    }
}

/// Compiles the library once per process.
fn build() -> Option<PathBuf> {
    let folder = places::target().join("tmp");
    std::fs::create_dir_all(&folder).ok()?;
    let name = format!("fault_disk_{}", std::process::id());
    let (source, library) = (folder.join(format!("{name}.c")), folder.join(format!("{name}.so")));
    std::fs::write(&source, SOURCE).ok()?;
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let built = Command::new(compiler)
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .output();
    let works = built.is_ok_and(|built| built.status.success()) && cfg!(target_os = "linux");
    let _ = std::fs::remove_file(&source);
    // All builds use one name, so that files do not accumulate. A program that has loaded the old
    // file keeps it.
    let shared = folder.join("fault_disk.so");
    (works && std::fs::rename(library, &shared).is_ok()).then_some(shared)
}
