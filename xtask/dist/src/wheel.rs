//! Makes the Python wheel for `pip install`, because Plaso's users have pip.
//!
//! A wheel is a zip archive with three files about itself. This one contains programs, and as
//! Python code only the adapters, so maturin would have nothing to build. `foreman` goes to the
//! environment's scripts. The worker goes to the environment's `libexec/foreman`, where the foreman
//! looks for it: among the scripts, pip would silently replace another package's `worker`. The
//! adapters are modules, for `python -m foreman_spark`.

use std::io::{Cursor, Write as _};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use crate::elf::Linkage;
use crate::tree::{ADAPTERS, Entry, FOREMAN, Tree, document};
use crate::{About, DESCRIPTION, PACKAGE, Package, SUMMARY, VERSION};

pub(crate) fn wheel(tree: &Tree, about: &About) -> Result<Package> {
    let stem = format!("{}-{VERSION}", PACKAGE.replace('-', "_"));
    let platforms = platforms(about);
    let moved = tree.moved(|path| match (path, path.strip_prefix(ADAPTERS)) {
        (FOREMAN, _) => format!("{stem}.data/scripts/foreman"),
        (_, Some(module)) => module.to_owned(),
        (path, None) => format!("{stem}.data/data/{path}"),
    });
    let mut entries = moved.entries().to_vec();
    let licences = ["LICENSE", "THIRD-PARTY.txt"].map(document);
    for licence in tree.entries().iter().filter(|entry| licences.contains(&entry.path)) {
        let name = licence.path.rsplit('/').next().unwrap_or_default();
        let path = format!("{stem}.dist-info/licenses/{name}");
        entries.push(Entry::file(path, licence.contents.clone()));
    }
    entries.push(Entry::file(format!("{stem}.dist-info/METADATA"), metadata()));
    entries.push(Entry::file(format!("{stem}.dist-info/WHEEL"), about_wheel(&platforms)));
    let record = format!("{stem}.dist-info/RECORD");
    entries.push(Entry::file(record.clone(), records(&entries, &record)));
    let contents = zip(&entries, about.time)?;
    Ok(Package { name: format!("{stem}-py3-none-{}.whl", platforms.join(".")), contents })
}

/// Returns the names by which pip knows the systems that the programs run on. A static program runs
/// with any C library.
fn platforms(about: &About) -> Vec<String> {
    let names = match about.linkage {
        Linkage::Static => vec!["manylinux_2_17".into(), "manylinux2014".into(), "musllinux_1_1".into()],
        Linkage::Glibc(major, minor) => vec![format!("manylinux_{major}_{minor}")],
    };
    names.into_iter().map(|name: String| format!("{name}_{}", about.processor)).collect()
}

fn metadata() -> String {
    format!(
        "Metadata-Version: 2.4\nName: {PACKAGE}\nVersion: {VERSION}\nSummary: {SUMMARY}\nLicense-Expression: Apache-2.0\n\
         License-File: LICENSE\nLicense-File: THIRD-PARTY.txt\nClassifier: Environment :: Console\n\
         Classifier: Operating System :: POSIX :: Linux\nDescription-Content-Type: text/plain\n\n{DESCRIPTION}\n"
    )
}

fn about_wheel(platforms: &[String]) -> String {
    let tags: String = platforms.iter().map(|platform| format!("Tag: py3-none-{platform}\n")).collect();
    format!("Wheel-Version: 1.0\nGenerator: foreman xtask {VERSION}\nRoot-Is-Purelib: false\n{tags}")
}

/// Returns path, digest and size of all files, and the path of this list itself.
fn records(entries: &[Entry], own: &str) -> String {
    let line = |entry: &Entry| {
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(&entry.contents));
        format!("{},sha256={digest},{}\n", entry.path, entry.contents.len())
    };
    entries.iter().map(line).collect::<String>() + own + ",,\n"
}

fn zip(entries: &[Entry], time: u64) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .system(System::Unix)
        .last_modified_time(dos_time(time)?);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        zip.start_file(&entry.path, options.unix_permissions(entry.mode()))
            .with_context(|| format!("cannot add {}", entry.path))?;
        zip.write_all(&entry.contents).with_context(|| format!("cannot add {}", entry.path))?;
    }
    Ok(zip.finish().context("cannot finish the wheel")?.into_inner())
}

/// The times in a zip archive begin with 1980.
fn dos_time(time: u64) -> Result<DateTime> {
    let earliest = 315_532_800;
    let time = i64::try_from(time.max(earliest)).context("the time is too far in the future")?;
    let time = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::from_second(time)?);
    let part = |part: i8| part.unsigned_abs();
    DateTime::from_date_and_time(
        time.year().unsigned_abs(),
        part(time.month()),
        part(time.day()),
        part(time.hour()),
        part(time.minute()),
        part(time.second()),
    )
    .context("a zip archive cannot have this time")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::tests::{about, small_tree};

    #[test]
    fn names_say_what_the_programs_need() {
        let name = |linkage| wheel(&small_tree(), &about(linkage)).unwrap().name;
        let stem = format!("plaso_foreman-{VERSION}-py3-none");
        assert_eq!(
            name(Linkage::Static),
            format!("{stem}-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64.whl")
        );
        assert_eq!(name(Linkage::Glibc(2, 34)), format!("{stem}-manylinux_2_34_x86_64.whl"));
    }

    #[test]
    fn the_record_is_that_of_the_files() {
        let package = wheel(&small_tree(), &about(Linkage::Static)).unwrap();
        assert_eq!(package.contents, wheel(&small_tree(), &about(Linkage::Static)).unwrap().contents);
        let mut archive = zip::ZipArchive::new(Cursor::new(package.contents)).unwrap();
        let mut files = Vec::new();
        for index in 0..archive.len() {
            let mut file = archive.by_index(index).unwrap();
            let mut contents = Vec::new();
            file.read_to_end(&mut contents).unwrap();
            assert_eq!(file.last_modified().unwrap().year(), 1980);
            files.push((file.name().unwrap().into_owned(), file.unix_mode().unwrap(), contents));
        }
        let stem = format!("plaso_foreman-{VERSION}");
        let find =
            |path: String| files.iter().find(|(name, ..)| *name == path).unwrap_or_else(|| panic!("{path}"));
        assert_eq!(find(format!("{stem}.data/scripts/foreman")).1, 0o100_755);
        assert_eq!(find(format!("{stem}.data/data/libexec/foreman/worker")).1, 0o100_755);
        assert_eq!(find(format!("{stem}.data/data/share/zsh/site-functions/_foreman")).1, 0o100_644);
        find(format!("{stem}.dist-info/licenses/LICENSE"));
        find("foreman_spark.py".into());
        let record = String::from_utf8(find(format!("{stem}.dist-info/RECORD")).2.clone()).unwrap();
        assert_eq!(record.lines().count(), files.len());
        for (name, _, contents) in &files {
            let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(contents));
            let line = match name.ends_with("RECORD") {
                true => format!("{name},,\n"),
                false => format!("{name},sha256={digest},{}\n", contents.len()),
            };
            assert!(record.contains(&line), "{line}{record}");
        }
    }

    #[test]
    fn times() {
        let time = dos_time(1_764_000_000).unwrap();
        assert_eq!((time.year(), time.month(), time.day(), time.hour()), (2025, 11, 24, 16));
        assert_eq!(dos_time(0).unwrap().year(), 1980);
    }
}
