//! A queue of messages between threads that must not wait and the thread that writes.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The number of bytes that may wait. Further messages are lost and counted.
const LIMIT: usize = 256 << 10;
/// If at least so many bytes wait, the reader is behind.
const BEHIND: usize = 16 << 10;
/// The number of bytes that are written at once. A pipe takes this number in one piece. Small
/// pieces make it possible to tell a slow reader from one that does not read at all.
const PIECE: usize = 4096;

/// Messages that wait to be written.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Vec<u8>>,
    /// The number of bytes that wait, including the message that is being written.
    bytes: usize,
    /// The number of lost messages that were not reported yet.
    lost: u64,
    /// The number of pieces that were written.
    pieces: u64,
    /// The number of pieces that were written when a wait for the reader was given up.
    given_up: Option<u64>,
}

impl Queue {
    /// Adds a message, if there is room.
    pub(crate) fn add(&self, message: &[u8]) {
        let mut state = self.state();
        if state.bytes >= LIMIT {
            state.lost += 1;
            return;
        }
        state.say_what_was_lost();
        state.push(message.to_vec());
        self.changed.notify_all();
    }

    /// Returns whether messages wait because they are not read.
    pub(crate) fn is_behind(&self) -> bool {
        self.state().bytes >= BEHIND
    }

    /// Waits until everything is written, but at most `patience` for a reader that reads nothing.
    /// Returns whether everything is written.
    pub(crate) fn flush(&self, patience: Duration) -> bool {
        let mut state = self.state();
        let mut seen = state.pieces;
        let mut deadline = Instant::now() + patience;
        // Lost messages are reported only after the rest is written.
        while state.bytes > 0 || state.lost > 0 {
            if state.pieces != seen {
                (seen, deadline) = (state.pieces, Instant::now() + patience);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            // If an earlier wait was given up and nothing was read since, there is no second wait.
            if left.is_zero() || state.given_up == Some(state.pieces) {
                state.given_up = Some(state.pieces);
                return false;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Takes messages for ever, and writes each in pieces.
    pub(crate) fn write_with(&self, mut write: impl FnMut(&[u8]) -> bool) {
        loop {
            let message = self.next();
            let mut is_written = true;
            for piece in message.chunks(PIECE) {
                // A message that cannot be written is dropped. The disk may have room again for the
                // next one.
                is_written = is_written && write(piece);
                self.state().pieces += 1;
                self.changed.notify_all();
            }
            self.state().bytes -= message.len();
            self.changed.notify_all();
        }
    }

    fn next(&self) -> Vec<u8> {
        let mut state = self.state();
        loop {
            if state.waiting.is_empty() {
                state.say_what_was_lost();
            }
            if let Some(message) = state.waiting.pop_front() {
                return message;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, message: Vec<u8>) {
        self.bytes += message.len();
        self.waiting.push_back(message);
    }

    fn say_what_was_lost(&mut self) {
        let lost = std::mem::take(&mut self.lost);
        if lost > 0 {
            let messages = if lost == 1 { "message was" } else { "messages were" };
            self.push(format!("{lost} {messages} lost because nobody read them\n").into_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};
    use std::thread;

    use super::*;

    /// Returns a queue whose reader takes one piece for each value that is sent to it.
    fn read_on_demand() -> (Arc<Queue>, mpsc::Sender<()>, mpsc::Receiver<Vec<u8>>) {
        let queue = Arc::new(Queue::default());
        let (go_on, demand) = mpsc::channel();
        let (sender, read) = mpsc::channel();
        let of_writer = Arc::clone(&queue);
        thread::spawn(move || {
            of_writer.write_with(|piece| demand.recv().is_ok() && sender.send(piece.to_vec()).is_ok());
        });
        (queue, go_on, read)
    }

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn what_is_read_is_whole_and_in_order() {
        let (queue, go_on, read) = read_on_demand();
        queue.add(b"one\n");
        queue.add(b"two\n");
        for _ in 0..2 {
            go_on.send(()).unwrap();
        }
        assert!(queue.flush(LONG));
        assert_eq!(read.try_iter().collect::<Vec<_>>().concat(), b"one\ntwo\n");
    }

    #[test]
    fn what_nobody_reads_is_counted() {
        let (queue, go_on, read) = read_on_demand();
        let message = [b'x'; PIECE];
        let room = LIMIT / PIECE;
        for _ in 0..room + 3 {
            queue.add(&message);
        }
        assert!(queue.is_behind() && !queue.flush(SHORT));
        // Nothing was read since, so there is no second wait.
        assert!(!queue.flush(LONG));
        for _ in 0..room + 1 {
            go_on.send(()).unwrap();
        }
        // After something was read, there is a wait for the reader again.
        let read: Vec<_> = (0..=room).map(|_| read.recv_timeout(LONG).unwrap()).collect();
        assert!(queue.flush(LONG));
        assert_eq!(read[room], b"3 messages were lost because nobody read them\n");
    }

    #[test]
    fn a_slow_reader_is_waited_for() {
        let (queue, go_on, _read) = read_on_demand();
        queue.add(&[b'x'; 20 * PIECE]);
        thread::spawn(move || {
            for _ in 0..20 {
                thread::sleep(SHORT);
                let _ = go_on.send(());
            }
            thread::sleep(LONG);
        });
        assert!(queue.flush(50 * SHORT));
    }

    #[test]
    fn what_cannot_be_written_is_dropped() {
        let (queue, go_on, read) = read_on_demand();
        drop(go_on);
        queue.add(&[b'x'; 3 * PIECE]);
        assert!(queue.flush(LONG));
        assert_eq!(read.try_iter().count(), 0);
    }
}
