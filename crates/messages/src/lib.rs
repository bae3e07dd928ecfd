//! Events in words: the message of an event, and the host, accounts and file that it is about.
//!
//! [`Formats`] say how the attributes of each data type become a message. The built-in formats are
//! data (`formats.txt`). [`Formats::read_plaso`] reads the formatter files of a Plaso installation
//! instead. An event whose data type has no format gets the message `name: value; name: value`.
//!
//! Messages and parties contain text from the store as it is: whoever shows them must make control
//! characters harmless.
//!
//! ```
//! use std::sync::Arc;
//!
//! use events::{AttributeNames, AttributeReader};
//! use messages::{Attributes, Formats, Parties};
//!
//! let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
//! let data = reader.open(
//!     br#"{"data_type": "bash:history:entry", "command": "id", "username": "alice"}"#,
//! )?;
//! let attributes = Attributes::of_data(&data);
//! assert_eq!(Formats::built_in().message(&attributes), "Command typed in bash: id");
//! assert_eq!(Parties::of(&attributes).user.as_deref(), Some("alice"));
//! # Ok::<(), events::EventDataError>(())
//! ```

mod access_control;
mod account;
mod account_tools;
mod attributes;
mod audit_trail;
mod audit_trail_kinds;
mod built_in;
mod clock_change;
mod codes;
mod details;
mod effect;
mod error;
mod evt_record;
mod format;
mod formats;
mod further_accounts;
mod hint;
mod lines;
mod linux_audit;
mod log_line;
mod log_programs;
mod log_sessions;
mod logon_log;
mod other_users;
mod package_line;
mod pam_session;
mod parties;
mod place;
mod plaso;
mod position;
mod powershell_commands;
mod process_number;
mod recent_lists;
mod registry_lists;
mod renamed;
mod sddl;
mod shell_names;
mod show;
mod sql_server;
mod ssh_line;
mod stored_accounts;
mod teamviewer;
mod time_notes;
mod time_words;
mod times;
mod transfer_log;
mod unrecorded;
mod user_assist;
mod user_like_computer;
mod well_known;
mod windows_facts;
mod windows_record;

pub use account::{FurtherAccount, Role, name_of_unix_user};
pub use attributes::Attributes;
pub use details::{REGISTRY_KEY, details};
pub use effect::{EFFECT, effect};
pub use error::FormatterError;
pub use formats::Formats;
pub use further_accounts::{all_accounts, further_accounts};
pub use hint::Hint;
pub use log_sessions::session_notes;
pub use pam_session::SessionNotes;
pub use parties::Parties;
pub use place::place;
pub use plaso::longest_message;
pub use position::position_of;
pub use process_number::process_number;
pub use show::capitalized;
pub use time_words::time_in_words;
pub use times::{LOCAL, NO_YEAR, OF_FOLDER, notes_on_time};
pub use unrecorded::{why_no_host, why_no_user};
pub use user_like_computer::{UserLikeComputer, account_of_computer, user_like_computer};
pub use well_known::{built_in_account, is_of_one};
pub use windows_record::{named_accounts, record_of};
