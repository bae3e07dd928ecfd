//! Makes archives, plain and compressed, that are the same whenever they are made.

use std::collections::BTreeSet;
use std::io::Write as _;

use anyhow::{Context as _, Result};
use flate2::{Compression, GzBuilder};
use tar::{EntryType, Header};

use crate::tree::Entry;

pub(crate) fn gzip(contents: &[u8]) -> Result<Vec<u8>> {
    // The header has no name and no time, as with `gzip -9n`.
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
    encoder.write_all(contents).and_then(|()| encoder.finish()).context("cannot compress")
}

/// Returns a compressed tar archive of these files below a folder, and of their folders.
pub(crate) fn tar_gz(folder: &str, entries: &[Entry], time: u64) -> Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut folders = BTreeSet::new();
    for entry in entries {
        let path = format!("{folder}/{}", entry.path);
        for (end, _) in path.match_indices('/') {
            let parent = &path[..=end];
            if folders.insert(parent.to_owned()) {
                append(&mut tar, EntryType::Directory, parent, 0o755, &[], time)?;
            }
        }
        append(&mut tar, EntryType::Regular, &path, entry.mode(), &entry.contents, time)?;
    }
    gzip(&tar.into_inner().context("cannot finish the archive")?)
}

fn append(
    tar: &mut tar::Builder<Vec<u8>>,
    kind: EntryType,
    path: &str,
    mode: u32,
    contents: &[u8],
    time: u64,
) -> Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(contents.len() as u64);
    header.set_mtime(time);
    header.set_uid(0);
    header.set_gid(0);
    header
        .set_username("root")
        .and_then(|()| header.set_groupname("root"))
        .context("cannot name the owner")?;
    // `set_path` would remove the `./` that dpkg puts before all paths.
    let name = header.as_old_mut().name.get_mut(..path.len());
    name.with_context(|| format!("{path} is too long"))?.copy_from_slice(path.as_bytes());
    header.set_cksum();
    tar.append(&header, contents).with_context(|| format!("cannot add {path}"))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    /// Returns path, mode, owner, time and contents of all files in an archive.
    pub(crate) fn list(archive: &[u8]) -> Vec<(String, u32, u64, u64, Vec<u8>)> {
        let mut archive = tar::Archive::new(GzDecoder::new(archive));
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
            let header = entry.header().clone();
            let mut contents = Vec::new();
            entry.read_to_end(&mut contents).unwrap();
            let (mode, uid) = (header.mode().unwrap(), header.uid().unwrap());
            (path, mode, uid, header.mtime().unwrap(), contents)
        });
        entries.collect()
    }

    #[test]
    fn archives_have_folders_modes_and_one_time() {
        let program = Entry { is_program: true, ..Entry::file("bin/a", "program") };
        let entries = [program, Entry::file("share/b", "text")];
        let made = tar_gz("top", &entries, 7).unwrap();
        let entry =
            |path: &str, mode, contents: &str| (path.to_owned(), mode, 0, 7, contents.as_bytes().to_vec());
        assert_eq!(
            list(&made),
            [
                entry("top/", 0o755, ""),
                entry("top/bin/", 0o755, ""),
                entry("top/bin/a", 0o755, "program"),
                entry("top/share/", 0o755, ""),
                entry("top/share/b", 0o644, "text"),
            ]
        );
        assert_eq!(made, tar_gz("top", &entries, 7).unwrap());
        let long = Entry::file("x".repeat(120), "");
        assert!(tar_gz("top", &[long], 7).unwrap_err().to_string().contains("too long"));
    }
}
