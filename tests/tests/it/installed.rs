//! The programs as packages install them (docs/install.md), and as others would like them to be.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use tests::{Program, Store, places};

const NOBODY: u32 = 65_534;

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

/// Programs in a place that others may have a hand in.
struct Place {
    store: Store,
    folder: PathBuf,
}

impl Place {
    /// The foreman at one path, the worker at another.
    fn new(foreman: &str, worker: &str) -> Self {
        let store = Store::of("sample");
        let folder = store.folder().with_file_name("place");
        let place = Self { store, folder };
        for (program, path) in [("foreman", foreman), ("worker", worker)] {
            fs::create_dir_all(place.at(path).parent().unwrap()).unwrap();
            fs::copy(places::program(program), place.at(path)).unwrap();
        }
        place
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    fn mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.at(path), Permissions::from_mode(mode)).unwrap();
    }

    /// A worker that leaves a mark if it is run. It belongs to another user, if that can be.
    fn plant(&self, path: &str) -> bool {
        let script = format!("#!/bin/sh\ntouch '{}'\n", self.store.folder().join("PWNED").display());
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), script).unwrap();
        self.mode(path, 0o755);
        let is_given = chown(self.at(path), Some(NOBODY), Some(NOBODY)).is_ok();
        if !is_given {
            places::skipped("only root can give a file to another user");
        }
        is_given
    }

    fn run(&self, foreman: &str) -> Program {
        Program::new(&self.at(foreman), ["analyze", "--dry-run", "--analysis", "sessionize"])
            .arg(self.store.path())
    }

    /// The run is refused because of this file or folder.
    fn refused(&self, run: Program, path: &str, why: &str) {
        let refused = run.expect(1);
        let at = self.at(path);
        let at = at.canonicalize().unwrap();
        assert!(refused.stderr.contains(&format!("{} ", at.display())), "{path}: {}", refused.stderr);
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
        assert_eq!(self.store.files(), ["sample.plaso"], "something was run, or is left behind");
    }
}

/// An archive is unpacked in a folder where anybody may make files, and somebody makes `libexec`.
#[test]
fn a_worker_beside_the_folder_of_an_archive() {
    let place = Place::new("archive/foreman", "archive/worker");
    place.plant("libexec/foreman/worker");
    place.mode("", 0o1777);
    place.run("archive/foreman").succeed();
    assert_eq!(place.store.files(), ["sample.plaso"], "the planted worker was run");
    // Without that bit, anybody may put another `archive` there.
    place.mode("", 0o777);
    place.refused(place.run("archive/foreman"), "", "chmod go-w");
}

#[test]
fn a_worker_of_another_user() {
    let place = Place::new("bin/foreman", "bin/worker");
    if !place.plant("libexec/foreman/worker") {
        return;
    }
    let theirs = "who could replace the program";
    place.refused(place.run("bin/foreman"), "libexec/foreman/worker", theirs);
    // A folder of theirs is as bad.
    fs::copy(places::program("worker"), place.at("new")).unwrap();
    fs::rename(place.at("new"), place.at("libexec/foreman/worker")).unwrap();
    place.run("bin/foreman").succeed();
    chown(place.at("libexec"), Some(NOBODY), Some(NOBODY)).unwrap();
    place.refused(place.run("bin/foreman"), "libexec", theirs);
}

/// One that is named is looked at in the same way, behind links.
#[test]
fn a_worker_that_is_named() {
    let place = Place::new("foreman", "inner/worker");
    symlink("inner/worker", place.at("link")).unwrap();
    let run = || place.run("foreman").arg("--worker").arg(place.at("link"));
    run().succeed();
    for (path, mode) in [("inner/worker", 0o757), ("inner", 0o777)] {
        place.mode(path, mode);
        place.refused(run(), path, "others may write to");
        place.mode(path, 0o755);
    }
    if chown(place.at("inner"), None, Some(NOBODY)).is_ok() {
        place.mode("inner", 0o775);
        place.refused(run(), "inner", "others may write to");
    } else {
        places::skipped("only root can give a file to another group");
    }
    let none = place.run("foreman").arg("--worker").arg(place.at("none")).expect(1);
    assert!(none.stderr.contains("cannot use the worker"), "{}", none.stderr);
}

/// What cargo builds under a umask of 0002 is writable by a group that has nobody else in it.
#[test]
fn a_target_folder_that_a_users_own_group_may_write_to() {
    let place = Place::new("debug/foreman", "debug/worker");
    let is_own_group = || {
        let of_user = std::process::Command::new("id").arg("-un").output().ok()?.stdout;
        let of_group = std::process::Command::new("id").arg("-gn").output().ok()?.stdout;
        Some(of_user == of_group)
    };
    if is_own_group() != Some(true) {
        places::skipped("this user has no group of their own");
        return;
    }
    for path in ["debug", "debug/worker", "debug/foreman"] {
        place.mode(path, 0o775);
    }
    place.run("debug/foreman").succeed();
}

#[test]
fn the_programs_of_this_test_are_trusted() {
    let real: &Path = &places::program("worker");
    assert!(files::trusted_program(real).is_ok(), "tests cannot run in a folder that others may write to");
}
