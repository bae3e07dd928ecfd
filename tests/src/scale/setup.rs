//! The engines: what must be there, and what is installed in a virtual environment.

use std::path::{Path, PathBuf};
use std::process::Command;

use testing::places;

/// The packages, in the versions that were tried.
const PACKAGES: [&str; 4] =
    ["pyspark[connect]==4.0.1", "celery==5.5.3", "redis==5.2.1", "openrelik-worker-common==0.17.2"];
/// The oldest Java that Spark 4 runs on.
const JAVA: u32 = 17;

/// The programs that the cases need.
#[derive(Debug)]
pub(super) struct Setup {
    /// The Python of the virtual environment.
    pub(super) python: PathBuf,
    /// The folder of Spark.
    pub(super) spark: PathBuf,
    /// The folder of the adapters.
    pub(super) adapters: PathBuf,
}

impl Setup {
    /// Installs what is missing. `say` tells people the commands for that.
    ///
    /// # Errors
    ///
    /// What is missing and cannot be installed.
    pub(super) fn new(say: fn(&str)) -> Result<Self, String> {
        check_java()?;
        let python = environment(&places::target().join("scale"), say)?;
        let spark = output(Command::new(&python).args(["-c", "import pyspark; print(pyspark.__path__[0])"]))?;
        install_redis(say)?;
        let adapters = places::workspace().join("adapters/python");
        Ok(Self { python, spark: spark.trim().into(), adapters })
    }

    /// Returns a program of Spark.
    pub(super) fn spark_program(&self, name: &str) -> PathBuf {
        self.spark.join("bin").join(name)
    }
}

fn check_java() -> Result<(), String> {
    let home = std::env::var_os("JAVA_HOME").map(|home| Path::new(&home).join("bin/java"));
    let java = home.unwrap_or_else(|| "java".into());
    let needed = format!(
        "Spark needs Java {JAVA} or later: install it (Debian: apt-get install openjdk-17-jre-headless), or set JAVA_HOME"
    );
    let about = Command::new(&java).arg("-version").output().map_err(|_| needed.clone())?;
    let about = String::from_utf8_lossy(&about.stderr).into_owned();
    // The version is in quotation marks; older ones begin with `1.`.
    let version = about.split('"').nth(1).and_then(|version| version.split('.').next());
    match version.and_then(|version| version.parse::<u32>().ok()) {
        Some(version) if version >= JAVA => Ok(()),
        _ => Err(format!("{needed}\n{} says: {about}", java.display())),
    }
}

/// Returns the Python of the virtual environment in this folder, which has all packages.
fn environment(folder: &Path, say: fn(&str)) -> Result<PathBuf, String> {
    let venv = folder.join("venv");
    let (python, mark) = (venv.join("bin/python"), venv.join("installed.txt"));
    if std::fs::read_to_string(&mark).is_ok_and(|installed| installed == PACKAGES.join("\n")) {
        return Ok(python);
    }
    std::fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    say(&format!("installing {} in {}", PACKAGES.join(", "), venv.display()));
    output(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    output(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
    std::fs::write(&mark, PACKAGES.join("\n"))
        .map_err(|error| format!("cannot write {}: {error}", mark.display()))?;
    Ok(python)
}

fn install_redis(say: fn(&str)) -> Result<(), String> {
    if Command::new("redis-server").arg("--version").output().is_ok() {
        return Ok(());
    }
    if !nix::unistd::geteuid().is_root() {
        return Err("Celery needs redis-server: install it (Debian: apt-get install redis-server)".into());
    }
    say("installing redis-server");
    output(Command::new("apt-get").args(["install", "--yes", "--no-install-recommends", "redis-server"]))?;
    Ok(())
}

/// Runs a command, and returns its output.
fn output(command: &mut Command) -> Result<String, String> {
    let done = command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if !done.status.success() {
        return Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&done.stderr)));
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}
