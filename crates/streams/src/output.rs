//! Writing to a stream of the user's, and results on standard output.

use std::io;
use std::os::fd::AsFd;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::messages::flush;

/// How often to ask whether a result is still wanted.
const TICK: Duration = Duration::from_millis(20);

/// Prints a result, all of it, however slowly it is read. What was said before on standard error comes before it.
///
/// # Errors
///
/// If standard output cannot be written.
pub fn print(text: &str) -> io::Result<()> {
    flush();
    Ok(write_all(io::stdout(), text.as_bytes())?)
}

/// The same for a program that waits for signals itself: gives up as soon as `stopped` says so.
///
/// # Errors
///
/// If standard output cannot be written, or with [`io::ErrorKind::Interrupted`] if it gave up.
pub fn print_unless(text: &str, stopped: impl Fn() -> bool) -> io::Result<()> {
    flush();
    let (sender, receiver) = mpsc::sync_channel(1);
    let bytes: Box<[u8]> = text.as_bytes().into();
    // A thread that waits for a reader ends with the process.
    let writer = thread::Builder::new().spawn(move || sender.send(write_all(io::stdout(), &bytes)));
    if writer.is_err() {
        return Ok(write_all(io::stdout(), text.as_bytes())?);
    }
    loop {
        match receiver.recv_timeout(TICK) {
            Ok(written) => return Ok(written?),
            Err(RecvTimeoutError::Timeout) if stopped() => return Err(io::ErrorKind::Interrupted.into()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(io::ErrorKind::Other.into()),
        }
    }
}

/// Writes everything, also to a stream that another program has made non-blocking.
pub(crate) fn write_all(out: impl AsFd, mut bytes: &[u8]) -> nix::Result<()> {
    while !bytes.is_empty() {
        match nix::unistd::write(&out, bytes) {
            // No stream takes nothing for ever.
            Ok(0) => return Err(Errno::EIO),
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => {
                let mut streams = [PollFd::new(out.as_fd(), PollFlags::POLLOUT)];
                match poll(&mut streams, PollTimeout::NONE) {
                    Ok(_) | Err(Errno::EINTR) => {}
                    Err(error) => return Err(error),
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
