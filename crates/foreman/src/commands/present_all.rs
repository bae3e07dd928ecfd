//! Shows a run over several storage files to the user: the status and the summary of each, and the
//! summary of the whole.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context as _;

use super::present::{Presentation, Unread, lost, obeyed, stopped_while_printed};
use super::several::about;
use crate::exit::{CliStyle, Failure, Status};
use crate::log::log_run;
use crate::output;
use crate::run::queue::Queue;
use crate::run::summary::case::CaseSummary;
use crate::run::turns::{Ended, Onlooker, run_in_turns};
use crate::run::{self, Options};
use crate::screen::{Screen, View};
use crate::supervise::dispatcher::Snapshot;
use crate::supervise::stop::StopRequests;

impl Presentation<'_> {
    /// Analyses all storage files of a queue. If one fails, the others are analysed all the same.
    pub(super) fn run_all(
        &self,
        mut options: Options,
        begin: impl FnOnce(&Options, &StopRequests) -> Result<Queue, Failure>,
        screen: &Screen,
        stop: &StopRequests,
    ) -> Result<Status, Failure> {
        let place = self.place_of_summary()?;
        let view = View::new(self.status, self.quiet, screen, self.store)?;
        // The sockets are removed when this function returns.
        let _sockets = run::sockets()?;
        let mut queue = begin(&options, stop)?;
        options.is_one_of_many = true;
        options.rules_of_queue = Some(queue.files.clone());
        let (how_to_resume, refused) = (options.resume_of_queue.clone(), std::mem::take(&mut queue.refused));
        let (style, resumes, dry_run) = (options.style, options.resume, options.dry_run);
        stop.at_once_says(state_at_once(how_to_resume.as_deref(), dry_run));
        let case = CaseSummary::new(&options.command_line, &mut queue);
        let mut shown =
            Shown { presentation: self, style, screen, stop, view, case, refused: None, is_unread: false };
        let options_of = |store: &Path| {
            let refused = refused.get(store).cloned();
            let options = Options { store: store.to_owned(), refused, ..options.clone() };
            Options { resume: resumes && run::is_interrupted(&options), ..options }
        };
        run_in_turns(&mut queue, options_of, stop, &mut shown).context("cannot start a thread")?;
        let Shown { mut case, view, refused, is_unread, .. } = shown;
        if let Some(refused) = refused {
            queue.end(!resumes);
            return Err(refused);
        }
        let is_all_done = case.is_all_done() && queue.is_empty();
        let mut status = case.end(queue.end(is_all_done));
        if let Some(how) = how_to_resume.filter(|_| status == Status::Aborted) {
            tracing::warn!("aborted before all storage files were done; {how}");
        }
        stop.at_once_says(match status {
            // It was said just now, or there is nothing to do.
            Status::Aborted => String::new(),
            _ => stopped_while_printed(dry_run),
        });
        let earlier = obeyed(stop, status);
        // If nobody has read the summary of a file, nobody reads this one.
        let stopped = || is_unread || stop.count() > earlier;
        let unwritten = place.and_then(|place| case.write(&place, stopped).err());
        let gave_up = unwritten.is_some() && stopped();
        if unwritten.is_some() {
            status = style.status_without_summary(status);
            case.set_status(status);
        }
        let is_silent = self.quiet || is_unread;
        let said = if is_silent { Ok(()) } else { output::say_unless(&case.text(), stopped) };
        let unread = said.is_err_and(|error| error.kind() == ErrorKind::Interrupted);
        log_run!("{}", case.text());
        view.end_all(&case);
        if let Some(error) = unwritten.filter(|_| !gave_up) {
            streams::complain(&format!("{error:#}"));
        }
        if gave_up || unread {
            streams::complain(&stopped_while_printed(dry_run));
            return Ok(style.status(Status::Aborted));
        }
        Ok(status)
    }
}

/// Returns the state of the storage files while a run over several ones is under way.
fn state_at_once(how_to_resume: Option<&str>, dry_run: bool) -> String {
    let stored = match dry_run {
        true => "nothing was to be stored",
        false => "the results of storage files that were done are stored, and nothing of the others",
    };
    let how = how_to_resume.map(|how| format!("; {how}")).unwrap_or_default();
    format!("aborted at once; {stored}{how}")
}

/// What is shown of the runs, and known of those that have ended.
struct Shown<'a> {
    presentation: &'a Presentation<'a>,
    style: CliStyle,
    screen: &'a Screen,
    stop: &'a StopRequests,
    view: View,
    case: CaseSummary,
    /// The error of the first run in the rules, the options or the filter.
    refused: Option<Failure>,
    /// Whether the user asked to stop while a summary waited for its reader.
    is_unread: bool,
}

impl Onlooker for Shown<'_> {
    fn show(&mut self, snapshot: &Snapshot) {
        self.view.show(snapshot);
    }

    fn ended(&mut self, queue: &Queue, ended: Ended) -> bool {
        let Ended { store, summary, result } = ended;
        self.view.end_one(&summary, self.screen);
        let (stop, is_unread) = (self.stop, self.is_unread);
        let ended = *result.as_ref().unwrap_or_else(|Failure { status, .. }| status);
        let earlier = obeyed(stop, ended);
        let stopped = || is_unread || stop.count() > earlier;
        let closed = self.presentation.close(&summary, self.style, &stopped);
        let mut status = ended;
        match closed {
            Ok(()) => {}
            Err(Unread::Stopped) => {
                self.is_unread = true;
                status = Status::Aborted;
            }
            Err(Unread::Lost(error)) => {
                streams::complain(&about(&store, &lost(error)));
                status = Status::Failed;
            }
        }
        match result {
            // The other files would fail in the same way.
            Err(failure) if status == Status::Usage && self.case.is_empty() => {
                self.refused = Some(failure);
                return false;
            }
            Err(Failure { error, .. }) => streams::complain(&about(&store, &error)),
            Ok(_) => {}
        }
        // What is stored is stored, even if nobody has read the summary.
        queue.ended(&store, ended, summary.content.as_deref());
        self.case.add(summary, status);
        status != Status::Aborted
    }
}
