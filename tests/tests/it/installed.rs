//! The programs as packages install them (docs/install.md).

use std::fs;
use std::os::unix::fs::symlink;

use tests::{Program, Store, places};

#[test]
fn the_worker_of_a_package_is_found_through_a_link() {
    let store = Store::of("sample");
    let at = |path: &str| store.folder().join("prefix").join(path);
    for (program, path) in [("foreman", "bin/foreman"), ("worker", "libexec/foreman/worker")] {
        fs::create_dir_all(at(path).parent().unwrap()).unwrap();
        fs::copy(places::program(program), at(path)).unwrap();
    }
    // Another's, as there may be one in a folder for all programs.
    fs::write(at("bin/worker"), "no program").unwrap();
    symlink("bin/foreman", at("link")).unwrap();
    let finished =
        Program::new(&at("link"), ["analyze", "--analysis", "sessionize"]).arg(store.path()).succeed();
    assert!(finished.stdout.contains("4,547 events analysed"), "{}", finished.stdout);
}
