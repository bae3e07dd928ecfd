//! Makes the Debian package.
//!
//! It does not use dpkg-deb or cargo-deb. The format is an `ar` archive with three members, so
//! packages can be made on any machine, and are the same on each.

use anyhow::{Context as _, Result, bail};
use md5::{Digest as _, Md5};

use crate::archive::{gzip, tar_gz};
use crate::elf::Linkage;
use crate::tree::{Entry, Tree, document, hex};
use crate::{About, DESCRIPTION, PACKAGE, Package, SUMMARY, VERSION};

pub(crate) fn deb(tree: &Tree, about: &About) -> Result<Package> {
    let architecture = match about.processor.as_str() {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "riscv64gc" => "riscv64",
        other => {
            bail!("Debian's name for the architecture {other} is not known; add it to xtask/dist/src/deb.rs")
        }
    };
    let tree = debian(tree, about)?;
    let control =
        [Entry::file("control", control(&tree, about, architecture)), Entry::file("md5sums", sums(&tree))];
    let members = [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.gz", tar_gz(".", &control, about.time)?),
        ("data.tar.gz", tar_gz("./usr", tree.entries(), about.time)?),
    ];
    let mut archive = ar::Builder::new(Vec::new());
    for (name, contents) in members {
        let mut header = ar::Header::new(name.into(), contents.len() as u64);
        header.set_mode(0o100_644);
        header.set_mtime(about.time);
        archive.append(&header, contents.as_slice()).with_context(|| format!("cannot add {name}"))?;
    }
    let contents = archive.into_inner().context("cannot finish the package")?;
    Ok(Package { name: format!("{PACKAGE}_{VERSION}_{architecture}.deb"), contents })
}

/// Returns the tree in the form that Debian requires: completions for zsh in another folder, a
/// copyright file and a change log.
fn debian(tree: &Tree, about: &About) -> Result<Tree> {
    let time = i64::try_from(about.time).ok().and_then(|time| jiff::Timestamp::from_second(time).ok());
    let time = time.context("the time is too far in the future")?.strftime("%a, %d %b %Y %H:%M:%S +0000");
    let changes = format!(
        "{PACKAGE} ({VERSION}) unstable; urgency=medium\n\n  * Version {VERSION}.\n\n -- {}  {time}\n",
        about.maintainer
    );
    let copyright = format!(
        "{PACKAGE}: {SUMMARY}\n\nCopyright: the authors of foreman\nLicence: Apache License 2.0; on Debian its text is in /usr/share/common-licenses/Apache-2.0.\n\
         The licences of what others have contributed to the programs are in THIRD-PARTY.txt, beside this file.\n"
    );
    let licence = document("LICENSE");
    let entries = tree.entries().iter().filter(|entry| entry.path != licence).cloned();
    let own = [
        Entry::file(document("changelog.gz"), gzip(changes.as_bytes())?),
        Entry::file(document("copyright"), copyright),
    ];
    let tree = Tree::new(entries.chain(own).collect());
    Ok(tree.moved(|path| path.replace("share/zsh/site-functions/", "share/zsh/vendor-completions/")))
}

fn control(tree: &Tree, about: &About, architecture: &str) -> String {
    let size: usize = tree.entries().iter().map(|entry| entry.contents.len().div_ceil(1024)).sum();
    let depends = match about.linkage {
        Linkage::Static => String::new(),
        Linkage::Glibc(major, minor) => format!("Depends: libc6 (>= {major}.{minor}), libgcc-s1\n"),
    };
    // ruby-foreman has programs and manual pages of the same names.
    format!(
        "Package: {PACKAGE}\nVersion: {VERSION}\nArchitecture: {architecture}\nMaintainer: {}\nInstalled-Size: {size}\n\
         {depends}Conflicts: ruby-foreman\nSection: utils\nPriority: optional\nDescription: {SUMMARY}\n{}",
        about.maintainer,
        folded(DESCRIPTION)
    )
}

/// Returns a text as the lines of a description.
fn folded(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < 76 => *line += &format!(" {word}"),
            _ => lines.push(format!(" {word}")),
        }
    }
    lines.join("\n") + "\n"
}

fn sums(tree: &Tree) -> String {
    let line = |entry: &Entry| format!("{}  usr/{}\n", hex(&Md5::digest(&entry.contents)), entry.path);
    tree.entries().iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::archive::tests::list;
    use crate::tests::{about, small_tree};

    #[test]
    fn a_package_has_three_members() {
        let package = deb(&small_tree(), &about(Linkage::Static)).unwrap();
        assert_eq!(package.name, format!("plaso-foreman_{VERSION}_amd64.deb"));
        let mut archive = ar::Archive::new(package.contents.as_slice());
        let mut members = Vec::new();
        while let Some(entry) = archive.next_entry() {
            let mut entry = entry.unwrap();
            let mut contents = Vec::new();
            entry.read_to_end(&mut contents).unwrap();
            let header = entry.header();
            assert_eq!((header.mtime(), header.uid(), header.mode()), (7, 0, 0o100_644));
            members.push((String::from_utf8(header.identifier().to_vec()).unwrap(), contents));
        }
        assert_eq!(
            members.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["debian-binary", "control.tar.gz", "data.tar.gz"]
        );
        assert_eq!(members[0].1, b"2.0\n");

        let data = list(&members[2].1);
        let find =
            |path: &str| data.iter().find(|(found, ..)| found == path).unwrap_or_else(|| panic!("{path}"));
        assert_eq!(find("./usr/bin/foreman").1, 0o755);
        assert_eq!(find("./usr/libexec/foreman/worker").1, 0o755);
        assert_eq!(find("./usr/share/zsh/vendor-completions/_foreman").1, 0o644);
        find("./usr/share/doc/plaso-foreman/copyright");
        assert_eq!(data[0].0, "./");

        let control = list(&members[1].1);
        let sums = String::from_utf8(control.iter().find(|entry| entry.0 == "./md5sums").unwrap().4.clone())
            .unwrap();
        let files: Vec<_> = data.iter().filter(|(path, ..)| !path.ends_with('/')).collect();
        assert_eq!(sums.lines().count(), files.len());
        for (path, .., contents) in files {
            let line = format!("{}  {}\n", hex(&Md5::digest(contents)), path.trim_start_matches("./"));
            assert!(sums.contains(&line), "{line}{sums}");
        }
    }

    #[test]
    fn what_is_needed_is_declared() {
        let tree = small_tree();
        assert!(!control(&tree, &about(Linkage::Static), "amd64").contains("Depends"));
        let text = control(&tree, &about(Linkage::Glibc(2, 34)), "amd64");
        assert!(text.contains("\nDepends: libc6 (>= 2.34), libgcc-s1\nConflicts: ruby-foreman\n"), "{text}");
        assert!(text.ends_with("need it.\n"), "{text}");
        let (_, description) = text.split_once("\nDescription: ").unwrap();
        for line in description.lines().skip(1) {
            assert!(line.len() <= 77 && line.starts_with(' ') && !line.starts_with("  "), "{line:?}");
        }
    }

    #[test]
    fn other_processors() {
        let other = About { processor: "sparc".into(), ..about(Linkage::Static) };
        assert!(deb(&small_tree(), &other).err().unwrap().to_string().contains("sparc"));
    }
}
