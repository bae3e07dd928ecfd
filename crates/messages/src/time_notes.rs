//! What the time of an entry is the time of, where the words of Plaso for it do not say it.

/// The beginning of a data type, what Plaso calls a time of it, and what this time is.
type Note = (&'static str, &'static str, &'static str);

const NOTES: [Note; 44] = [
    ("android:", "Start Time", BEGAN),
    ("chrome:history:file_downloaded", "End Time", DOWNLOADED),
    ("chrome:history:file_downloaded", "Start Time", DOWNLOAD_BEGAN),
    ("firefox:downloads", "End Time", DOWNLOADED),
    ("firefox:downloads", "Start Time", DOWNLOAD_BEGAN),
    (
        "ipod:device",
        "Last Connection Time",
        "the Last Connection Time is when the device was last connected to this computer; the times of earlier connections are not recorded",
    ),
    (
        "linux:apt_history_log",
        "Start Time",
        "the Start Time is when the package manager began with this command",
    ),
    ("java:download", "Downloaded Time", "the Downloaded Time is when Java fetched the file"),
    (
        "macos:airport",
        "Last Connection Time",
        "the Last Connection Time is when the computer last joined this network; earlier times are not recorded",
    ),
    ("macos:application_usage", "Last Used Time", LAST_USED),
    ("macos:background_items", "Target Creation Time", OF_TARGET),
    (
        "macos:bluetooth",
        "Last Inquiry Update Time",
        "the Last Inquiry Update Time is when the computer last heard of the device, which was then in reach",
    ),
    (
        "macos:bluetooth",
        "Last Name Update Time",
        "the Last Name Update Time is when the computer last learned the name of the device, which was then in reach",
    ),
    (
        "macos:bluetooth",
        "Last Services Update Time",
        "the Last Services Update Time is when the computer last learned what the device offers, which was then in reach",
    ),
    (
        "macos:document_versions",
        "Last Seen Time",
        "the Last Seen Time is when the system last recorded this document",
    ),
    (
        "macos:knowledgec",
        "Added Time",
        "the Added Time is when the entry came into the database, shortly after what it describes",
    ),
    ("macos:login_items", "Target Creation Time", OF_TARGET),
    ("powershell:transcript_log", "Start Time", "the Start Time is when the transcript of the session began"),
    (
        "santa:diskmount",
        "First Connection Time",
        "the First Connection Time is when the disk appeared, as its line in the log says",
    ),
    ("spotlight_searched_terms", "Last Used Time", LAST_USED),
    ("teamviewer:connections", "End Time", "the End Time is when the connection ended"),
    ("teamviewer:connections", "Start Time", "the Start Time is when the connection began"),
    (
        "windows:prefetch",
        "Last Time Executed",
        "the Last Time Executed is the last run that the prefetch file records",
    ),
    (
        "windows:registry:bam",
        "Last Time Executed",
        "the Last Time Executed is the last run that the service BAM of Windows recorded",
    ),
    (
        "windows:registry:sam_users",
        "Last Login Time",
        "the Last Login Time is the last logon of this account on this computer; earlier ones are not recorded here",
    ),
    (
        "windows:registry:userassist",
        "Last Time Executed",
        "the Last Time Executed is when the Explorer last counted a start or an opening of it; the times of earlier ones are not \
         recorded",
    ),
    (
        "windows:tasks:job",
        "Last Time Executed",
        "the Last Time Executed is the last run that the file of the task records",
    ),
    (
        "windows:timeline",
        "Start Time",
        "the Start Time is when this use of the app began: it was opened, or came to the foreground; the program may have run before",
    ),
    (
        "windows:user_access_logging",
        "Last Access Time",
        "the Last Access Time is the last access that the entry counts",
    ),
    ("linux:apt_history_log", "End Time", "the End Time is when the package manager ended this command"),
    (
        "macos:apple_account",
        "Creation Time",
        "the Creation Time is when the entry of the Apple account was made on this computer",
    ),
    (
        "macos:document_versions",
        "Creation Time",
        "the Creation Time is when this version of the document was saved",
    ),
    ("macos:keychain", "Creation Time", "the Creation Time is when the entry came into the keychain"),
    (
        "macos:keychain",
        "Content Modification Time",
        "the Content Modification Time is when the entry of the keychain was last changed; when somebody read it is not recorded",
    ),
    (
        "macos:lsquarantine",
        "Downloaded Time",
        "the Downloaded Time is when the program recorded the download, usually as it began",
    ),
    (
        "macos:software_updata",
        "Full Update Time",
        "the Full Update Time is the last full search for updates that succeeded; when an update was installed is not recorded",
    ),
    (
        "macos:software_updata",
        "Update Time",
        "the Update Time is the last search for updates that succeeded; when an update was installed is not recorded",
    ),
    (
        "macos:time_machine",
        "Backup Snapshot Creation Time",
        "each Backup Snapshot Creation Time is when Time Machine made a backup",
    ),
    (
        "macos:user",
        "Last Login Attempt Time",
        "the Last Login Attempt Time is the last try to log on with this account that failed",
    ),
    (
        "macos:user",
        "Last Password Set Time",
        "the Last Password Set Time is when the password of this account was last set",
    ),
    (
        "windows:registry:sam_users",
        "Last Password Set Time",
        "the Last Password Set Time is when the password of this account was last set",
    ),
    ("windows:setupapi", "End Time", "the End Time is when the installation ended"),
    (
        "windows:user_access_logging",
        "First Access Time",
        "the First Access Time is the first access that the entry counts",
    ),
    ("zeitgeist", "Recorded Time", "the Recorded Time is when the use of the file was recorded"),
];

const BEGAN: &str = "the Start Time is when what the entry describes began";
const DOWNLOAD_BEGAN: &str = "the Start Time is when the download began";
const DOWNLOADED: &str = "the End Time is when the download ended";
const LAST_USED: &str =
    "the Last Used Time is the last use that the entry counts; the times of earlier ones are not recorded";
const OF_TARGET: &str =
    "the Target Creation Time is when the program's file or folder was created, not when it was set to start";

/// Returns what a time of an event of this data type is.
pub(crate) fn note_on_time(data_type: &str, description: &str) -> Option<&'static str> {
    let note = NOTES.iter().find(|(start, name, _)| data_type.starts_with(start) && *name == description)?;
    Some(note.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data types of Plaso 20260720, each with its attributes.
    const PLASO: &str = include_str!("../../../tests/data/plaso-data-types.txt");

    #[test]
    fn each_is_of_data_types_that_plaso_has_and_stands_once() {
        for (at, (start, name, words)) in NOTES.iter().enumerate() {
            assert!(PLASO.lines().any(|line| line.starts_with(start)), "{start}");
            assert!(!NOTES[..at].iter().any(|note| (note.0, note.1) == (start, name)), "{start} {name}");
            assert!(words.contains(name) || words.starts_with("this is"), "{words}");
        }
    }

    #[test]
    fn a_time_says_what_it_is_the_time_of() {
        let note = note_on_time("windows:registry:userassist", "Last Time Executed").unwrap();
        assert!(note.contains("when the Explorer last counted a start"), "{note}");
        assert_eq!(note_on_time("windows:registry:userassist", "Creation Time"), None);
        assert_eq!(note_on_time("x", "Last Time Executed"), None);
    }
}
