//! Folders of output in a place where another user puts a folder of their own under the same name.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;
use tests::{Program, Store, foreman};

use crate::shards::Planned;

/// A folder to which others may write, and in which one of them does so.
struct Shared(TempDir);

impl Shared {
    fn new() -> Self {
        let shared = TempDir::new().unwrap();
        fs::set_permissions(shared.path(), Permissions::from_mode(0o777)).unwrap();
        Self(shared)
    }

    /// Moves the first unfinished folder away, and puts another in its place, with empty files of
    /// these names that everybody may write to.
    fn exchange(&self, files: &[&str], has_ended: &AtomicBool) -> bool {
        while !has_ended.load(Ordering::Relaxed) {
            let entries = fs::read_dir(self.0.path()).unwrap().flatten().map(|entry| entry.path());
            // Until it has its marker, its owner would see another folder at once.
            let is_begun = |path: &Path| path.join(".unfinished").exists();
            let Some(folder) = entries.into_iter().find(|path| is_begun(path)) else { continue };
            if fs::rename(&folder, self.0.path().join("stolen")).is_err() || fs::create_dir(&folder).is_err()
            {
                return false;
            }
            for file in files {
                let file = File::create(folder.join(file)).unwrap();
                file.set_permissions(Permissions::from_mode(0o666)).unwrap();
            }
            return true;
        }
        false
    }

    /// Runs a command until a folder was exchanged in time. It must fail, and write nothing to the
    /// other folder.
    fn is_noticed(&self, run: impl Fn(&Path) -> Program, files: &[&str]) {
        let output = self.0.path().join("out");
        for _ in 0..50 {
            let has_ended = AtomicBool::new(false);
            let (ended, was_exchanged) = std::thread::scope(|scope| {
                let other = scope.spawn(|| self.exchange(files, &has_ended));
                let ended = run(&output).run();
                has_ended.store(true, Ordering::Relaxed);
                (ended, other.join().unwrap())
            });
            let said = "other users could exchange what foreman makes in";
            assert!(ended.stderr.contains(said), "{}", ended.stderr);
            if was_exchanged && ended.status != Some(0) {
                assert!(!output.exists(), "{}", ended.stderr);
                assert!(
                    ended.stderr.contains("in which nobody else may write"),
                    "another error: {}",
                    ended.stderr
                );
                let mut bytes = 0;
                for entry in fs::read_dir(self.0.path()).unwrap().flatten() {
                    let files = fs::read_dir(entry.path()).unwrap().flatten();
                    bytes += files.map(|file| file.metadata().unwrap().len()).sum::<u64>();
                }
                assert_eq!(bytes, 0, "something was written to the other folder, or is left");
                return;
            }
            assert!(!was_exchanged, "the other folder is taken for the output: {}", ended.stderr);
            for entry in fs::read_dir(self.0.path()).unwrap().flatten() {
                let is_folder = entry.file_type().unwrap().is_dir();
                let remove = if is_folder { fs::remove_dir_all } else { fs::remove_file };
                remove(entry.path()).unwrap();
            }
        }
        panic!("the folder was never exchanged in time");
    }
}

#[test]
fn no_part_is_written_to_a_folder_of_another_user() {
    let planned = Planned::sample();
    let list = planned.folder().join("parts.json");
    let split = |out: &Path| {
        let _ = fs::remove_file(&list);
        let split = foreman(["split", "--plan"]).arg(planned.folder());
        split.arg("--out").arg(out).arg(planned.store.path())
    };
    let parts = ["part-000000.plaso", "part-000001.plaso", "part-000002.plaso"];
    Shared::new().is_noticed(split, &parts);
    assert!(!list.exists());
}

#[test]
fn no_table_and_no_plan_is_written_to_a_folder_of_another_user() {
    let store = Store::of("evtx-sample");
    let export =
        |out: &Path| foreman(["export", "--format", "parquet", "--output"]).arg(out).arg(store.path());
    Shared::new().is_noticed(export, &["events.parquet"]);
    let plan = |out: &Path| foreman(["plan", "--analysis", "sessionize", "--out"]).arg(out).arg(store.path());
    Shared::new().is_noticed(plan, &["plan.json"]);
}

/// A report has no log for its warnings.
#[test]
fn no_page_is_written_to_a_folder_of_another_user() {
    let (store, other) = (Store::of("sample"), Store::of("evtx-sample"));
    let report = |out: &Path| {
        let run = foreman(["report", "--format", "html", "--output"]).arg(out.with_extension("html"));
        run.arg(store.path()).arg(other.path())
    };
    Shared::new().is_noticed(report, &["001-sample.html"]);
}
