//! The help of both programs.

use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;
use tests::{Store, foreman, places, worker};

#[test]
fn of_the_foreman() {
    assert_snapshot!("foreman", foreman(["--help"]).succeed().stdout);
    assert_snapshot!("foreman_analyze", foreman(["analyze", "--help"]).succeed().stdout);
    assert_snapshot!("foreman_check", foreman(["check", "--help"]).succeed().stdout);
    assert_snapshot!("foreman_export", foreman(["export", "--help"]).succeed().stdout);
    assert_snapshot!("foreman_report", foreman(["report", "--help"]).succeed().stdout);
    assert_snapshot!("foreman_info", foreman(["info", "--help"]).succeed().stdout);
    assert_snapshot!("foreman_plugins", foreman(["plugins", "--help"]).succeed().stdout);
}

#[test]
fn of_the_worker() {
    assert_snapshot!("worker", worker(["--help"]).succeed().stdout);
    assert_snapshot!("worker_run", worker(["run", "--help"]).succeed().stdout);
}

#[test]
fn of_one_plugin() {
    let shown = foreman(["plugins", "sessionize"]).succeed().stdout;
    assert!(shown.starts_with("sessionize\n  ") && shown.contains("--maximum-pause MINUTES"), "{shown}");
    assert!(!shown.contains("tagging"), "{shown}");
    let refused = foreman(["plugins", "sesionize"]).expect(2).stderr;
    assert!(refused.contains("did you mean \"sessionize\"?"), "{refused}");
}

#[test]
fn completions_for_shells() {
    for (shell, words) in [
        ("bash", "_foreman()"),
        ("zsh", "#compdef foreman"),
        ("fish", "complete -c foreman"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer[foreman]"),
    ] {
        let script = foreman(["completions", shell]).succeed().stdout;
        assert!(script.contains(words), "{shell}");
    }
}

/// What bash offers for the last of these words.
fn completed_by_bash(script: &Path, words: &[&str]) -> Vec<String> {
    let complete = r#"source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _foreman foreman "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}""#;
    let run = Command::new("bash").args(["-c", complete]).arg(script).args(words).current_dir("/").output();
    let printed = String::from_utf8(run.unwrap().stdout).unwrap();
    printed.lines().map(str::to_owned).collect()
}

#[test]
fn completed_words() {
    if Command::new("bash").arg("--version").output().is_err() {
        places::skipped("there is no bash");
        return;
    }
    let store = Store::empty();
    let script = store.beside("completions", &foreman(["completions", "bash"]).succeed().stdout);
    for (words, expected) in [
        (&["foreman", "analyze", "--analysis", "tag"][..], &["tagging"][..]),
        (&["foreman", "psort", "--analysis", "sess"], &["sessionize"]),
        (&["foreman", "plugins", "uni"], &["unique_domains_visited"]),
        (&["foreman", "report", "--label", "log_cle"], &["log_cleared"]),
        (&["foreman", "export", "--label", "log_cle"], &["log_cleared"]),
        (&["foreman", "rules", "windows/log_cle"], &["windows/log_cleared"]),
        (&["foreman", "check", "--tagging-file", "wind"], &["windows"]),
        (&["foreman", "analyze", "--tagging-file", "wind"], &["windows"]),
        (&["foreman", "psort", "--tagging-file", "aut"], &["auto"]),
        // Files stay possible.
        (&["foreman", "analyze", "--tagging-file", "/pro"], &["/proc"]),
    ] {
        assert_eq!(completed_by_bash(&script, words), expected, "{words:?}");
    }
}

#[test]
fn versions_agree() {
    let version = |name: &str, text: String| text.trim().strip_prefix(name).unwrap().to_owned();
    assert_eq!(
        version("foreman", foreman(["--version"]).succeed().stdout),
        version("worker", worker(["--version"]).succeed().stdout)
    );
}

#[test]
fn options_may_be_spelt_as_plaso_spells_them() {
    let finished = foreman(["check", "--tagging_file", "no such file"]).expect(2);
    assert!(finished.stderr.contains("there is no tagging file no such file"), "{}", finished.stderr);
}
