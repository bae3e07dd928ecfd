//! Collects the licences of all packages that are linked into the programs. They must be passed on
//! with the programs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::tree::files;

const HEAD: &str = "\
Parts of others in the programs of this package, and their licences.

The Rust standard library: MIT OR Apache-2.0, https://github.com/rust-lang/rust
If the programs are static, parts of the C library: musl (MIT), or the GNU C library (LGPL-2.1-or-later), whose source is at
https://sourceware.org/glibc/; foreman's own source is all that is needed to link it with another version.
SQLite, in libsqlite3-sys: in the public domain.
";

/// Returns a text about all packages that the programs consist of on this target, with each
/// licence's text once.
pub(crate) fn third_party(workspace: &Path, target: &str) -> Result<String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace).args([
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--filter-platform",
        target,
    ]);
    let output = command.output().context("cannot run cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let metadata = serde_json::from_slice(&output.stdout).context("cargo metadata is not JSON")?;
    describe(&metadata)
}

fn describe(metadata: &Value) -> Result<String> {
    let linked = linked(metadata);
    let mut text = HEAD.to_owned();
    let mut licences: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in list(&metadata["packages"]) {
        // Packages without a source are the project's own.
        if !linked.contains(string(&package["id"])) || package["source"].is_null() {
            continue;
        }
        let name = format!("{} {}", string(&package["name"]), string(&package["version"]));
        let licence = package["license"].as_str().unwrap_or("see its text");
        writeln!(text, "{name}: {licence}, {}", package["repository"].as_str().unwrap_or("crates.io"))?;
        let manifest = Path::new(string(&package["manifest_path"]));
        for (_, contents) in files(manifest.parent().unwrap_or(manifest), is_licence)? {
            licences
                .entry(String::from_utf8_lossy(&contents).trim().to_owned())
                .or_default()
                .insert(name.clone());
        }
    }
    for (licence, packages) in licences {
        let packages: Vec<_> = packages.into_iter().collect();
        write!(text, "\n{}\n{}\n\n{licence}\n", "-".repeat(80), packages.join(", "))?;
    }
    Ok(text)
}

fn is_licence(name: &str) -> bool {
    ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"]
        .iter()
        .any(|start| name.to_ascii_uppercase().starts_with(start))
}

/// Returns the packages that foreman and worker consist of: their dependencies, without those that
/// are used only at build time.
fn linked(metadata: &Value) -> BTreeSet<&str> {
    let nodes: BTreeMap<_, _> =
        list(&metadata["resolve"]["nodes"]).iter().map(|node| (string(&node["id"]), node)).collect();
    let mut macros = BTreeSet::new();
    let mut pending = Vec::new();
    for package in list(&metadata["packages"]) {
        if list(&package["targets"]).iter().any(|target| list(&target["kind"]).contains(&"proc-macro".into()))
        {
            macros.insert(string(&package["id"]));
        }
        if package["source"].is_null() && ["foreman", "worker"].contains(&string(&package["name"])) {
            pending.push(string(&package["id"]));
        }
    }
    let mut linked = BTreeSet::new();
    while let Some(id) = pending.pop() {
        if macros.contains(id) || !linked.insert(id) {
            continue;
        }
        for dependency in nodes.get(id).map_or(&[][..], |node| list(&node["deps"])) {
            // The dependency is neither only for tests nor only for building.
            if list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()) {
                pending.push(string(&dependency["pkg"]));
            }
        }
    }
    linked
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::workspace;

    #[test]
    fn linked_packages_and_their_licences() {
        let text = third_party(workspace(), "x86_64-unknown-linux-gnu").unwrap();
        let lines: Vec<_> =
            text.lines().filter_map(|line| line.split_once(' ')).map(|(name, _)| name).collect();
        for name in ["ipc-channel", "regex", "libsqlite3-sys", "rustls"] {
            assert!(lines.contains(&name), "{name}");
        }
        // Packages for tests, for build time, for another system, and the project's own.
        for name in ["insta", "cc", "syn", "winapi", "foreman", "storage"] {
            assert!(!lines.contains(&name), "{name}");
        }
        for licence in ["Apache License", "Permission is hereby granted", "Permission to use, copy"] {
            assert!(text.contains(licence), "{licence}");
        }
    }
}
