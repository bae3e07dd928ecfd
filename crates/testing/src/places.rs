//! Where things are: the workspace, its test data, the data that lies beside a checkout, the built programs.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The variable that names the folder with shared data, if it does not lie beside the checkout.
pub const SHARED: &str = "SHARED_DATA";

/// If this variable is set, tests fail that would be skipped because shared data are missing.
pub const REQUIRE_SHARED: &str = "REQUIRE_SHARED";

/// The variable that names a file to which skipped tests add a line each. `cargo xtask test` sets it,
/// and shows the lines at its end.
pub const SKIPPED_TESTS: &str = "SKIPPED_TESTS";

/// The root of the workspace.
#[must_use]
pub fn workspace() -> &'static Path {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    workspace.expect("this crate lies in a folder of the workspace")
}

/// A file of the project's own test data.
#[must_use]
pub fn data(name: &str) -> PathBuf {
    workspace().join("tests/data").join(name)
}

/// A file or folder of the data that may lie beside the checkout, in `../shared` or where the variable [`SHARED`] says; if
/// it is not there, says that the test is skipped.
///
/// # Panics
///
/// If it is not there although [`REQUIRE_SHARED`] is set.
#[must_use]
pub fn shared(name: &str) -> Option<PathBuf> {
    let beside = || workspace().parent().map(|parent| parent.join("shared"));
    let path = std::env::var_os(SHARED).map(PathBuf::from).or_else(beside)?.join(name);
    if path.exists() {
        return Some(path);
    }
    skipped_without_shared(&format!("there is no {}", path.display()));
    None
}

/// The storage file `NAME` of the data beside the checkout, unpacked once into the target folder. It must not be
/// written to; [`Store::shared`](crate::Store::shared) is a copy.
///
/// # Panics
///
/// If it is not there although [`REQUIRE_SHARED`] is set.
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
            // Another process may have done the same; then this replaces its file by an equal one.
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

/// Says that a test is skipped, past the test runner's capture of output, and has it counted.
///
/// # Panics
///
/// If the test cannot be counted.
pub fn skipped(why: &str) {
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("skipped: {name}: {why}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(list) = std::env::var_os(SKIPPED_TESTS) {
        // In one piece at the end of the file, since several tests may do so at the same time.
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&list);
        let added = file.and_then(|mut file| file.write_all(line.as_bytes()));
        added.unwrap_or_else(|error| panic!("{}: {error}", Path::new(&list).display()));
    }
}

/// The same for want of shared data, without which no test may pass if [`REQUIRE_SHARED`] is set.
fn skipped_without_shared(why: &str) {
    assert!(std::env::var_os(REQUIRE_SHARED).is_none(), "{why}, and {REQUIRE_SHARED} is set");
    skipped(why);
}

/// The folder of the built programs: this test's own, or the one above it.
#[must_use]
pub fn programs() -> PathBuf {
    let own = std::env::current_exe().expect("a running program has a place");
    let folder = own.parent().expect("a program lies in a folder");
    if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder }.to_owned()
}

/// A built program.
///
/// # Panics
///
/// If it has not been built.
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

/// The folder that cargo builds into.
///
/// # Panics
///
/// If this program lies elsewhere.
#[must_use]
pub fn target() -> PathBuf {
    programs().parent().expect("the programs lie in the target folder").to_owned()
}
