//! Finds out what a program needs from the system that it runs on.

use std::fmt;

use anyhow::{Context as _, Result, bail};
use object::Endianness;
use object::elf::{FileHeader64, PT_INTERP};
use object::read::elf::{FileHeader as _, ProgramHeader as _};

/// How a program is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linkage {
    /// Statically: it needs only a kernel.
    Static,
    /// Dynamically: it needs this version of glibc, or a later one.
    Glibc(u32, u32),
}

impl Linkage {
    pub(crate) fn of(program: &[u8]) -> Result<Self> {
        let file = FileHeader64::<Endianness>::parse(program).context("this is not a 64-bit ELF program")?;
        let endian = file.endian().context("this is not an ELF program")?;
        let headers =
            file.program_headers(endian, program).context("the program's headers cannot be read")?;
        if !headers.iter().any(|header| header.p_type(endian) == PT_INTERP) {
            return Ok(Self::Static);
        }
        let sections = file.sections(endian, program).context("the program's sections cannot be read")?;
        let mut newest = None;
        if let Some((mut needed, strings)) = sections.gnu_verneed(endian, program)? {
            let strings = sections.strings(endian, program, strings)?;
            while let Some((_, mut versions)) = needed.next()? {
                while let Some(version) = versions.next()? {
                    newest = newest.max(glibc(version.name(endian, strings)?));
                }
            }
        }
        match newest {
            Some((major, minor)) => Ok(Self::Glibc(major, minor)),
            None => bail!("the program is dynamic, but does not say which glibc it needs"),
        }
    }
}

/// Returns the version in a name such as `GLIBC_2.34`.
fn glibc(name: &[u8]) -> Option<(u32, u32)> {
    let version = std::str::from_utf8(name).ok()?.strip_prefix("GLIBC_")?;
    let mut parts = version.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

impl fmt::Display for Linkage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Static => write!(f, "static: they run on any Linux"),
            Self::Glibc(major, minor) => write!(f, "dynamic: they need glibc {major}.{minor} or later"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for (name, version) in [
            ("GLIBC_2.34", Some((2, 34))),
            ("GLIBC_2.2.5", Some((2, 2))),
            ("GLIBC_PRIVATE", None),
            ("GCC_3.0", None),
        ] {
            assert_eq!(glibc(name.as_bytes()), version, "{name}");
        }
        assert!(glibc(b"GLIBC_2.9") < glibc(b"GLIBC_2.10"));
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu", not(target_feature = "crt-static")))]
    fn this_test_is_dynamic() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let linkage = Linkage::of(&own).unwrap();
        assert!(matches!(linkage, Linkage::Glibc(2, minor) if minor >= 17), "{linkage:?}");
        assert!(Linkage::of(b"#!/bin/sh").is_err());
    }
}
