//! `foreman check`: what it says of rules and filters, and of what they match in a store.

use insta::assert_snapshot;
use tests::{Store, foreman};

/// Rules with much wrong and odd in them.
const ODD_RULES: &str = "\
ssh-login
  reporter is 'sshd'

cron
\treporter is '日本' and body iz 'x'
  message contains 'session opened'
  reporter regexp '(cron'
  reporter is 'cron' and reporter is 'sshd'

Cron
  reporter is 'cron' and body contains 'x'
  body contains 'x'
  filname contains 'evil'

no_rules
";

#[test]
fn everything_wrong_or_odd() {
    let store = Store::empty();
    let rules = store.beside("rules.txt", ODD_RULES);
    let rules = rules.to_string_lossy();
    let filter = "reporter is 'cron'\n  and file_size is 0";
    let check = |format| {
        let run = foreman(["check", "--tagging-file", &rules, "--tagging-file", "linux", "--format", format]);
        run.args(["--filter", filter]).expect(2).redacted(&[(store.folder(), "[FOLDER]")])
    };
    assert_snapshot!("check", check("text"));
    assert_snapshot!("check_json", check("json"));
}

#[test]
fn warnings_alone_are_no_failure() {
    let finished = foreman(["check", "--filter", "message contains 'x'"]).succeed();
    assert_snapshot!("check_warning", finished.redacted(&[]));
    assert_snapshot!("check_nothing", foreman(["check"]).expect(2).redacted(&[]));
    assert_snapshot!(
        "check_no_such_rules",
        foreman(["check", "--tagging-file", "lunix"]).expect(2).redacted(&[])
    );
}
