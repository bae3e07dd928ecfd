//! A made-up store with the file system of a Linux server: what most cases have most events of.
//!
//! The same files come out each time. Their paths, kinds, sizes and times are like those of a real
//! system: packages bring many files of one time, users write files of their own over the years,
//! and each file has three or four events of one event data.

use std::path::Path;

use serde_json::json;

use crate::random::Random;
use crate::{Compression, NewStore};

/// 2024-01-01 00:00:00 UTC, in microseconds.
const BEGIN: i64 = 1_704_067_200_000_000;
const SECOND: i64 = 1_000_000;
const TWO_YEARS: u64 = 2 * 365 * 24 * 3_600;

/// Folders, and the extensions of the files in them. `{}` is a word and a number.
const PLACES: [(&str, &[&str]); 16] = [
    ("/usr/share/doc/{}", &["", ".gz", ".html", ".txt"]),
    ("/usr/share/locale/{}/LC_MESSAGES", &[".mo"]),
    ("/usr/lib/x86_64-linux-gnu", &[".so", ".so.1", ".so.6", ".a"]),
    ("/usr/lib/python3/dist-packages/{}", &[".py", ".pyc", ".txt"]),
    ("/usr/lib/modules/6.1.0-18-amd64/kernel/drivers/{}", &[".ko"]),
    ("/usr/src/linux-headers-6.1.0-18/include/{}", &[".h"]),
    ("/usr/bin", &[""]),
    ("/usr/sbin", &[""]),
    ("/etc/{}", &[".conf", ".d", ""]),
    ("/etc/systemd/system", &[".service", ".timer"]),
    ("/var/lib/dpkg/info", &[".list", ".md5sums", ".postinst"]),
    ("/var/log/{}", &[".log", ".log.1", ".log.2.gz"]),
    ("/var/www/html/{}", &[".php", ".js", ".css", ".png"]),
    ("/home/alice/Documents/{}", &[".docx", ".pdf", ".xlsx", ".txt"]),
    ("/home/bob/.cache/mozilla/firefox/{}", &["", ".sqlite"]),
    ("/tmp/{}", &[".tmp", ".sh", ""]),
];

const WORDS: [&str; 16] = [
    "archive", "backup", "client", "common", "config", "core", "daemon", "driver", "index", "locale",
    "module", "network", "report", "session", "utils", "widget",
];

/// Writes the store, with this many files, to this path.
///
/// # Panics
///
/// If it cannot be written.
pub fn write_file_system(path: &Path, files: usize) {
    let mut store = NewStore::new(Compression::Zlib);
    let mut random = Random::new(20_260_901);
    let mut installed = BEGIN;
    let mut events = 0;
    for number in 0..files {
        // A package brings some thirty files within a minute.
        if number % 30 == 0 {
            installed = BEGIN + SECOND * random.below(TWO_YEARS).cast_signed();
        }
        let file = File::new(number, installed, &mut random);
        let data = store.event_data_json(&file.event_data());
        for (time, description) in file.times() {
            store.event_row(&time, &format!("event_data.{data}"), &description);
            events += 1;
        }
    }
    store.insert("parser_count", &[("name", &"filestat"), ("number_of_events", &events)]);
    store.insert("parser_count", &[("name", &"total"), ("number_of_events", &events)]);
    let made = store.finish();
    std::fs::copy(made.path(), path).unwrap();
}

struct File {
    name: String,
    is_folder: bool,
    size: u64,
    inode: usize,
    modified: i64,
    changed: i64,
    accessed: i64,
    /// Not every file system knows it.
    created: Option<i64>,
}

impl File {
    fn new(number: usize, installed: i64, random: &mut Random) -> Self {
        let (folder, extensions) = PLACES[random.index(PLACES.len())];
        let mut word = || format!("{}{}", WORDS[random.index(WORDS.len())], random.below(200));
        let (folder, stem) = (folder.replace("{}", &word()), word());
        let extension = extensions[random.index(extensions.len())];
        let later = |random: &mut Random, seconds| SECOND * random.below(seconds).cast_signed();
        let of_system = folder.starts_with("/usr") || folder.starts_with("/var/lib");
        let changed = installed + later(random, if of_system { 60 } else { TWO_YEARS / 4 });
        Self {
            name: format!("{folder}/{stem}{extension}"),
            is_folder: random.below(12) == 0,
            size: random.below(200_000),
            inode: 131_072 + number,
            modified: changed - later(random, if of_system { TWO_YEARS / 4 } else { 5 }),
            changed,
            accessed: changed + later(random, TWO_YEARS / 8),
            created: (random.below(2) == 0).then_some(changed),
        }
    }

    fn times(&self) -> impl Iterator<Item = (i64, &'static str)> {
        [
            (Some(self.modified), "Content Modification Time"),
            (Some(self.accessed), "Last Access Time"),
            (Some(self.changed), "Metadata Modification Time"),
            (self.created, "Creation Time"),
        ]
        .into_iter()
        .filter_map(|(time, description)| Some((time?, description)))
    }

    /// The attributes in the order in which Plaso writes them.
    fn event_data(&self) -> String {
        let time = |time: i64| {
            format!(
                r#"{{"__class_name__": "PosixTimeInNanoseconds", "__type__": "DateTimeValues", "timestamp": {}}}"#,
                i128::from(time) * 1_000 + 561
            )
        };
        let creation = self
            .created
            .map_or_else(String::new, |created| format!(r#""creation_time": {}, "#, time(created)));
        format!(
            r#"{{"__type__": "AttributeContainer", "__container_type__": "event_data", "_event_values_hash": "{:032x}", "#,
            u128::from(self.size) * 0x9E37_79B9_7F4A_7C15_F39C_C060
        ) + &format!(
            r#""_parser_chain": "filestat", "data_type": "fs:stat", "access_time": {}, "change_time": {}, {creation}"#,
            time(self.accessed),
            time(self.changed)
        ) + &format!(
            r#""display_name": {}, "file_entry_type": "{}", "file_size": {}, "file_system_type": "EXT", "#,
            json!(format!("EXT:{}", self.name)),
            if self.is_folder { "directory" } else { "file" },
            self.size
        ) + &format!(
            r#""filename": {}, "group_identifier": 0, "inode": {}, "is_allocated": true, "mode": 420, "#,
            json!(self.name),
            self.inode
        ) + &format!(
            r#""modification_time": {}, "number_of_links": 1, "owner_identifier": 0}}"#,
            time(self.modified)
        )
    }
}
