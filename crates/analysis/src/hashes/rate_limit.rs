//! A limit on the number of requests in a span of time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Records requests and computes when the next one is allowed.
#[derive(Debug)]
pub(crate) struct RateLimit {
    requests: usize,
    span: Duration,
    /// The times of the last requests, at most `requests` of them.
    recent: VecDeque<Instant>,
}

impl RateLimit {
    /// Allows this number of requests in any span of this length.
    pub(crate) fn new(requests: usize, span: Duration) -> Self {
        Self { requests, span, recent: VecDeque::new() }
    }

    /// Returns how long to wait before the next request.
    pub(crate) fn pause(&self, now: Instant) -> Duration {
        match self.recent.front() {
            Some(&first) if self.recent.len() >= self.requests => {
                self.span.saturating_sub(now.duration_since(first))
            }
            _ => Duration::ZERO,
        }
    }

    /// Records that a request is made now.
    pub(crate) fn note(&mut self, now: Instant) {
        if self.recent.len() >= self.requests {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_a_minute() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut limit = RateLimit::new(4, Duration::from_secs(60));
        for (now, pause) in [
            (0, 0),
            (10, 0),
            (10, 0),
            (30, 0),
            (30, 30),
            (60, 0),
            (61, 9),
            (70, 0),
            (70, 0),
            (71, 19),
            (500, 0),
        ] {
            assert_eq!(limit.pause(at(now)), Duration::from_secs(pause), "at {now} s");
            if pause == 0 {
                limit.note(at(now));
            }
        }
    }
}
