//! Bytes as a storage file: opened, analysed, written to.

use testing::Compression;

use crate::Target;
use crate::run_over::{analyse, check_error};
use crate::samples::store;
use crate::workplace::{file, in_empty_folder};

pub(super) const TARGET: Target = Target { name: "store_file", run, seeds };

fn run(data: &[u8]) {
    in_empty_folder(|folder| {
        let path = file(folder, "case.plaso", data);
        if let Err(error) = analyse(&path, folder) {
            check_error(&*error);
        }
    });
}

fn seeds() -> Vec<Vec<u8>> {
    vec![store(Compression::Zlib), store(Compression::None)]
}
