//! Where the storage files of a queue are named.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{self, BufReader, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use events::Shown as _;

use crate::paths::{keep_real, real_folder, store_path};
use crate::words::cut;

/// How the names of the storage files in a folder end.
const SUFFIX: &str = "plaso";
/// The maximum number of bytes of a list of storage files.
const LONGEST_LIST: u64 = 16 << 20;
/// The maximum number of bytes of a path that the system takes.
const LONGEST_PATH: usize = 4095;
/// The maximum number of characters of a longer line that are shown.
const SHOWN: usize = 60;

/// Where the storage files are named.
#[derive(Debug, Clone)]
pub(crate) enum Stores {
    /// All `*.plaso` files in this folder, in any letter case.
    In(PathBuf),
    /// The lines of this file.
    Listed(PathBuf),
    /// The lines of standard input.
    StandardInput,
}

/// The storage files that are named.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// The files, the largest first, so that no large one is left for the end.
    pub(crate) paths: Vec<PathBuf>,
    /// Links in a folder that lead out of it.
    pub(crate) passed_over: Vec<PathBuf>,
}

impl Stores {
    /// Returns the storage files, of which there must be one.
    pub(crate) fn named(&self) -> Result<Named> {
        let found = self.found()?;
        if found.paths.is_empty() && found.passed_over.is_empty() {
            bail!("{self} has no storage file");
        }
        Ok(found)
    }

    /// Returns the storage files, of which there may be none.
    pub(crate) fn found(&self) -> Result<Named> {
        let mut passed_over = Vec::new();
        let named = match self {
            Self::In(folder) => stores_in(folder, &mut passed_over)
                .with_context(|| format!("cannot read the folder {}", folder.shown()))?,
            // Messages quote the list.
            Self::Listed(file) => files::open_input(file)
                .inspect(|list| files::limit_readers_to_those_of_opened(list))
                .and_then(lines)
                .with_context(|| format!("cannot read the list of storage files {}", file.shown()))?,
            Self::StandardInput => {
                lines(io::stdin()).context("cannot read the list of storage files on standard input")?
            }
        };
        let mut paths: Vec<(u64, PathBuf)> = Vec::new();
        let mut known = BTreeSet::new();
        for named in named {
            // A path in a folder is real, and a link that takes its place from now on is refused.
            if let Self::In(_) = self {
                keep_real(named.clone());
            }
            // A file that is not there fails when its turn comes, like one that is broken.
            let path = store_path(&named).unwrap_or(named);
            if known.insert(path.clone()) {
                paths.push((path.metadata().map_or(0, |file| file.len()), path));
            }
        }
        paths.sort_by(|(size, path), (other_size, other)| other_size.cmp(size).then_with(|| path.cmp(other)));
        passed_over.sort();
        Ok(Named { paths: paths.into_iter().map(|(_, path)| path).collect(), passed_over })
    }

    /// Returns the file that names the storage files, if there is one.
    pub(crate) fn list(&self) -> Option<&Path> {
        match self {
            Self::Listed(file) => Some(file),
            Self::In(_) | Self::StandardInput => None,
        }
    }

    /// Returns the real path of the folder for the record, if there can be one.
    pub(crate) fn record(&self) -> Option<PathBuf> {
        match self {
            Self::In(folder) => Some(real_folder(folder).ok()?.join("case.foreman")),
            Self::Listed(file) => {
                let mut name = file.file_name()?.to_owned();
                // A run over the files of this folder has the other name.
                name.push(if name == "case" { ".list.foreman" } else { ".foreman" });
                Some(real_folder(file.parent()?).ok()?.join(name))
            }
            Self::StandardInput => None,
        }
    }
}

impl std::fmt::Display for Stores {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::In(folder) => write!(out, "the folder {}", folder.shown()),
            Self::Listed(file) => write!(out, "the list {}", file.shown()),
            Self::StandardInput => out.write_str("standard input"),
        }
    }
}

/// Returns the real paths of the storage files in a folder. Others may be allowed to write there,
/// and a link that one of them has made could lead to any file of this user. So links out of the
/// folder are passed over, and each path is looked up once: what was no link then stays its own
/// real path, whatever takes its place.
fn stores_in(folder: &Path, passed_over: &mut Vec<PathBuf>) -> io::Result<Vec<PathBuf>> {
    let real_folder = real_folder(folder)?;
    let mut found = Vec::new();
    for entry in real_folder.read_dir()? {
        let path = real_folder.join(entry?.file_name());
        // A link to nothing or a pipe fails when its turn comes, since it may stand for evidence.
        if !path.extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case(SUFFIX)) || path.is_dir() {
            continue;
        }
        match path.is_symlink() {
            false => found.push(path),
            true => match leads_into(&path, &real_folder) {
                Some(real) => found.push(real),
                None => passed_over.push(path),
            },
        }
    }
    Ok(found)
}

/// Returns to which file in a folder or below it a link leads, or `None` if it leads out of it. If
/// there is no such file, the place for it counts, and the link itself is returned.
fn leads_into(link: &Path, real_folder: &Path) -> Option<PathBuf> {
    let place_of_nothing = || {
        let place = link.with_file_name("").join(link.read_link().ok()?);
        place.parent().unwrap_or(Path::new("/")).canonicalize().ok()
    };
    let (real, found) = match link.canonicalize() {
        Ok(real) => (real.clone(), real),
        Err(_) => (place_of_nothing()?, link.to_owned()),
    };
    real.starts_with(real_folder).then_some(found)
}

/// Returns the paths in a list. A path is bytes, so a line need not be UTF-8: a file that cannot be
/// analysed fails when its turn comes. A line that can be no path tells that this is no such list.
fn lines(from: impl Read) -> io::Result<Vec<PathBuf>> {
    let mut list = Vec::new();
    BufReader::new(from).take(LONGEST_LIST + 1).read_to_end(&mut list)?;
    if list.len() as u64 > LONGEST_LIST {
        return Err(io::Error::other(format!("it has more than {} MiB", LONGEST_LIST >> 20)));
    }
    // Programs on Windows write a byte order mark.
    let list = list.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&list);
    let lines = list.split(|byte| *byte == b'\n').map(|line| {
        let end = line.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last + 1);
        &line[..end]
    });
    let lines = (1..).zip(lines).filter(|(_, line)| !String::from_utf8_lossy(line).trim().is_empty());
    lines.map(|(number, line)| path_in(line, number)).collect()
}

/// Returns the path in a line of a list, or says why the line cannot be one. Messages name each
/// path, and such a line can be as long as the list.
fn path_in(line: &[u8], number: usize) -> io::Result<PathBuf> {
    if line.contains(&0) {
        return Err(io::Error::other(format!(
            "line {number} has a NUL byte; a list has one path a line: leave out -print0, or save the list as UTF-8 if it is \
             UTF-16"
        )));
    }
    if line.len() > LONGEST_PATH {
        let shown = cut(&String::from_utf8_lossy(line), SHOWN);
        return Err(io::Error::other(format!(
            "line {number} is longer than a path can be ({LONGEST_PATH} bytes), so this may be no list of paths: {}",
            shown.shown()
        )));
    }
    Ok(PathBuf::from(OsStr::from_bytes(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_out_of_the_folder() {
        use std::os::unix::fs::symlink;
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().canonicalize().unwrap().join(name);
        std::fs::create_dir_all(at("case/below")).unwrap();
        std::fs::create_dir(at("case-2")).unwrap();
        for name in ["outside.plaso", "case-2/b.plaso", "case/a.plaso", "case/below/c.plaso"] {
            std::fs::write(at(name), "").unwrap();
        }
        let links = [
            ("../outside.plaso", "1"),
            ("../case-2/b.plaso", "2"),
            ("../nothing.plaso", "3"),
            ("/no/such.plaso", "4"),
            ("1.plaso", "5"),
            ("6.plaso", "6"),
            ("a.plaso", "same"),
            ("below/c.plaso", "inside"),
            ("nothing", "d"),
        ];
        for (to, name) in links {
            symlink(to, at(&format!("case/{name}.plaso"))).unwrap();
        }
        symlink("case", at("link")).unwrap();
        for folder in ["case", "link"] {
            let mut found = Stores::In(at(folder)).named().unwrap().paths;
            found.sort();
            let broken = ["6.plaso", "d.plaso"].map(|name| at("case").join(name));
            let mut expected = vec![at("case/a.plaso"), at("case/below/c.plaso")];
            expected.extend(broken);
            expected.sort();
            assert_eq!(found, expected, "{folder}");
            assert_eq!(Stores::In(at(folder)).named().unwrap().passed_over.len(), 5);
        }
        std::fs::write(at("list"), format!("{}\n", at("case/1.plaso").display())).unwrap();
        assert_eq!(Stores::Listed(at("list")).named().unwrap().paths, [at("outside.plaso")]);
    }

    /// Another user puts a link in the place of a file after the folder was read.
    #[test]
    fn a_link_in_the_place_of_a_file_is_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().canonicalize().unwrap().join(name);
        std::fs::create_dir(at("case")).unwrap();
        std::fs::write(at("outside.plaso"), "").unwrap();
        for name in ["case/a.plaso", "case/inside"] {
            std::fs::write(at(name), "").unwrap();
        }
        std::os::unix::fs::symlink(at("case/inside"), at("case/b.plaso")).unwrap();
        let named = Stores::In(at("case")).named().unwrap().paths;
        assert_eq!(named, [at("case/a.plaso"), at("case/inside")], "the real paths");
        for path in &named {
            std::fs::remove_file(path).unwrap();
            std::os::unix::fs::symlink(at("outside.plaso"), path).unwrap();
            assert!(store_path(path).unwrap_err().to_string().contains("does not follow"));
        }
    }

    /// Neither takes the record of the other for its own, whatever the list is called.
    #[test]
    fn a_list_and_its_folder_have_two_records() {
        let place = tempfile::tempdir().unwrap();
        let real = place.path().canonicalize().unwrap();
        let of_folder = || Stores::In(place.path().to_owned()).record().unwrap();
        assert_eq!(of_folder(), real.join("case.foreman"));
        let of_list = |name: &str| Stores::Listed(place.path().join(name)).record().unwrap();
        assert_eq!(of_list("case"), real.join("case.list.foreman"));
        assert_eq!(of_list("all.txt"), real.join("all.txt.foreman"));
        // Somebody has put a link in the place of the folder.
        std::fs::remove_dir(place.path()).unwrap();
        let other = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(other.path(), place.path()).unwrap();
        assert_eq!(of_folder(), real.join("case.foreman"));
        assert!(crate::run::queue::remove_record(&Stores::In(place.path().to_owned())).is_err());
        std::fs::remove_file(place.path()).unwrap();
    }

    #[test]
    fn the_largest_comes_first_and_each_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (name, size) in [("b.plaso", 1), ("a.plaso", 1), ("large.plaso", 3), ("notes.txt", 9)] {
            std::fs::write(at(name), vec![0; size]).unwrap();
        }
        std::fs::create_dir(at("c.plaso")).unwrap();
        std::os::unix::fs::symlink("nothing", at("d.PLASO")).unwrap();
        let names = |paths: Vec<PathBuf>| -> Vec<String> {
            paths.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
        };
        let found = Stores::In(folder.path().to_owned()).named().unwrap().paths;
        assert_eq!(names(found), ["large.plaso", "a.plaso", "b.plaso", "d.PLASO"]);
        let list = format!(
            "{0}\n\n{0}\r\n{1}\n/no/such.plaso\n",
            at("a.plaso").display(),
            at("large.plaso").display()
        );
        std::fs::write(at("list"), list).unwrap();
        let found = Stores::Listed(at("list")).named().unwrap().paths;
        assert_eq!(names(found), ["large.plaso", "a.plaso", "such.plaso"]);
        std::fs::write(at("list"), b"\xef\xbb\xbfa.plaso\r\n").unwrap();
        let found = Stores::Listed(at("list")).named().unwrap().paths;
        assert_eq!(names(found), ["a.plaso"], "a byte order mark");
        std::fs::write(at("list"), b"\xff\xfe.plaso\n \t\r\n\r\n").unwrap();
        let found = Stores::Listed(at("list")).named().unwrap().paths;
        assert_eq!(found, [PathBuf::from(OsStr::from_bytes(b"\xff\xfe.plaso"))]);
        std::fs::write(at("list"), "\n").unwrap();
        let error = Stores::Listed(at("list")).named().unwrap_err().to_string();
        assert!(error.contains("has no storage file"), "{error}");
    }

    /// Messages name each path, so a list of another form would fill the terminal.
    #[test]
    fn a_list_with_a_line_that_can_be_no_path_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("list");
        let refusal = |content: &[u8]| {
            std::fs::write(&list, content).unwrap();
            Stores::Listed(list.clone()).named().err().map(|error| format!("{error:#}"))
        };
        let long = |length: usize| [b"a.plaso\n\n", "\u{e4}".repeat(length / 2).as_bytes(), b"\n"].concat();
        let utf_16: Vec<u8> = "a.plaso\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (content, words) in [
            (
                &b"/a.plaso\0/b.plaso\0"[..],
                "line 1 has a NUL byte; a list has one path a line: leave out -print0",
            ),
            (b"/a.plaso\r\n/b.plaso\0\n", "line 2 has a NUL byte"),
            (&vec![0; 1 << 20], "line 1 has a NUL byte"),
            (&utf_16, "save the list as UTF-8 if it is UTF-16"),
            (&long(4096), "line 3 is longer than a path can be (4095 bytes)"),
            (&long(4 << 20), "äää…"),
        ] {
            let said = refusal(content).unwrap_or_default();
            assert!(said.contains(words) && said.contains("/list: line "), "{said}");
            assert!(said.len() < 500, "{said}");
        }
        assert_eq!(refusal(&long(4094)), None);
    }
}
