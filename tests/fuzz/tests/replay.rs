//! Inputs that were findings once, and the seeds of all targets, tried again.

use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use fuzz::{TARGETS, Target};

/// How long one input may take here, where nothing is optimised; the fuzzer is far stricter.
const LONGEST: Duration = Duration::from_secs(60);

#[test]
fn no_input_is_a_finding() {
    for target in TARGETS {
        for (number, seed) in (target.seeds)().into_iter().enumerate() {
            run(target, format!("{} seed {number}", target.name), seed);
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions").join(target.name);
        let Ok(files) = std::fs::read_dir(folder) else { continue };
        for file in files {
            let path = file.unwrap().path();
            run(target, path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
}

/// What is not known by its name elsewhere is never attacked, and never tried again.
#[test]
fn all_know_the_same_targets() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let xtask = std::fs::read_to_string(here.join("../../xtask/src/fuzz.rs")).unwrap();
    let documentation = std::fs::read_to_string(here.join("../../docs/reliability.md")).unwrap();
    for Target { name, .. } in TARGETS {
        assert!(xtask.contains(&format!("(\"{name}\", ")), "cargo xtask fuzz does not know {name}");
        assert!(documentation.contains(&format!("| `{name}` |")), "docs/reliability.md does not have {name}");
    }
    for folder in ["regressions", "dictionaries"] {
        for entry in std::fs::read_dir(here.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().and_then(|name| name.to_str());
            assert!(
                TARGETS.iter().any(|target| Some(target.name) == name),
                "{} is of no target",
                path.display()
            );
        }
    }
}

fn run(target: Target, name: String, input: Vec<u8>) {
    let (done, wait) = mpsc::channel();
    std::thread::spawn(move || {
        (target.run)(&input);
        // Nobody listens any more if it took too long.
        let _ = done.send(());
    });
    match wait.recv_timeout(LONGEST) {
        Ok(()) => {}
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("{name} takes longer than {LONGEST:?}"),
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("{name} is a finding"),
    }
}
