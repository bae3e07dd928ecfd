//! Storage files of both versions and compressions, made with the format's own tables: what is
//! written can be read, and what is not a storage file is refused with the reason.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod merging;
mod much_work;
mod parts;
mod reading;
mod refusing;
mod shared_pages;
mod support;
mod tags;
mod task_stores;
mod untrusted;
mod writing;
