//! The programs as they are built, driven as a person would.

mod goldens;
