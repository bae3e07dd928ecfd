//! The reports as HTML pages. A page is one file that needs no other file, no network and no
//! script.

mod alike_hosts;
mod case;
mod chart;
mod clock;
mod cover;
mod event;
mod event_rules;
mod file_names;
mod findings;
mod how_to_read;
mod label;
mod legend;
mod linked;
mod log_order;
mod marks;
mod parties;
mod parts;
mod report;
mod runs;
mod scale;
mod sections;
mod short_names;
mod story;
mod values;
mod who;
mod writer;

pub(crate) use case::case;
pub use cover::Cover;
pub(crate) use label::label;
pub(crate) use report::report;

use crate::time_zone::chosen;
use writer::Html;

/// The page may use this style sheet and nothing else. If some text ever gets past the escaping, it
/// still cannot load, send or run anything.
const POLICY: &str = "default-src 'none'; style-src 'sha256-Y9TvvFJMLrGWyBkw6f1mVT3auv3a9Pp0WTnvtoISS1s='; \
                      base-uri 'none'; form-action 'none'";
const STYLE: &str = include_str!("style.css");

/// Writes a page with this title.
fn page(title: &str, content: impl FnOnce(&mut Html)) -> String {
    let mut html = Html::default();
    html.fixed("<!DOCTYPE html>\n");
    html.element("html", &[("lang", &"en")], |html| {
        html.element("head", &[], |html| {
            html.empty("meta", &[("charset", &"utf-8")]);
            html.empty("meta", &[("http-equiv", &"Content-Security-Policy"), ("content", &POLICY)]);
            html.empty("meta", &[("name", &"viewport"), ("content", &"width=device-width, initial-scale=1")]);
            html.empty("meta", &[("name", &"color-scheme"), ("content", &"light dark")]);
            html.empty("meta", &[("name", &"referrer"), ("content", &"no-referrer")]);
            html.text_element("title", &[], title);
            html.element("style", &[], |html| html.fixed(STYLE));
        });
        html.newline();
        html.element("body", &[], |html| {
            content(html);
            html.newline();
            html.element("footer", &[], |html| {
                let zone = chosen().unwrap_or_else(|| "UTC".into());
                html.text(&format!(
                    "Made by foreman {}. Times are shown in {zone}.",
                    env!("CARGO_PKG_VERSION")
                ));
            });
        });
    });
    html.newline();
    html.finish()
}

/// Returns the last part of a path.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// Encodes bytes as base64, for a length that is one less than a multiple of three.
    fn base64(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for group in bytes.chunks(3) {
            let bits = group
                .iter()
                .chain([0; 2].iter())
                .take(3)
                .fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
            for digit in 0..4 {
                let is_padding = digit > group.len();
                out.push(if is_padding { '=' } else { char::from(DIGITS[bits >> (18 - 6 * digit) & 63]) });
            }
        }
        out
    }

    #[test]
    fn the_policy_allows_the_style_sheet_alone() {
        let hash = base64(&Sha256::digest(STYLE));
        assert!(
            POLICY.contains(&format!("style-src 'sha256-{hash}';")),
            "style.css has changed: write {hash} into POLICY"
        );
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains("</"));
    }

    #[test]
    fn the_page_has_all_it_needs() {
        let text = page("<x>", |html| html.text("&"));
        assert!(text.starts_with("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"));
        assert!(text.contains("<title>&lt;x&gt;</title>") && !text.contains("<script"));
    }
}
