//! Error messages, and that nothing is changed after an error.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use insta::assert_snapshot;
use rusqlite::Connection;
use tests::{Compression, NewStore, Store, foreman};

/// Runs an analysis that must fail with this status and must not change the file. Returns its
/// messages.
fn refused(store: &Store, status: i32, arguments: &[&str]) -> String {
    let bytes = store.path().is_file().then(|| store.bytes());
    let files = store.files();
    let finished = foreman(["analyze"]).args(arguments).arg(store.path()).expect(status);
    assert_eq!(store.path().is_file().then(|| store.bytes()), bytes, "the file has changed");
    assert_eq!(store.files(), files, "something is left behind");
    finished.redacted(&[(store.folder(), "[FOLDER]")])
}

fn not_a_store(store: &Store) -> String {
    refused(store, 1, &["--analysis", "sessionize"])
}

#[test]
fn no_storage_file() {
    assert_snapshot!("missing", not_a_store(&Store::empty()));
    assert_snapshot!("empty", not_a_store(&Store::with_bytes(b"")));
    assert_snapshot!("no_database", not_a_store(&Store::with_bytes(&b"PK\x03\x04 a zip file ".repeat(500))));
    let folder = Store::empty();
    std::fs::create_dir(folder.path()).unwrap();
    assert_snapshot!("folder", not_a_store(&folder));
    let database = Store::empty();
    database.change("CREATE TABLE bookmark (url TEXT)");
    assert_snapshot!("no_plaso", not_a_store(&database));
}

#[test]
fn another_version() {
    let of_version = |version| NewStore::of_version(Compression::Zlib, version).finish();
    assert_snapshot!("too_new", not_a_store(&of_version("20991231")));
    assert_snapshot!("too_old", not_a_store(&of_version("20170707")));
    assert_snapshot!("no_version", not_a_store(&of_version("soon")));
    let mut store = NewStore::new(Compression::None);
    store.sql("UPDATE metadata SET value = 'lzma' WHERE key = 'compression_format'");
    assert_snapshot!("other_compression", not_a_store(&store.finish()));
}

#[test]
fn truncated() {
    let whole = Store::of("sample").bytes();
    for (name, share) in [("half", 2), ("most", 10)] {
        let length = whole.len() - whole.len() / share;
        let store = Store::with_bytes(&whole[..length]);
        assert_snapshot!(format!("truncated_{name}"), not_a_store(&store));
    }
}

#[test]
fn locked_by_somebody_else() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    // This process must not open the file in any other way while it holds the lock: closing the
    // file would release the lock.
    let other = Connection::open(store.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = foreman(["analyze", "--analysis", "sessionize"]).arg(store.path()).expect(1);
    let said = refused.redacted(&[(store.folder(), "[FOLDER]")]);
    let (said, holder) = said.split_once("; it is held by ").unwrap();
    assert_snapshot!("locked", said);
    assert!(holder.ends_with(&format!("(process {})", std::process::id())), "{holder}");
    // A lock does not prevent reading.
    foreman(["analyze", "--analysis", "sessionize", "--dry-run"]).arg(store.path()).succeed();
    other.execute_batch("ROLLBACK").unwrap();
    assert!(store.bytes() == bytes, "the file has changed");
    foreman(["analyze", "--analysis", "sessionize"]).arg(store.path()).succeed();
}

#[test]
fn plugins_and_options() {
    let store = Store::of("chrome");
    let usage = |arguments: &[&str]| {
        let text = refused(&store, 2, arguments);
        // The list would change with every new plugin.
        text.split_once("; the plugins are ")
            .map_or(text.clone(), |(before, _)| format!("{before}; the plugins are [PLUGINS]"))
    };
    assert_snapshot!("unknown_plugin", usage(&["--analysis", "sesionize"]));
    assert_snapshot!("no_plugin", usage(&["--analysis", ""]));
    assert_snapshot!("missing_option", usage(&["--analysis", "tagging"]));
    assert_snapshot!("option_of_another", usage(&["--analysis", "sessionize", "--tagging-file", "linux"]));
    assert_snapshot!("no_tagging_file", usage(&["--analysis", "tagging", "--tagging-file", "./lunix"]));
    assert_snapshot!("bad_number", usage(&["--analysis", "sessionize", "--maximum-pause", "soon"]));
    assert_snapshot!("unknown_option", usage(&["--analysis", "sessionize", "--maximum-paws", "1"]));
}

#[test]
fn no_worker() {
    let store = Store::of("chrome");
    let without = |worker| refused(&store, 1, &["--analysis", "sessionize", "--worker", worker]);
    assert_snapshot!("no_worker", without("/no/such/worker"));
}

/// clap names only the option, which the user has not given.
#[test]
fn a_wrong_value_of_a_variable() {
    let store = Store::of("chrome");
    for (variable, option, value) in [
        ("FOREMAN_WORKERS", "--workers", ""),
        ("FOREMAN_WORKERS", "--workers", "many"),
        ("FOREMAN_WORKER_TIMEOUT", "--worker-timeout", ""),
        ("FOREMAN_MAXIMUM_WORKER_FAILURES", "--maximum-worker-failures", "all"),
    ] {
        let run = || foreman(["analyze", "--analysis", "sessionize"]).arg(store.path()).env(variable, value);
        let said = run().expect(2).stderr;
        let tip =
            format!("the value is that of the environment variable {variable}; unset it, or give {option}\n");
        assert!(said.contains(&format!("for '{option} <")) && said.contains(&tip), "{said}");
        for given in [vec![format!("{option}=x")], vec![option.replacen("r-", "r_", 1), "x".into()]] {
            let said = run().args(given).expect(2).stderr;
            assert!(!said.contains(variable), "{said}");
        }
    }
}

#[test]
fn a_temporary_folder_that_is_no_folder() {
    let store = Store::of("chrome");
    let file = store.beside("file", "");
    let bytes = store.bytes();
    for place in [Path::new("/dev/null"), &file, Path::new("/no/such/folder")] {
        for kind in ["--dry-run", "--workers=1"] {
            let run = foreman(["analyze", "--analysis", "sessionize", kind]).arg(store.path());
            let said = run.env("TMPDIR", place).expect(1).stderr;
            assert!(said.contains(&format!("no folder can be made in {} (", place.display())), "{said}");
            assert!(
                said.contains("name another folder for temporary files with the variable TMPDIR"),
                "{said}"
            );
            assert!(!said.contains("chmod"), "{said}");
        }
    }
    assert!(store.bytes() == bytes, "the store has changed");
}

#[test]
fn filters() {
    let store = Store::of("chrome");
    let filter = |text: &str| {
        let run = foreman(["analyze", "--analysis", "sessionize"]).arg(store.path()).arg(text);
        run.expect(2).redacted(&[])
    };
    assert_snapshot!("filter_operator", filter("data_type is 'fs:stat' and filename contain 'log'"));
    assert_snapshot!("filter_unterminated", filter("data_type is 'fs:stat"));
    assert_snapshot!("filter_premature_end", filter("data_type is 'fs:stat' and"));
    assert_snapshot!("filter_date", filter("timestamp > DATETIME('2012-13-45')"));
    assert_snapshot!("filter_pattern", filter("filename regexp '[unclosed'"));
}

#[test]
fn what_is_no_filter() {
    let store = Store::of("chrome");
    let rules = store.beside("rules.txt", "good\n  data_type is 'fs:stat'\n");
    let said = |arguments: &[&str]| refused_filter(&store, arguments);
    assert_snapshot!("filter_file", said(&[&rules.to_string_lossy()]));
    assert_snapshot!("filter_plugins", said(&["sessionize,chrome-extension"]));
}

fn refused_filter(store: &Store, filter: &[&str]) -> String {
    let run = foreman(["analyze", "--analysis", "sessionize"]).arg(store.path()).args(filter);
    run.expect(2).redacted(&[(store.folder(), "[FOLDER]")])
}

#[test]
fn tagging_files() {
    let store = Store::of("chrome");
    let rules = store.beside(
        "rules.txt",
        "good\n  data_type is 'fs:stat'\n\nbad label\n  data_type is 'fs:stat'\n\n\
         typo\n  data_type iz 'fs:stat'\n  filename contains 'a'\n  filename regexp '('\n\nempty\n\n",
    );
    let rules = rules.to_string_lossy();
    let analysis = refused(&store, 2, &["--analysis", "tagging", "--tagging-file", &rules]);
    assert_snapshot!("tagging_file", analysis);
    let check = foreman(["check", "--tagging-file", &rules]).expect(2);
    let errors = analysis.split_once("foreman: ").unwrap().1;
    let checked = check.redacted(&[(store.folder(), "[FOLDER]")]);
    assert!(checked.contains(errors), "check says the same: {checked}");
}

/// The key is there but not valid, and the message must not repeat any part of it.
#[test]
fn an_api_key_in_the_environment_that_is_not_text() {
    let store = Store::of("chrome");
    let key = OsStr::from_bytes(b"s3cret\xff");
    for (command, status) in [(&["analyze"][..], 2), (&["psort", "-o", "null"], 1)] {
        let run = foreman(command).args(["--analysis", "virustotal"]).env("VIRUSTOTAL_API_KEY", key);
        let refused = run.arg(store.path()).expect(status);
        let expected = "the value of the environment variable VIRUSTOTAL_API_KEY is not valid UTF-8, so it is not an API key";
        assert!(refused.stderr.contains(expected), "{refused:?}");
        assert!(!refused.stderr.contains("s3cret"), "{refused:?}");
    }
}
