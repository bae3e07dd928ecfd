//! A report on several storage files as web pages: one for each, and one for all.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use events::Shown as _;
use files::{NewFolder, OutputFile};
use report::Case;

use super::new_file::{NewReport, Output, cannot_write, written};
use super::part::{Page, Reading};
use crate::commands::several::Chosen;
use crate::exit::{Failure, Status};
use crate::output::{complete, warnings};
use crate::supervise::stop::StopRequests;
use crate::supervise::unfinished::Unfinished;

/// The maximum number of characters of a storage file's name in the name of its page.
const LONGEST_NAME: usize = 80;

/// How the name of the folder with the pages of the storage files ends.
const PAGES: &str = "pages";

/// Writes the page of the case to a new file, and the pages of the storage files into a new folder
/// beside it. Storage files that cannot be read are named.
pub(super) fn write_pages(
    reading: &Reading<'_>,
    chosen: &Chosen,
    name: &str,
    output: Output<'_>,
    progress: report::Progress<'_>,
) -> Result<Status, Failure> {
    let Output::File(new) = output else {
        return Err(Failure::usage(anyhow!(
            "several storage files have several pages, in a folder beside the first one; name the first one with --output"
        )));
    };
    let NewReport { path: output, place, stop } = *new;
    let folder = output.with_extension(PAGES);
    // Some file systems do not tell letter cases apart.
    if output.extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case(PAGES)) {
        return Err(Failure::usage(anyhow!(
            "{} is also the name of the folder for the pages of the storage files; use another name for the first page, such as {}",
            output.shown(),
            output.with_extension("html").shown()
        )));
    }
    let mut pages = Pages::begin(&folder, &stop).with_context(|| cannot_write(&folder))?;
    let mut unread = chosen.unread();
    for store in &chosen.stores {
        if let Some(page) = unread.or_read(store, reading.page(store, progress))? {
            pages.add(page, store).with_context(|| cannot_write(&folder))?;
        }
    }
    unread.check()?;
    unread.stores().iter().for_each(|unread| pages.case.add_unread(&unread.error));
    let page = pages.case.html(&reading.arguments.case.cover_of_case(), name, reading.page_rows());
    // A request to stop waits until both are complete.
    pages.folder.complete(|pages| publish(pages, place, &page, (&folder, output)))?;
    Ok(unread.status())
}

/// Gives the page of the case and the folder of the other pages their names.
fn publish(
    pages: NewFolder,
    place: OutputFile,
    page: &str,
    (folder, output): (&Path, &Path),
) -> anyhow::Result<()> {
    pages.sync().with_context(|| cannot_write(folder))?;
    let page = written(place, page).with_context(|| cannot_write(output))?;
    let name = output.file_name().unwrap_or_default();
    pages.give_name(Path::new(name)).with_context(|| cannot_write(folder))?;
    page.publish().with_context(|| cannot_write(output))?;
    complete(pages, streams::complain);
    Ok(())
}

/// The pages of the storage files, and what is known of the case so far.
struct Pages {
    folder: Unfinished<NewFolder>,
    /// The name of the folder in links.
    link: String,
    case: Case,
    written: usize,
}

impl Pages {
    fn begin(path: &Path, stop: &StopRequests) -> Result<Self> {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let folder = Unfinished::make(stop, || Ok(NewFolder::begin(path)?))?;
        // This command has no log.
        folder.change(|folder| warnings(folder)).iter().for_each(|warning| streams::complain(warning));
        Ok(Self { link: escaped(&name), folder, case: Case::default(), written: 0 })
    }

    fn add(&mut self, mut page: Page, store: &Path) -> Result<()> {
        self.written += 1;
        // A title is that of the case.
        page.cover.title = None;
        let name = page_name(self.written, store);
        let html = page.html();
        self.folder.change(|folder| folder.create(&name)?.write_all(html.as_bytes()))?;
        self.case.add(&page.report, &page.evidence, format!("{}/{name}", self.link));
        Ok(())
    }
}

/// Returns a name for the page of a storage file that no other page has, and that needs no escapes
/// in links.
fn page_name(number: usize, store: &Path) -> String {
    let name = store.file_stem().map(|name| name.to_string_lossy()).unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    format!("{number:03}-{}.html", name.chars().take(LONGEST_NAME).map(plain).collect::<String>())
}

/// Returns a name as a part of a link.
fn escaped(name: &str) -> String {
    let escaped = name.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    escaped.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_links() {
        assert_eq!(page_name(7, Path::new("/c/web 01#\"é.plaso")), "007-web_01___.html");
        assert_eq!(page_name(1, Path::new("/")), "001-.html");
        assert_eq!(escaped("a b#1%.pages"), "a%20b%231%25.pages");
    }
}
