//! Charts as inline SVG. A chart stretches to the width of the page, so its words are next to it,
//! not inside. Each chart has a title and a description, and a table nearby has its numbers.

use crate::Table;
use crate::findings::{SessionFacts, SeverityFacts};
use crate::html::parts::{moment, severity, severity_class, severity_word};
use crate::html::scale::Scale;
use crate::html::writer::Html;
use crate::timeline::Bins;
use crate::words::{counted, number};

/// The height of a chart in its own units.
const HEIGHT: f64 = 100.0;
/// The minimum height of a bar, so that a bar of few events is still visible.
const LEAST_HEIGHT: f64 = 2.0;
/// The minimum width of a session's bar, as a part of the axis.
const LEAST_WIDTH: f64 = 0.004;
/// The maximum number of sessions that are drawn.
const MAXIMUM_DRAWN: usize = 500;

/// Draws the events of each bin as bars, with titles and the labels of the axis.
pub(super) fn histogram(html: &mut Html, scale: &Scale<'_>, events: &Bins, title: &str) {
    let tallest = events.counts.iter().copied().max().unwrap_or_default();
    html.element("div", &[("class", &"chart")], |html| {
        let top = format!("{} in the tallest bar", counted(tallest, "event"));
        html.text_element("div", &[("class", &"top"), ("aria-hidden", &"true")], &top);
        let description = format!(
            "{} from {} to {}, in {} of {}. {top}.",
            counted(events.counts.iter().sum(), "event"),
            moment(scale.start()),
            moment(scale.timeline.end),
            counted(scale.bins() as u64, "bar"),
            scale.timeline.bin,
        );
        svg(html, "bars", scale, title, &description, |html| bars(html, scale, events, true));
        scale.ticks(html);
    });
}

/// Draws the events of a severity, with their numbers above.
pub(super) fn lane(html: &mut Html, scale: &Scale<'_>, facts: &SeverityFacts) {
    let Some(bins) = &facts.histogram else { return };
    html.element("div", &[("class", &"lane")], |html| {
        html.element("p", &[], |html| {
            severity(html, facts.severity);
            let mut events =
                format!("{}, {}", counted(facts.events, "event"), counted(facts.labels, "label"));
            let not_drawn = facts.events.saturating_sub(bins.counts.iter().sum());
            if not_drawn > 0 {
                events += &format!("; {} not drawn", number(not_drawn));
            }
            html.text_element("span", &[("class", &"muted")], &events);
        });
        let class = format!("spark {}", severity_class(facts.severity));
        let title = format!("Events of severity {} over time", severity_word(facts.severity));
        svg(html, &class, scale, &title, &busy(scale, bins), |html| bars(html, scale, bins, true));
    });
}

/// Says in how many bars there are events.
fn busy(scale: &Scale<'_>, events: &Bins) -> String {
    let busy = events.counts.iter().filter(|count| **count > 0).count() as u64;
    format!("Events in {} of {}", number(busy), counted(scale.bins() as u64, "bar"))
}

/// Draws the events of each bin as bars without titles, for a table.
pub(super) fn spark(html: &mut Html, scale: &Scale<'_>, events: &Bins, title: &str) {
    svg(html, "spark", scale, title, &busy(scale, events), |html| bars(html, scale, events, false));
}

/// Draws the sessions as bars on one line, with a caption.
pub(super) fn sessions(html: &mut Html, scale: &Scale<'_>, sessions: &Table<SessionFacts>) {
    let drawn = crate::outline::largest_sessions(sessions, MAXIMUM_DRAWN).rows;
    let largest = drawn.iter().map(|session| session.events).max().unwrap_or_default();
    let on_chart = drawn.iter().filter(|session| scale.is_on(session)).count() as u64;
    html.element("div", &[("class", &"chart")], |html| {
        let description = format!(
            "{} of {} as bars from start to end, higher for more events",
            number(on_chart),
            counted(sessions.total_rows(), "session")
        );
        svg(html, "sessions", scale, "Sessions of activity", &description, |html| {
            for session in drawn.iter().filter(|session| scale.is_on(session)) {
                #[expect(clippy::cast_precision_loss, reason = "a place in a drawing")]
                let height = HEIGHT * (session.events as f64 / largest.max(1) as f64).sqrt();
                session_bar(html, scale, session, height.max(4.0 * LEAST_HEIGHT));
            }
        });
        scale.ticks(html);
    });
    let not_drawn = sessions.total_rows() - drawn.len() as u64;
    let beside = drawn.len() as u64 - on_chart;
    let mut words =
        String::from("Each bar is a session; its height grows with the square root of its number of events.");
    if not_drawn > 0 {
        words += &format!(
            " The {} with the most events are drawn; {} more are not.",
            number(drawn.len() as u64),
            number(not_drawn)
        );
    }
    if beside > 0 {
        words += &format!(" Outside the chart: {} of these.", number(beside));
    }
    html.text_element("p", &[("class", &"caption")], &words);
}

/// Draws a session as a bar in a table.
pub(super) fn session(html: &mut Html, scale: &Scale<'_>, session: &SessionFacts) {
    if scale.is_on(session) {
        let title = format!("Time of {}", session.label);
        svg(html, "spark", scale, &title, &words(session), |html| session_bar(html, scale, session, HEIGHT));
    } else {
        html.text_element("span", &[("class", &"muted")], "outside the chart");
    }
}

fn svg(
    html: &mut Html,
    class: &str,
    scale: &Scale<'_>,
    title: &str,
    description: &str,
    content: impl FnOnce(&mut Html),
) {
    let view = format!("0 0 {:.2} {HEIGHT}", scale.width());
    let attributes: [(&'static str, &dyn std::fmt::Display); 4] =
        [("class", &class), ("viewBox", &view), ("preserveAspectRatio", &"none"), ("role", &"img")];
    html.element("svg", &attributes, |html| {
        html.text_element("title", &[], title);
        html.text_element("desc", &[], description);
        scale.gaps(html, HEIGHT);
        content(html);
    });
}

fn bars(html: &mut Html, scale: &Scale<'_>, events: &Bins, titles: bool) {
    let tallest = events.counts.iter().copied().max().unwrap_or_default().max(1);
    for (position, count) in events.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        #[expect(clippy::cast_precision_loss, reason = "a place in a drawing")]
        let height = (HEIGHT * *count as f64 / tallest as f64).max(LEAST_HEIGHT);
        let (y, height) = (format!("{:.2}", HEIGHT - height), format!("{height:.2}"));
        let (x, width) = scale.bin(position);
        let (x, width) = (format!("{:.2}", x + 0.08), format!("{:.2}", width - 0.16));
        html.element("rect", &[("x", &x), ("y", &y), ("width", &width), ("height", &height)], |html| {
            if titles {
                let start = moment(scale.timeline.starts[position]);
                html.text_element("title", &[], &format!("{start}: {}", counted(*count, "event")));
            }
        });
    }
}

fn session_bar(html: &mut Html, scale: &Scale<'_>, session: &SessionFacts, height: f64) {
    let (Some(first), Some(last)) = (session.first, session.last) else { return };
    let least = LEAST_WIDTH * scale.width();
    let start = scale.at(first).min(scale.width() - least);
    let width = (scale.at(last) - start).max(least);
    let (x, width) = (format!("{start:.4}"), format!("{width:.4}"));
    let (y, height) = (format!("{:.2}", HEIGHT - height), format!("{height:.2}"));
    html.element("rect", &[("x", &x), ("y", &y), ("width", &width), ("height", &height)], |html| {
        html.text_element("title", &[], &words(session));
    });
}

fn words(session: &SessionFacts) -> String {
    let (first, last) = (session.first.map(moment), session.last.map(moment));
    format!(
        "{}: {} from {} to {}",
        session.label,
        counted(session.events, "event"),
        first.unwrap_or_default(),
        last.unwrap_or_default()
    )
}
