//! Reads and writes files and folders safely in places where others may write, too.
//!
//! A path may lead to evidence, to a user's notes or to a system file, by mistake or on purpose.
//! This is so for paths that a user gives and for paths that foreman makes. So all files and
//! folders are written by this crate:
//!
//! - [`OutputFile`]: a file that a user asks for. It is written under a name that nobody can guess,
//!   beside the file that it replaces, and then renamed. It replaces only an empty file or an
//!   earlier output of the same kind, which its first bytes tell ([`IsOurs`]). A file that is
//!   written as long as a run takes is locked meanwhile, so that two runs cannot share it.
//!   If a request to stop ends the process, all that are unfinished are removed
//!   ([`discard_begun_files`], [`hold_stop_signals`]).
//! - [`NamedStream`]: an output such as `/dev/stdout` or `-`, which is no file.
//! - [`NewFolder`]: a folder with files that a user asks for. It gets its name when all files are
//!   complete.
//! - [`Folder`]: a folder that foreman makes for itself. It is recognised by its contents and its
//!   owner, and used through its descriptor. Only files that foreman made are removed from it.
//! - [`LockedFolder`]: a [`Folder`] in a temporary directory, which is removed when its process
//!   ends or later by another process.
//! - [`sha256`] and [`copy_with_sha256`]: the digest of a file, and a copy whose digest is known.
//! - [`Sha256Reader`]: a file that is used, and the digest of what was used.
//! - [`open_input`]: a file that a user names as input. Only regular files are read, since opening
//!   a pipe may wait without end, and no databases.
//! - [`ForeignLink`] and [`check_links_to`]: that no link of another user leads to what that user
//!   may not read.
//! - [`open_real_path`], [`open_without_links`] and [`remove_real_path`]: a file whose path was
//!   looked up before, without following links again.
//! - [`Input`] and [`OpenDatabase`]: a file that is read, and a database that this process has
//!   open: reading the one never releases the locks on the other.
//! - [`separated_paths`] and [`files_in`]: the files that an option names.
//! - [`check_folder`] and [`check_parent`]: that no output, and nothing that a run makes, lies in
//!   the folder of another run, or takes the place of something that a plan needs
//!   ([`is_name_in_plan`]).
//! - [`check_removable`]: that what is made in a folder can be removed from it.
//! - [`streams_into_databases`] and [`refuse_streams_into`]: whether standard output or standard
//!   error would write into evidence or into a file of the same command.
//! - [`would_replace`]: whether an output would replace an input.
//! - [`keep_own_permissions`]: that no umask denies a process its own files.
//! - [`limit_readers_to_those_of`] and [`limit_readers_to_those_of_opened`]: that nobody reads what
//!   is written who may not read the storage file that it comes from.
//! - [`derived_name`]: a name made from another one, which is not too long for a file system.
//! - [`sync_folder`]: that the disk keeps which files are in a folder.
//! - [`trusted_folder`]: the real path of a folder in which others cannot exchange what is made.
//! - [`WrittenFile`]: a file of any of these while it is being written. If its disk is full, the
//!   error names the disk ([`FullDisk`]), and if the file may not become larger, the limit
//!   ([`file_size_limit`]).
//! - [`trusted_program`]: the check that no other user can have replaced a program.

mod begun_files;
mod contents;
mod derived_name;
mod directory;
mod folder;
mod folder_error;
mod followed_links;
mod full_disk;
mod identity;
mod input_file;
mod left_folders;
mod locked_folder;
mod locked_output;
mod machine;
mod named_input;
mod named_stream;
mod open_database;
mod output_file;
mod output_folder;
mod own_permissions;
mod own_streams;
mod owner;
mod readers;
mod real_path;
mod same_file;
mod sha256;
mod stop_signals;
mod trust;
mod unfinished;
mod written_file;

pub use begun_files::{discard_begun_files, discard_unless_complete};
pub use contents::is_name_in_plan;
pub use derived_name::derived_name;
pub use directory::sync_folder;
pub use folder::{Folder, Kind, remove_real_path};
pub use folder_error::{AppendOnly, FolderError, check_removable};
pub use followed_links::{ForeignLink, check_links_to};
pub use full_disk::{FullDisk, file_size_limit};
pub use input_file::{open_database, open_input, open_real_path};
pub use left_folders::LeftFolders;
pub use locked_folder::LockedFolder;
pub use named_input::{FilesIn, files_in, separated_paths};
pub use named_stream::NamedStream;
pub use open_database::{Input, OpenDatabase};
pub use output_file::{IsOurs, NewFile, OutputError, OutputFile, check_folder, check_parent};
pub use output_folder::{MarkerStays, NewFolder};
pub use own_permissions::keep_own_permissions;
pub use own_streams::{IntoDatabases, SharedStream, refuse_streams_into, streams_into_databases};
pub use readers::{limit_readers_to_those_of, limit_readers_to_those_of_opened};
pub use real_path::open_without_links;
pub use same_file::would_replace;
pub use sha256::{Sha256Reader, Sha256Writer, copy_with_sha256, sha256, sha256_of};
pub use stop_signals::{hold_stop_signals, ignored_signals, stop_signals};
pub use trust::{Replaceable, TrustError, trusted_folder, trusted_program};
pub use unfinished::unfinished_name;
pub use written_file::WrittenFile;
