//! Makes the packages: a tarball, a Debian package, a Python wheel (docs/install.md). `cargo xtask
//! dist` builds the programs and runs this program.
//!
//! All three have the same tree of files ([`tree`]), each in its own place. For the same programs
//! and commit, packages are byte for byte the same whenever they are made: names are sorted, times
//! are the time of the commit, and the owner is root.
#![expect(clippy::print_stdout, reason = "its report is for people")]

mod archive;
mod deb;
mod elf;
mod licences;
mod pages;
mod tarball;
mod tree;
mod wheel;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use clap::Parser;
use sha2::{Digest as _, Sha256};

use elf::Linkage;
use tree::{Tree, hex};

/// The name of the packages. Other packages are already called `foreman`, in Debian and for Python.
const PACKAGE: &str = "plaso-foreman";
const VERSION: &str = env!("CARGO_PKG_VERSION");
const SUMMARY: &str = "analyses Plaso timelines with many processes";
const DESCRIPTION: &str = "foreman does the same as psort --analysis: it analyses the events of a Plaso storage file with \
                           many workers at once, and stores tags, label counts, reports and warnings in that file. It is \
                           not a part of Plaso, and does not need it.";

/// Makes packages of programs that are already built.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder of the programs.
    #[arg(long)]
    programs: PathBuf,
    /// What they were built for.
    #[arg(long)]
    target: String,
    /// Where to put the packages.
    #[arg(long)]
    output: PathBuf,
    /// Make a tarball.
    #[arg(long)]
    tarball: bool,
    /// Make a Debian package.
    #[arg(long)]
    deb: bool,
    /// Make a Python wheel.
    #[arg(long)]
    wheel: bool,
}

/// What the packages say about themselves.
struct About {
    /// The processor, by Rust's name.
    processor: String,
    linkage: Linkage,
    /// The time of all files in the packages, in seconds since 1970.
    time: u64,
    maintainer: String,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let about = About::of(&arguments)?;
    println!("The programs are {}.", about.linkage);
    let tree = Tree::collect(&arguments.programs, &arguments.target, about.time)?;
    let all = !(arguments.tarball || arguments.deb || arguments.wheel);
    let mut packages = Vec::new();
    if all || arguments.tarball {
        packages.push(tarball::tarball(&tree, &about)?);
    }
    if all || arguments.deb {
        packages.push(deb::deb(&tree, &about)?);
    }
    if all || arguments.wheel {
        packages.push(wheel::wheel(&tree, &about)?);
    }
    write(&packages, &arguments.output)
}

impl About {
    fn of(arguments: &Arguments) -> Result<Self> {
        let foreman = tree::read(&arguments.programs.join("foreman"))?;
        let processor = arguments.target.split('-').next().unwrap_or_default().to_owned();
        let time = match std::env::var("SOURCE_DATE_EPOCH") {
            Ok(time) => time,
            Err(_) => git("%ct")
                .context("SOURCE_DATE_EPOCH is not set, and there is no commit to take the time from")?,
        };
        let time = time.trim().parse().with_context(|| format!("{time:?} is not a number of seconds"))?;
        // The variables are those of Debian's own tools.
        let maintainer = match (std::env::var("DEBFULLNAME"), std::env::var("DEBEMAIL")) {
            (Ok(name), Ok(address)) => format!("{name} <{address}>"),
            _ => git("%an <%ae>").context(
                "DEBFULLNAME and DEBEMAIL are not set, and there is no commit to take the author from",
            )?,
        };
        Ok(Self {
            processor,
            linkage: Linkage::of(&foreman)?,
            time,
            maintainer: maintainer.trim().to_owned(),
        })
    }
}

/// Returns a fact about the last commit, in this format of `git log`.
fn git(format: &str) -> Result<String> {
    let mut command = Command::new("git");
    command.current_dir(tree::workspace()).args(["log", "-1", &format!("--format={format}")]);
    let output = command.output().context("cannot run git")?;
    anyhow::ensure!(output.status.success(), "git: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8(output.stdout)?)
}

/// A package: its file name and its contents.
struct Package {
    name: String,
    contents: Vec<u8>,
}

/// Writes packages and prints their digests.
fn write(packages: &[Package], folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let put = |name: &str, contents: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, contents).with_context(|| format!("cannot write {}", path.display()))
    };
    let mut sums = String::new();
    for Package { name, contents } in packages {
        put(name, contents)?;
        let mebibytes = contents.len() as f64 / f64::from(1 << 20);
        println!("{} ({mebibytes:.1} MiB)", folder.join(name).display());
        sums += &format!("{}  {name}\n", hex(&Sha256::digest(contents)));
    }
    put("SHA256SUMS", sums.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Entry, FOREMAN, WORKER, document};

    pub(crate) fn about(linkage: Linkage) -> About {
        About { processor: "x86_64".into(), linkage, time: 7, maintainer: "N. N. <nn@example.org>".into() }
    }

    pub(crate) fn small_tree() -> Tree {
        let program = |path: &str| Entry { is_program: true, ..Entry::file(path, path) };
        Tree::new(vec![
            program(FOREMAN),
            program(WORKER),
            Entry::file(document("LICENSE"), "the licence"),
            Entry::file("share/foreman/adapters/foreman_spark.py", "import sys"),
            Entry::file("share/zsh/site-functions/_foreman", "#compdef foreman"),
        ])
    }

    #[test]
    fn digests_are_those_of_the_packages() {
        let folder = tempfile::tempdir().unwrap();
        write(&[Package { name: "a".into(), contents: b"abc".to_vec() }], folder.path()).unwrap();
        assert_eq!(std::fs::read(folder.path().join("a")).unwrap(), b"abc");
        assert_eq!(
            std::fs::read_to_string(folder.path().join("SHA256SUMS")).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n"
        );
    }
}
