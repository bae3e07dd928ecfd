//! A task of OpenRelik, with the library of its workers.

use std::path::Path;

use super::case::{Case, LONGEST};
use crate::{Finished, Program, path_with_foreman};

/// Analyses a storage file, and prints the path of the analysed copy.
const TASK: &str = "\
import sys, foreman_openrelik
from openrelik_worker_common.task_utils import get_input_files
store, outputs = sys.argv[1:]
file = {'path': store, 'display_name': 'case.plaso', 'data_type': 'plaso:log2timeline:plaso_storage'}
result = foreman_openrelik.analyze(None, [file], outputs, 'workflow', {'tagging_file': 'linux'})
print(get_input_files(result, [])[0]['path'])
";

/// Does no shards, but analyses a copy of the storage file, which must not change.
pub(super) fn task(case: &Case<'_>) -> Finished {
    let bytes = case.store.bytes();
    let finished = Program::new(&case.setup.python, ["-c", TASK])
        .arg(case.store.path())
        .arg(case.folder.path())
        .env("PATH", path_with_foreman())
        .env("PYTHONPATH", &case.setup.adapters)
        .deadline(LONGEST)
        .run()
        .expect(0);
    assert!(case.store.bytes() == bytes, "the input has changed");
    std::fs::copy(Path::new(finished.stdout.trim_end()), case.store.path()).unwrap();
    finished
}
