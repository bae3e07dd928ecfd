//! `cargo xtask fuzz`: attacks all code that reads data from outside (docs/reliability.md).
//!
//! libFuzzer makes inputs, keeps those that reach new code, and ends with the first finding. It
//! needs only certain counters from the compiler, which a stable compiler can make. cargo-fuzz
//! would do the same, but would have to be installed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};

use crate::run::{cargo, run, target, workspace};

/// The targets in `tests/fuzz/src/targets/`, with the length of their longest inputs in bytes.
const TARGETS: [(&str, u32); 16] = [
    ("store_file", 65_536),
    ("store_contents", 1_024),
    ("event_data", 4_096),
    ("filter", 4_096),
    ("fields", 16_384),
    ("formatters", 16_384),
    ("tagging_file", 16_384),
    ("sigma", 4_096),
    ("indicators", 4_096),
    ("stix_pattern", 1_024),
    ("protocol", 4_096),
    ("bloom", 512),
    ("task_store", 65_536),
    ("plan", 8_192),
    ("parts", 4_096),
    ("shard", 4_096),
];

/// The default time for each target, in seconds.
const SECONDS: u64 = 60;

/// An input is a finding if it takes more than this time, in seconds, or leaves the process with
/// more than this memory, in MiB. With its counters and checks, the program is up to twenty times
/// as slow as a released one.
const LIMITS: [&str; 2] = ["-timeout=30", "-rss_limit_mb=1024"];

const COVERAGE: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

pub(crate) fn fuzz(arguments: &[String]) -> Result<()> {
    let mut seconds = SECONDS;
    let mut seed = None;
    let mut chosen = None;
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => seconds = number(argument, arguments.next())?,
            "--seed" => seed = Some(number(argument, arguments.next())?),
            name => {
                let target = TARGETS.into_iter().find(|(known, _)| *known == name);
                let names = TARGETS.map(|(name, _)| name).join(", ");
                chosen = Some(
                    target.with_context(|| format!("there is no target {name}; the targets are {names}"))?,
                );
            }
        }
    }
    let seed = match seed {
        Some(seed) => seed,
        None => SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |now| now.as_secs()),
    };
    let targets = chosen.as_ref().map_or(&TARGETS[..], std::slice::from_ref);
    attack(targets, Length::Time(Duration::from_secs(seconds)), seed)
}

/// Attacks all targets with this number of inputs each. The inputs depend only on the seed, not on
/// earlier attacks. So the same code gets the same inputs, however fast the machine is.
pub(crate) fn all(inputs: u64, seed: u64) -> Result<()> {
    attack(&TARGETS, Length::Inputs(inputs), seed)
}

/// How long a target is attacked.
#[derive(Clone, Copy)]
enum Length {
    Time(Duration),
    Inputs(u64),
}

fn attack(targets: &[(&str, u32)], length: Length, seed: u64) -> Result<()> {
    let folder = target()?.join("fuzz");
    // With a target triple, build scripts and macros are not instrumented, and are shared with the
    // tests.
    let triple = host()?;
    let arguments = ["build", "--package", "fuzz", "--features", "libfuzzer", "--bin", "fuzz"];
    run(cargo(arguments).args(["--target", &triple]).env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\x1f")))?;
    let program = target()?.join(triple).join("debug/fuzz");
    let temporary = Temporary::new()?;
    let mut findings = Vec::new();
    for (name, longest) in targets {
        let (kept, limit, said) = match length {
            Length::Time(time) => {
                ("corpus", format!("-max_total_time={}", time.as_secs()), format!("{} s", time.as_secs()))
            }
            Length::Inputs(inputs) => ("first-corpus", format!("-runs={inputs}"), format!("{inputs} inputs")),
        };
        println!("\n== {name}: seed {seed}, {said}");
        let place = |kind: &str| folder.join(kind).join(name);
        let (corpus, seeds, found) = (place(kept), place("seeds"), place("findings"));
        if let (Length::Inputs(_), true) = (length, corpus.exists()) {
            std::fs::remove_dir_all(&corpus)
                .with_context(|| format!("cannot remove {}", corpus.display()))?;
        }
        for folder in [&corpus, &seeds, &found] {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let mut command = Command::new(&program);
        command.env("FUZZ_TARGET", name).env("FUZZ_SEEDS", &seeds);
        command.env("TMPDIR", &temporary.0).args(LIMITS);
        command.args([format!("-max_len={longest}"), format!("-seed={seed}")]);
        command.arg(limit);
        command
            .arg(format!("-artifact_prefix={}/", found.display()))
            .args(["-print_final_stats=1", "-verbosity=1"]);
        if let Some(dictionary) = existing(&format!("dictionaries/{name}.txt")) {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        command.args([&corpus, &seeds]).args(existing(&format!("regressions/{name}")));
        if run(&mut command).is_err() {
            findings.push(format!(
                "{name}: see above; the input is in {found}; to try it again, run:\n  FUZZ_TARGET={name} {program} INPUT\n\
                 (with -minimize_crash=1 -runs=10000 before it, it is made smaller); fixed, it belongs into tests/fuzz/regressions/{name}/",
                found = found.display(),
                program = program.display(),
            ));
        }
    }
    if !findings.is_empty() {
        bail!("{} targets have findings\n{}", findings.len(), findings.join("\n"));
    }
    println!("\nno findings");
    Ok(())
}

/// A folder for the files in which inputs are tried. libFuzzer does not remove files at its end.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Result<Self> {
        // The folder is in memory if possible. On a disk, SQLite's syncs would take most of the
        // time.
        let memory = PathBuf::from("/dev/shm");
        let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let folder = parent.join(format!("foreman-fuzz-{}", std::process::id()));
        std::fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("xtask: cannot remove {}: {error}", self.0.display());
        }
    }
}

/// Returns a file or folder of the package, if it exists.
fn existing(path: &str) -> Option<PathBuf> {
    Some(workspace().join("tests/fuzz").join(path)).filter(|path| Path::exists(path))
}

fn number(option: &str, value: Option<&String>) -> Result<u64> {
    value.and_then(|value| value.parse().ok()).with_context(|| format!("{option} needs a number"))
}

/// Returns the target triple of this machine.
fn host() -> Result<String> {
    let output =
        Command::new("rustc").args(["--print", "host-tuple"]).output().context("cannot run rustc")?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
