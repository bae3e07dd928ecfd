//! `cargo xtask dist`: makes packages for people who do not build from source (docs/install.md).
//!
//! This command builds the programs, as static as this toolchain can. A separate program
//! (`xtask/dist`) then makes the packages, because it needs crates that no other task needs.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::run::{cargo, run, target, workspace};

pub(crate) fn dist(arguments: &[String]) -> Result<()> {
    let build = Build::choose(&Toolchain::ask()?)?;
    println!("Building for {}: {}.", build.target, build.why);
    run(&mut build.command()?)?;
    let programs = target()?.join(&build.target).join("packaged");
    run(cargo(["run", "--quiet", "--package", "dist", "--"])
        .args(["--target", &build.target, "--programs"])
        .arg(programs)
        .arg("--output")
        .arg(target()?.join("dist"))
        .args(arguments))
}

/// What is available for building.
struct Toolchain {
    /// The system on which the compiler runs, such as `x86_64-unknown-linux-gnu`.
    host: String,
    /// Whether Rust's standard library for musl is installed, and a C compiler for musl (SQLite is
    /// C).
    has_musl: bool,
    /// Whether the C library is installed as an archive.
    has_static_libc: bool,
}

impl Toolchain {
    fn ask() -> Result<Self> {
        let version = output(Command::new("rustc").arg("-vV"))?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: "));
        let host = host.context("rustc does not print its host")?.to_owned();
        let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
        let library = Path::new(sysroot.trim()).join("lib/rustlib").join(musl(&host)).join("lib");
        let compiler = Command::new("musl-gcc").arg("--version").output();
        // If the compiler has no such file, it prints only the name.
        let archive = output(Command::new("cc").arg("-print-file-name=libc.a"))?;
        Ok(Self {
            has_musl: library.exists() && compiler.is_ok_and(|output| output.status.success()),
            has_static_libc: Path::new(archive.trim()).is_absolute(),
            host,
        })
    }
}

fn musl(host: &str) -> String {
    host.replace("-gnu", "-musl")
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} ended with {}", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("the output of {command:?} is not UTF-8"))
}

/// What to build, and for which system.
#[derive(Debug, PartialEq, Eq)]
struct Build {
    target: String,
    is_static: bool,
    why: &'static str,
}

impl Build {
    fn choose(toolchain: &Toolchain) -> Result<Self> {
        let host = toolchain.host.clone();
        if !host.contains("-linux-") {
            bail!("packages are made for Linux, on Linux; for this system, {host}, see docs/install.md");
        }
        let (target, is_static, why) = if toolchain.has_musl || host.ends_with("-musl") {
            (musl(&host), true, "static, with musl, which is installed")
        } else if toolchain.has_static_libc {
            (host, true, "static, with glibc, because musl is not installed (its Rust target and musl-gcc)")
        } else {
            (
                host,
                false,
                "dynamic, because neither musl (its Rust target and musl-gcc) nor libc.a is installed",
            )
        };
        Ok(Self { target, is_static, why })
    }

    fn command(&self) -> Result<Command> {
        let packages = ["--package", "foreman", "--package", "worker"];
        let mut command = cargo(["build", "--profile", "packaged", "--bins", "--target", &self.target]);
        command.args(packages).env("CARGO_ENCODED_RUSTFLAGS", self.flags()?.join("\x1f"));
        Ok(command)
    }

    /// Returns the flags for the compiler. Paths of this machine are removed from the programs:
    /// they are private, and would make packages differ between machines.
    fn flags(&self) -> Result<Vec<String>> {
        let home = std::env::var_os("CARGO_HOME").map(Into::into);
        let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
        let home = home.context("there is no home folder")?;
        let sign = if self.is_static { '+' } else { '-' };
        Ok(vec![
            format!("-Ctarget-feature={sign}crt-static"),
            format!("--remap-path-prefix={}=foreman", workspace().display()),
            format!("--remap-path-prefix={}=cargo", home.display()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_as_static_as_can_be() {
        let gnu = "x86_64-unknown-linux-gnu";
        for (host, has_musl, has_static_libc, target, is_static) in [
            (gnu, true, true, "x86_64-unknown-linux-musl", true),
            (gnu, false, true, gnu, true),
            (gnu, false, false, gnu, false),
            ("aarch64-unknown-linux-musl", false, false, "aarch64-unknown-linux-musl", true),
        ] {
            let toolchain = Toolchain { host: host.into(), has_musl, has_static_libc };
            let build = Build::choose(&toolchain).unwrap();
            assert_eq!((build.target.as_str(), build.is_static), (target, is_static), "{host}");
        }
        let mac = Toolchain { host: "aarch64-apple-darwin".into(), has_musl: false, has_static_libc: false };
        assert!(Build::choose(&mac).unwrap_err().to_string().contains("aarch64-apple-darwin"));
    }
}
