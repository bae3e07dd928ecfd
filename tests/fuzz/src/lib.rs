//! Fuzz targets for everything that foreman reads and did not write: one target for each kind of
//! input.
//!
//! A target takes any bytes and does with them what a run would do. It fails if this panics, or if
//! a rule is broken: two ways to compute an answer must agree, a message must not control a
//! terminal, and an error must point inside its text. The fuzzer (`cargo xtask fuzz`) finds inputs
//! that take too long or too much memory. Inputs that failed once are in `regressions/TARGET/`.
//! `cargo test` tries them together with the seeds.
#![expect(clippy::unwrap_used, reason = "what goes wrong in the machinery of an attack is a failure, too")]

mod run_over;
mod samples;
mod targets;
mod workplace;

use std::path::Path;
use std::sync::OnceLock;

use nix::sys::resource::{Resource, setrlimit};

/// How much memory the program may use. An allocation beyond it fails, which is a finding.
const MOST_MEMORY: u64 = 2 << 30;

/// A kind of input.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is also the name of its folders.
    pub name: &'static str,
    /// Tries an input.
    pub run: fn(&[u8]),
    /// Good inputs as a start.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

pub use targets::TARGETS;

static CHOSEN: OnceLock<&Target> = OnceLock::new();

/// Prepares the program for the target that an environment variable names: limits its memory and
/// writes the seeds to the folder where libFuzzer reads them.
///
/// # Panics
///
/// If there is no such target, or the seeds cannot be written.
pub fn begin() {
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names the target");
    let target = TARGETS.iter().find(|target| target.name == name).expect("FUZZ_TARGET is a target");
    if let Some(folder) = std::env::var_os("FUZZ_SEEDS") {
        for (number, seed) in (target.seeds)().into_iter().enumerate() {
            std::fs::write(Path::new(&folder).join(format!("seed-{number:03}")), seed).unwrap();
        }
    }
    setrlimit(Resource::RLIMIT_AS, MOST_MEMORY, MOST_MEMORY).unwrap();
    // At this point libFuzzer's panic hook is in place. It counts every panic as a finding, even if
    // the program would catch it. But one panic of a library is known and caught on purpose
    // (protocol::receive).
    let finding = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|location| location.file().contains("ipc-channel")) {
            finding(panic);
        }
    }));
    CHOSEN.set(target).expect("libFuzzer begins once");
}

/// Tries an input on the chosen target.
///
/// # Panics
///
/// If the input is a finding.
pub fn run(data: &[u8]) {
    let target = CHOSEN.get().expect("set at the beginning");
    (target.run)(data);
}

/// Fails if the text has characters that control a terminal or change the direction of text.
///
/// # Panics
///
/// If the text has such characters.
pub(crate) fn assert_harmless(text: &str) {
    let harmful = text.chars().find(|&c| {
        c != '\n'
            && (c.is_control()
                || matches!(u32::from(c), 0x61c | 0x200e | 0x200f | 0x2028..=0x202e | 0x2066..=0x2069))
    });
    assert_eq!(harmful, None, "in {text:?}");
}
