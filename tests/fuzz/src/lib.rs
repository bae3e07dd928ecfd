//! Attacks on everything that foreman reads and did not write: one target for each kind of input.
//!
//! A target takes any bytes, does with them what a run would do, and fails if that panics or if
//! something does not hold that must: two ways to the same answer differ, a message has what a
//! terminal could obey, an error points outside its text. What takes too long or too much memory is
//! for the fuzzer to find (`cargo xtask fuzz`). Inputs that were findings once lie in
//! `regressions/TARGET/` and are tried by `cargo test`, together with the seeds.
#![expect(clippy::unwrap_used, reason = "what goes wrong in the machinery of an attack is a failure, too")]

mod run_over;
mod samples;
mod targets;
mod workplace;

use std::path::Path;
use std::sync::OnceLock;

use nix::sys::resource::{Resource, setrlimit};

/// How much memory the program may have; an allocation beyond it fails, which is a finding.
const MOST_MEMORY: u64 = 2 << 30;

/// A kind of input.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is also that of its folders.
    pub name: &'static str,
    /// Tries an input.
    pub run: fn(&[u8]),
    /// Good inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

pub use targets::TARGETS;

static CHOSEN: OnceLock<&Target> = OnceLock::new();

/// Prepares the program for the target that the environment names: bounds its memory and writes the
/// seeds where libFuzzer looks for them.
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
    // By then libFuzzer's hook is in place, for which a panic is a finding even if the program
    // would catch it. But one of a library's is known, and caught on purpose (protocol::receive).
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
/// If it is a finding.
pub fn run(data: &[u8]) {
    let target = CHOSEN.get().expect("set at the beginning");
    (target.run)(data);
}

/// Fails if a terminal could take something in the text for a command, or for text of another
/// direction.
///
/// # Panics
///
/// If so.
pub(crate) fn assert_harmless(text: &str) {
    let harmful = text.chars().find(|&c| {
        c != '\n'
            && (c.is_control()
                || matches!(u32::from(c), 0x61c | 0x200e | 0x200f | 0x2028..=0x202e | 0x2066..=0x2069))
    });
    assert_eq!(harmful, None, "in {text:?}");
}
