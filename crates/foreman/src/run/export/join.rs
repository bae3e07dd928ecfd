//! Joins the parts that the workers wrote, and gives the output its name.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use events::{ExportFormat, ExportOrder};
use export::{ExportError, MERGED_AT_ONCE, Parts, Schema, header, join_by_time, join_rows, join_tables};
use files::{NamedStream, NewFile, NewFolder};

use super::output::Output;
use crate::output::stdout_error;
use crate::run::options::ExportOptions;
use crate::supervise::dispatcher::Snapshot;
use crate::supervise::engine::Worked;
use crate::supervise::open_files::most_files;
use crate::supervise::run_folder::{RunFolder, merged_name};
use crate::supervise::stop::StopRequests;

/// What is needed to join the parts of an export.
pub(super) struct Join<'a> {
    pub(super) export: &'a ExportOptions,
    pub(super) folder: &'a RunFolder,
    pub(super) worked: &'a Worked,
    pub(super) stop: &'a StopRequests,
    pub(super) show: &'a mut dyn FnMut(&Snapshot),
}

/// How much of an export was written.
pub(super) enum Joined {
    /// All of it, with this number of bytes.
    All(u64),
    /// A part of it. The reader of standard output has closed it.
    Some,
}

impl Join<'_> {
    /// Joins all parts. Returns `None` if the user asked to stop.
    pub(super) fn join(&mut self, schema: Option<&Schema>, output: Output) -> Result<Option<Joined>> {
        let joined = match (output, schema) {
            (Output::Folder(folder), Some(schema)) => self.tables(schema, folder).map(Joined::All),
            (Output::File(file), _) => self.file(file).map(Joined::All),
            (Output::Stream(NamedStream::Nothing), _) => Ok(Joined::All(self.lines(std::io::sink())?)),
            (Output::Stream(NamedStream::Stderr), _) => self.print_on_stderr().map(Joined::All),
            (Output::Stream(NamedStream::Stdout) | Output::Folder(_), _) => self.print(),
        };
        match joined {
            Err(_) if self.stop.count() > 0 => Ok(None),
            joined => joined.map(Some),
        }
    }

    fn file(&mut self, mut file: NewFile) -> Result<u64> {
        let bytes = self.lines(file.file())?;
        file.file().sync_all()?;
        file.publish()?;
        Ok(bytes)
    }

    fn print(&mut self) -> Result<Joined> {
        let stop = self.stop;
        match self.lines(streams::results(|| stop.count() > 0)) {
            // The reader has closed the pipe, because it has seen enough.
            Err(ExportError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(Joined::Some),
            Err(ExportError::Output(error)) => {
                Err(stdout_error(error)).context("the events cannot be written to standard output")
            }
            printed => printed.map(Joined::All).context("the events cannot be written to standard output"),
        }
    }

    fn print_on_stderr(&mut self) -> Result<u64> {
        let stop = self.stop;
        let printed = self.lines(streams::results_on_stderr(|| stop.count() > 0));
        printed.context("the events cannot be written to standard error")
    }

    fn tables(&mut self, schema: &Schema, mut folder: NewFolder) -> Result<u64> {
        self.with_parts(|parts| join_tables(schema, parts, |name| folder.create(name)))?;
        let bytes = folder.sync()?;
        folder.publish()?;
        Ok(bytes)
    }

    /// Writes the lines of all parts, and returns the number of bytes.
    fn lines(&mut self, to: impl Write) -> Result<u64, ExportError> {
        let mut out = Counted { to: std::io::BufWriter::with_capacity(1 << 20, to), bytes: 0 };
        let spec = &self.export.spec;
        if spec.format == ExportFormat::Csv {
            out.write_all(header().as_bytes())?;
        }
        let folder = self.folder;
        let mut passes = 0;
        let between = || {
            passes += 1;
            let name = merged_name(passes);
            Ok((folder.path().join(&name), folder.new_file(&name)?))
        };
        self.with_parts(|parts| match spec.order {
            ExportOrder::Rows => join_rows(parts, &mut out),
            ExportOrder::Time => join_by_time(parts, between, &mut out),
        })?;
        out.flush()?;
        Ok(out.bytes)
    }

    /// Calls `join` with all parts, and shows how far it is.
    fn with_parts<T>(&mut self, join: impl FnOnce(Parts<'_>) -> T) -> T {
        let parts = parts(self.folder, self.worked);
        let (count, stop, folder) = (parts.len(), self.stop, self.folder);
        let show = &mut *self.show;
        let mut goes_on = |done| {
            show(&Snapshot::merging(done, count));
            stop.count() == 0
        };
        let mut remove = |part: &Path| folder.discard(part);
        join(Parts {
            parts,
            open: &|part| folder.open_part(part),
            at_once: most_files(MERGED_AT_ONCE),
            goes_on: &mut goes_on,
            remove: &mut remove,
        })
    }
}

/// A writer that counts bytes.
struct Counted<W> {
    to: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

/// Returns the parts of all tasks, in the order of their events.
pub(super) fn parts(folder: &RunFolder, worked: &Worked) -> Vec<PathBuf> {
    worked.tasks.finished_maps().into_iter().map(|(task, _)| folder.part(task)).collect()
}
