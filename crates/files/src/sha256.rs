//! SHA-256 digests, as hexadecimal digits.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

/// Takes the SHA-256 of what is written to it.
#[derive(Debug, Default)]
pub struct Sha256Writer(Sha256);

impl Sha256Writer {
    /// Returns the digest.
    #[must_use]
    pub fn digest(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Write for Sha256Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes the SHA-256 of what is read through it, so that the digest is that of the bytes that were
/// used.
#[derive(Debug)]
pub struct Sha256Reader<R> {
    from: R,
    read: Sha256Writer,
}

impl<R: Read> Sha256Reader<R> {
    /// Reads from this.
    pub fn new(from: R) -> Self {
        Self { from, read: Sha256Writer::default() }
    }

    /// Reads the rest, and returns the digest of all.
    ///
    /// # Errors
    ///
    /// If the rest cannot be read.
    pub fn digest(mut self) -> io::Result<String> {
        io::copy(&mut self, &mut io::sink())?;
        Ok(self.read.digest())
    }
}

impl<R: Read> Read for Sha256Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.from.read(buffer)?;
        self.read.0.update(&buffer[..length]);
        Ok(length)
    }
}

/// Returns the SHA-256 of these bytes.
#[must_use]
pub fn sha256_of(bytes: &[u8]) -> String {
    Sha256Writer(Sha256::new_with_prefix(bytes)).digest()
}

/// Returns the SHA-256 of all that the reader gives.
///
/// # Errors
///
/// If it cannot be read.
pub fn sha256(from: impl Read) -> io::Result<String> {
    copy_with_sha256(from, io::sink())
}

/// Copies all that the reader gives, and returns the SHA-256 of what was copied.
///
/// # Errors
///
/// If it cannot be read or written.
pub fn copy_with_sha256(mut from: impl Read, mut to: impl Write) -> io::Result<String> {
    let (mut hashed, mut buffer) = (Sha256Writer::default(), vec![0; 64 << 10]);
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(hashed.digest()),
            Ok(read) => {
                hashed.0.update(&buffer[..read]);
                to.write_all(&buffer[..read])?;
            }
            // A signal came; nothing was read yet.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that a signal interrupts once.
    struct Interrupted(bool);

    impl Read for Interrupted {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if !std::mem::replace(&mut self.0, true) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            io::repeat(b'a').take(0).read(buffer)
        }
    }

    #[test]
    fn a_signal_is_no_error() {
        assert_eq!(sha256(Interrupted(false)).unwrap(), sha256_of(b""));
    }

    #[test]
    fn what_was_read_and_its_digest() {
        let mut reader = Sha256Reader::new(&b"abc"[..]);
        let mut first = [0];
        reader.read_exact(&mut first).unwrap();
        assert_eq!((first, reader.digest().unwrap()), (*b"a", sha256_of(b"abc")));
    }

    #[test]
    fn a_copy_and_its_digest() {
        let mut copy = Vec::new();
        let digest = copy_with_sha256(&b"abc"[..], &mut copy).unwrap();
        assert_eq!(copy, b"abc");
        assert_eq!((&digest, &digest), (&sha256(&b"abc"[..]).unwrap(), &sha256_of(b"abc")));
        assert_eq!(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
