//! Files and folders that we write where others may write, too.
//!
//! A path that somebody gives us, or that we make up, may lead to evidence, to a user's notes or to a
//! file of root's, by a slip or on purpose. Every file and folder that we write goes through here:
//!
//! - [`OutputFile`]: a file that a user asks for. It is written under a name that nobody can guess,
//!   beside the file that it replaces, and then renamed. Databases, journals, links, pipes, devices
//!   and files with several names are never replaced.
//! - [`Folder`]: a folder of our own. It is known again by what is in it and by whom it belongs to,
//!   used through its descriptor, and only files of ours are removed from it.
//! - [`LockedFolder`]: a [`Folder`] in a temporary directory that does not outlive its process.
//! - [`trusted_program`]: a program that nobody else can have put in its place.

mod contents;
mod directory;
mod folder;
mod locked_folder;
mod output_file;
mod trust;
mod unfinished;

pub use folder::{Folder, FolderError, Kind};
pub use locked_folder::LockedFolder;
pub use output_file::{NewFile, OutputError, OutputFile};
pub use trust::{TrustError, trusted_program};
pub use unfinished::unfinished_name;
