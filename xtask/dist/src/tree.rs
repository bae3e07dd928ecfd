//! The files of a package, below the folder where it is installed (`/usr`, `/usr/local`, a virtual
//! environment).

use std::path::Path;

use anyhow::{Context as _, Result};
use clap_complete::Shell;

use crate::{PACKAGE, archive, licences, pages};

/// The path of the worker, relative to the parent of the foreman's folder; see `worker_program.rs`
/// in `foreman`.
pub(crate) const WORKER: &str = "libexec/foreman/worker";
pub(crate) const FOREMAN: &str = "bin/foreman";
/// The folder of the adapters for Spark, Celery and OpenRelik.
pub(crate) const ADAPTERS: &str = "share/foreman/adapters/";

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) contents: Vec<u8>,
    pub(crate) is_program: bool,
}

impl Entry {
    pub(crate) fn file(path: impl Into<String>, contents: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), contents: contents.into(), is_program: false }
    }

    fn program(path: &str, contents: Vec<u8>) -> Self {
        Self { path: path.into(), contents, is_program: true }
    }

    pub(crate) fn mode(&self) -> u32 {
        if self.is_program { 0o755 } else { 0o644 }
    }
}

/// All files of a package, sorted by path.
#[derive(Debug)]
pub(crate) struct Tree(Vec<Entry>);

impl Tree {
    pub(crate) fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Self(entries)
    }

    /// Collects everything: programs, manual pages, completions, rules, adapters, licences and
    /// documentation.
    pub(crate) fn collect(programs: &Path, target: &str, time: u64) -> Result<Self> {
        let mut entries = vec![
            Entry::program(FOREMAN, read(&programs.join("foreman"))?),
            Entry::program(WORKER, read(&programs.join("worker"))?),
            Entry::file(document("THIRD-PARTY.txt"), licences::third_party(workspace(), target)?),
        ];
        for page in pages::pages(time)? {
            let path = format!("share/man/man1/{}.1.gz", page.name);
            entries.push(Entry::file(path, archive::gzip(&page.text)?));
        }
        entries.extend(completions()?);
        for (from, to) in [
            ("", document("")),
            ("docs", document("docs/")),
            ("docs/images", document("docs/images/")),
            ("crates/filter/rules", "share/foreman/rules/".into()),
            ("adapters/python", ADAPTERS.into()),
        ] {
            for (name, contents) in files(&workspace().join(from), |name| {
                name == "LICENSE" || [".md", ".png", ".py", ".txt"].iter().any(|end| name.ends_with(end))
            })? {
                entries.push(Entry::file(format!("{to}{name}"), contents));
            }
        }
        Ok(Self::new(entries))
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// Returns the same files at the paths that `to` returns.
    pub(crate) fn moved(&self, mut to: impl FnMut(&str) -> String) -> Self {
        Self::new(self.0.iter().map(|entry| Entry { path: to(&entry.path), ..entry.clone() }).collect())
    }
}

pub(crate) fn document(name: &str) -> String {
    format!("share/doc/{PACKAGE}/{name}")
}

/// Returns the completions for shells, each in the place where its shell looks. `foreman
/// completions` supports more shells.
fn completions() -> Result<[Entry; 3]> {
    let script = |shell| foreman::completion_script(shell).map(String::into_bytes);
    Ok([
        Entry::file("share/bash-completion/completions/foreman", script(Shell::Bash)?),
        Entry::file("share/fish/vendor_completions.d/foreman.fish", script(Shell::Fish)?),
        Entry::file("share/zsh/site-functions/_foreman", script(Shell::Zsh)?),
    ])
}

pub(crate) fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Returns the names and contents of the files in a folder whose names `pass`, sorted by name.
pub(crate) fn files(folder: &Path, pass: impl Fn(&str) -> bool) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_file() && pass(&name) {
            files.push((name, read(&entry.path())?));
        }
    }
    files.sort();
    Ok(files)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_has_all_that_is_promised() {
        let programs = tempfile::tempdir().unwrap();
        for name in ["foreman", "worker"] {
            std::fs::write(programs.path().join(name), name).unwrap();
        }
        let tree = Tree::collect(programs.path(), "x86_64-unknown-linux-gnu", 0).unwrap();
        let paths: Vec<_> = tree.entries().iter().map(|entry| entry.path.as_str()).collect();
        assert!(paths.is_sorted());
        for path in [
            "bin/foreman",
            "libexec/foreman/worker",
            "share/bash-completion/completions/foreman",
            "share/doc/plaso-foreman/LICENSE",
            "share/doc/plaso-foreman/README.md",
            "share/doc/plaso-foreman/THIRD-PARTY.txt",
            "share/doc/plaso-foreman/docs/images/status.png",
            "share/doc/plaso-foreman/docs/plugins.md",
            "share/fish/vendor_completions.d/foreman.fish",
            "share/foreman/adapters/foreman_spark.py",
            "share/foreman/rules/linux.txt",
            "share/man/man1/foreman-analyze.1.gz",
            "share/man/man1/foreman-worker-run.1.gz",
            "share/man/man1/foreman.1.gz",
            "share/zsh/site-functions/_foreman",
        ] {
            assert!(paths.contains(&path), "{path} is not among {paths:?}");
        }
        let programs: Vec<_> = tree.entries().iter().filter(|entry| entry.mode() == 0o755).collect();
        assert_eq!(programs.iter().map(|entry| entry.path.as_str()).collect::<Vec<_>>(), [FOREMAN, WORKER]);
    }
}
