//! The time axis of the charts, and its labels.

use crate::Time;
use crate::findings::{SessionFacts, Timeline};
use crate::html::parts::moment_to;
use crate::html::writer::Html;
use crate::words::rough_span;

/// The width of a gap as a part of all bins.
const GAP_WIDTH: f64 = 0.04;
/// The smallest distance between two labels of the axis, as a part of its width.
const LEAST_DISTANCE: f64 = 0.14;

/// A time axis. Each of its bins is one unit wide, and each gap is as wide as some bins.
pub(super) struct Scale<'t> {
    pub(super) timeline: &'t Timeline,
    edges: Vec<Time>,
    /// Where each edge is drawn.
    places: Vec<f64>,
}

impl<'t> Scale<'t> {
    pub(super) fn new(timeline: &'t Timeline) -> Self {
        let edges: Vec<Time> = timeline.starts.iter().copied().chain([timeline.end]).collect();
        let (mut place, mut places) = (0.0, vec![0.0]);
        #[expect(clippy::cast_precision_loss, reason = "a place in a drawing")]
        let gap = (edges.len() as f64 * GAP_WIDTH).max(1.0);
        for bin in 0..timeline.starts.len() {
            place += if timeline.gaps.contains(&bin) { gap } else { 1.0 };
            places.push(place);
        }
        Self { timeline, edges, places }
    }

    /// Returns the number of bins, without gaps.
    pub(super) fn bins(&self) -> usize {
        self.timeline.starts.len() - self.timeline.gaps.len()
    }

    pub(super) fn start(&self) -> Time {
        self.edges[0]
    }

    pub(super) fn width(&self) -> f64 {
        self.places.last().copied().unwrap_or_default()
    }

    /// Returns where a bin begins and how wide it is.
    pub(super) fn bin(&self, bin: usize) -> (f64, f64) {
        (self.places[bin], self.places[bin + 1] - self.places[bin])
    }

    /// Returns the position of a time. A time before or after the axis is at its start or end.
    #[expect(clippy::cast_precision_loss, reason = "a place in a drawing")]
    pub(super) fn at(&self, time: Time) -> f64 {
        match self.edges.partition_point(|edge| *edge <= time) {
            0 => 0.0,
            past if past == self.edges.len() => self.width(),
            past => {
                let (start, end) = (self.edges[past - 1], self.edges[past]);
                let part = time.abs_diff(start) as f64 / end.abs_diff(start).max(1) as f64;
                let (place, width) = self.bin(past - 1);
                place + part * width
            }
        }
    }

    pub(super) fn is_on(&self, session: &SessionFacts) -> bool {
        let span = session.first.zip(session.last);
        span.is_some_and(|(first, last)| last >= self.edges[0] && first < self.timeline.end)
    }

    /// Returns what is cut out, in words.
    pub(super) fn gaps_in_words(&self) -> Option<String> {
        let gaps: Vec<_> = self
            .timeline
            .gaps
            .iter()
            .map(|gap| {
                let (from, to) = (self.edges[*gap], self.edges[gap + 1]);
                let days = to.abs_diff(from) > 2 * 86_400_000_000;
                let (length, from, to) =
                    (rough_span(to.abs_diff(from)), moment_to(from, days), moment_to(to, days));
                format!("{length} ({from} to {to})")
            })
            .collect();
        (!gaps.is_empty())
            .then(|| format!("The axis is broken where nothing happened for {}.", gaps.join(", ")))
    }

    /// Draws the stretches that are cut out.
    pub(super) fn gaps(&self, html: &mut Html, height: f64) {
        for gap in &self.timeline.gaps {
            let (x, width) = self.bin(*gap);
            let (x, width) = (format!("{x:.2}"), format!("{width:.2}"));
            let attributes: [(&'static str, &dyn std::fmt::Display); 5] =
                [("class", &"gap"), ("x", &x), ("y", &0), ("width", &width), ("height", &height)];
            html.element("rect", &attributes, |_| {});
        }
    }

    /// Writes the labels of the axis: where it begins and ends, where it goes on after a gap, and
    /// some between. A gap has its length.
    pub(super) fn ticks(&self, html: &mut Html) {
        let day = 86_400_000_000;
        let days = self.timeline.starts.len() > 1 && self.bin_length() >= day;
        let mut ticks = vec![(0.0, self.edges[0], "first")];
        let quarters = (1..4).map(|quarter| self.timeline.starts.len() * quarter / 4);
        let after_gaps = self.timeline.gaps.iter().map(|gap| gap + 1);
        for bin in after_gaps.chain(quarters).filter(|bin| !self.timeline.gaps.contains(bin)) {
            let place = self.places[bin] / self.width();
            let is_far = |known: f64| (place - known).abs() >= LEAST_DISTANCE;
            if is_far(1.0) && ticks.iter().all(|(known, _, _)| is_far(*known)) {
                ticks.push((place, self.edges[bin], "inner"));
            }
        }
        ticks.push((1.0, self.timeline.end, "last"));
        html.element("svg", &[("class", &"ticks"), ("aria-hidden", &"true")], |html| {
            for (place, time, class) in ticks {
                let x = format!("{:.2}%", place * 100.0);
                let attributes: [(&'static str, &dyn std::fmt::Display); 3] =
                    [("class", &class), ("x", &x), ("y", &14)];
                html.text_element("text", &attributes, &moment_to(time, days));
            }
            for gap in &self.timeline.gaps {
                let (place, width) = self.bin(*gap);
                let x = format!("{:.2}%", (place + width / 2.0) / self.width() * 100.0);
                let length = rough_span(self.edges[gap + 1].abs_diff(self.edges[*gap]));
                html.text_element("text", &[("class", &"cut"), ("x", &x), ("y", &30)], &length);
            }
        });
    }

    /// Returns the length of the first bin that was not cut out.
    fn bin_length(&self) -> u64 {
        let bin = (0..self.timeline.starts.len()).find(|bin| !self.timeline.gaps.contains(bin)).unwrap_or(0);
        self.edges[bin + 1].abs_diff(self.edges[bin])
    }
}
