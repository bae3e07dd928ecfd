//! The paths of the workspace, its test data, the shared data beside the checkout, and the built
//! programs.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The variable that names the folder with shared data, if that folder is not beside the checkout.
pub const SHARED: &str = "SHARED_DATA";

/// If this variable is set, a test fails instead of being skipped because shared data is missing.
pub const REQUIRE_SHARED: &str = "REQUIRE_SHARED";

/// The variable that names a file to which each skipped test adds a line. `cargo xtask test` sets
/// it, and shows the lines at its end.
pub const SKIPPED_TESTS: &str = "SKIPPED_TESTS";

/// Returns the root of the workspace.
#[must_use]
pub fn workspace() -> &'static Path {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    workspace.expect("this crate is in a folder of the workspace")
}

/// Returns the path of a file in the project's own test data.
#[must_use]
pub fn data(name: &str) -> PathBuf {
    workspace().join("tests/data").join(name)
}

/// Returns the path of a file or folder in the shared data, which may be in `../shared` or where
/// the variable [`SHARED`] says. If the file does not exist, reports that the test is skipped.
///
/// # Panics
///
/// If the file does not exist although [`REQUIRE_SHARED`] is set.
#[must_use]
pub fn shared(name: &str) -> Option<PathBuf> {
    let beside = || workspace().join("../shared");
    let path = std::env::var_os(SHARED).map_or_else(beside, PathBuf::from).join(name);
    if path.exists() {
        return Some(path);
    }
    skipped_without_shared(&format!("there is no {}", path.display()));
    None
}

/// Returns the path of the storage file `NAME` of the shared data, unpacked once into the target
/// folder. A test must not write to it; [`Store::shared`](crate::Store::shared) makes a copy.
///
/// # Panics
///
/// If the file does not exist although [`REQUIRE_SHARED`] is set.
#[must_use]
pub fn shared_store(name: &str) -> Option<PathBuf> {
    static LOCK: OnceLock<std::sync::Mutex<()>> = OnceLock::new();
    let packed = shared(&format!("data/{name}.plaso.xz"))?;
    let unpacked = target().join("shared-data").join(format!("{name}.plaso"));
    let _one_at_a_time = LOCK.get_or_init(Default::default).lock().unwrap();
    if unpacked.exists() {
        return Some(unpacked);
    }
    std::fs::create_dir_all(unpacked.parent().unwrap()).unwrap();
    let partly = unpacked.with_extension(std::process::id().to_string());
    let file = std::fs::File::create(&partly).unwrap();
    match Command::new("xz").arg("-dc").arg(&packed).stdout(file).status() {
        Ok(status) if status.success() => {
            // Another process may have unpacked the same file; then this replaces that file by an
            // equal one.
            std::fs::rename(&partly, &unpacked).unwrap();
            Some(unpacked)
        }
        failure => {
            std::fs::remove_file(&partly).unwrap();
            let why = format!("{} cannot be unpacked with xz ({failure:?})", packed.display());
            skipped_without_shared(&why);
            None
        }
    }
}

/// Returns the folder with the Sigma rules of the shared data, unpacked once into the target
/// folder.
///
/// # Panics
///
/// If the archive does not exist although [`REQUIRE_SHARED`] is set.
#[must_use]
pub fn shared_sigma_rules() -> Option<PathBuf> {
    static LOCK: OnceLock<std::sync::Mutex<()>> = OnceLock::new();
    let packed = shared("sigma/sigmahq-rules.tar.xz")?;
    let unpacked = target().join("shared-data/sigma-rules");
    let _one_at_a_time = LOCK.get_or_init(Default::default).lock().unwrap();
    if unpacked.exists() {
        return Some(unpacked);
    }
    let partly = unpacked.with_extension(std::process::id().to_string());
    std::fs::create_dir_all(&partly).unwrap();
    match Command::new("tar").arg("-xJf").arg(&packed).arg("-C").arg(&partly).status() {
        Ok(status) if status.success() => {
            // It fails if another process was faster.
            let _ = std::fs::rename(&partly, &unpacked);
            Some(unpacked)
        }
        failure => {
            std::fs::remove_dir_all(&partly).unwrap();
            skipped_without_shared(&format!(
                "{} cannot be unpacked with tar ({failure:?})",
                packed.display()
            ));
            None
        }
    }
}

/// Reports that a test is skipped, even if the test runner captures output, and counts the test.
///
/// # Panics
///
/// If the test cannot be counted.
pub fn skipped(why: &str) {
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("skipped: {name}: {why}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(list) = std::env::var_os(SKIPPED_TESTS) {
        // The line is appended by one write, because several tests may write at the same time.
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&list);
        let added = file.and_then(|mut file| file.write_all(line.as_bytes()));
        added.unwrap_or_else(|error| panic!("{}: {error}", Path::new(&list).display()));
    }
}

/// Like [`skipped`], for a test without its shared data. It fails if [`REQUIRE_SHARED`] is set.
fn skipped_without_shared(why: &str) {
    assert!(std::env::var_os(REQUIRE_SHARED).is_none(), "{why}, and {REQUIRE_SHARED} is set");
    skipped(why);
}

/// Returns the folder of the built programs, which is the folder of this test or the one above it.
#[must_use]
pub fn programs() -> PathBuf {
    let own = std::env::current_exe().expect("a running program has a path");
    let folder = own.parent().expect("a program is in a folder");
    if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder }.to_owned()
}

/// Returns the path of a built program.
///
/// # Panics
///
/// If the program is not built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let path = programs().join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.exists(),
        "there is no {}: run `cargo xtask test`, which builds it before the tests",
        path.display()
    );
    path
}

/// Returns the folder that cargo builds into.
///
/// # Panics
///
/// If this program is in another folder.
#[must_use]
pub fn target() -> PathBuf {
    programs().parent().expect("the programs are in the target folder").to_owned()
}
