//! Joins the lines of all tasks, without looking at what is in them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, BufReader, Read as _, Write};
use std::path::{Path, PathBuf};

use files::Input;

use crate::error::ExportError;
use crate::part::{Key, read_frame, write_frame};

/// The number of bytes that are copied at a time.
const CHUNK: usize = 1 << 20;
/// The most parts that are read at the same time. More are merged in several passes, so that
/// neither files nor memory run out.
pub const MERGED_AT_ONCE: usize = 64;

/// Opens a part for reading. The caller knows the folder of the parts, and that nobody has put
/// another one in its place.
pub type OpenPart<'a> = dyn Fn(&Path) -> io::Result<Input> + 'a;

/// Where the parts of an export are, and what happens while they are joined.
pub struct Parts<'a> {
    /// The parts, in the order of their events.
    pub parts: Vec<PathBuf>,
    /// Opens a part, or a file with lines between two passes.
    pub open: &'a OpenPart<'a>,
    /// The most parts that may be open at a time. Two are needed to merge them.
    pub at_once: usize,
    /// Is called at intervals, with the number of finished parts. The work stops if it returns
    /// `false`.
    pub goes_on: &'a mut dyn FnMut(usize) -> bool,
    /// Is called with each part that is no longer needed.
    pub remove: &'a mut dyn FnMut(&Path),
}

/// Appends the lines of all parts, one part after the other.
///
/// # Errors
///
/// If a part cannot be read, the output cannot be written, or the work is stopped.
pub fn join_rows(parts: Parts<'_>, out: &mut impl Write) -> Result<(), ExportError> {
    let mut buffer = vec![0; CHUNK];
    for (done, path) in parts.parts.iter().enumerate() {
        let mut file = (parts.open)(path).map_err(|error| ExportError::read(path, error))?;
        loop {
            if !(parts.goes_on)(done) {
                return Err(ExportError::Stopped);
            }
            match file.read(&mut buffer).map_err(|error| ExportError::read(path, error))? {
                0 => break,
                read => out.write_all(&buffer[..read])?,
            }
        }
        (parts.remove)(path);
    }
    Ok(())
}

/// Merges the lines of all parts by their times. `between` makes a file for lines between two
/// passes, and returns its path.
///
/// # Errors
///
/// If a part cannot be read, the output cannot be written, or the work is stopped.
pub fn join_by_time<W: Write>(
    mut parts: Parts<'_>,
    mut between: impl FnMut() -> io::Result<(PathBuf, W)>,
    out: &mut impl Write,
) -> Result<(), ExportError> {
    let mut paths = std::mem::take(&mut parts.parts);
    let at_once = parts.at_once.clamp(2, MERGED_AT_ONCE);
    while paths.len() > at_once {
        let mut merged = Vec::new();
        for group in paths.chunks(at_once) {
            let (path, mut file) = between().map_err(ExportError::Output)?;
            let mut framed = Vec::new();
            merge(group, &mut parts, |key, line| {
                framed.clear();
                write_frame(key, line, &mut framed);
                file.write_all(&framed).map_err(|error| ExportError::part(&path, error))
            })?;
            file.flush().map_err(|error| ExportError::part(&path, error))?;
            merged.push(path);
        }
        paths = merged;
    }
    merge(&paths, &mut parts, |_, line| Ok(out.write_all(line)?))
}

/// A part whose next line has been read.
struct Source {
    file: BufReader<Input>,
    line: Vec<u8>,
}

/// Shows `each` the lines of some parts, in the order of their keys.
fn merge(
    paths: &[PathBuf],
    parts: &mut Parts<'_>,
    mut each: impl FnMut(Key, &[u8]) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    /// The number of lines after which is asked whether to go on.
    const LINES: usize = 1024;
    let mut sources = Vec::new();
    let mut next = BinaryHeap::new();
    for (number, path) in paths.iter().enumerate() {
        let file = (parts.open)(path).map_err(|error| ExportError::read(path, error))?;
        let mut source = Source { file: BufReader::with_capacity(64 << 10, file), line: Vec::new() };
        if let Some(key) = read(path, &mut source)? {
            next.push(Reverse((key, number)));
        }
        sources.push(source);
    }
    let (mut lines, mut done) = (0, 0);
    while let Some(Reverse((key, number))) = next.pop() {
        if lines % LINES == 0 && !(parts.goes_on)(done) {
            return Err(ExportError::Stopped);
        }
        lines += 1;
        each(key, &sources[number].line)?;
        match read(&paths[number], &mut sources[number])? {
            Some(key) => next.push(Reverse((key, number))),
            None => done += 1,
        }
    }
    paths.iter().for_each(|path| (parts.remove)(path));
    Ok(())
}

fn read(path: &Path, source: &mut Source) -> Result<Option<Key>, ExportError> {
    read_frame(&mut source.file, &mut source.line).map_err(|error| ExportError::read(path, error))
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use events::{EventId, ExportOrder, Timestamp};

    use super::*;
    use crate::part::PartWriter;

    fn open(path: &Path) -> io::Result<Input> {
        File::open(path).map(Input::from)
    }

    fn parts_of(folder: &Path, order: ExportOrder, events: &[&[(i64, Option<i64>)]]) -> Vec<PathBuf> {
        let write = |(number, events): (usize, &&[(i64, Option<i64>)])| {
            let path = folder.join(format!("part-{number}"));
            let mut part = PartWriter::create(&path, order).unwrap();
            for (row, time) in *events {
                let line = format!("{row} {time:?}\n");
                part.add(EventId::new(*row), time.map(Timestamp), line.as_bytes()).unwrap();
            }
            assert_eq!(part.finish().unwrap(), events.len() as u64);
            path
        };
        events.iter().enumerate().map(write).collect()
    }

    fn joined(order: ExportOrder, at_once: usize, events: &[&[(i64, Option<i64>)]]) -> (Vec<i64>, usize) {
        let folder = tempfile::tempdir().unwrap();
        let parts = parts_of(folder.path(), order, events);
        let mut out = Vec::new();
        let remove = &mut |path: &Path| std::fs::remove_file(path).unwrap();
        let parts = Parts { parts, open: &open, at_once, goes_on: &mut |_| true, remove };
        let mut passes = 0;
        let between = || {
            passes += 1;
            let path = folder.path().join(format!("between-{passes}"));
            File::create_new(&path).map(|file| (path, file))
        };
        match order {
            ExportOrder::Rows => join_rows(parts, &mut out).unwrap(),
            ExportOrder::Time => join_by_time(parts, between, &mut out).unwrap(),
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "all parts are removed");
        let text = String::from_utf8(out).unwrap();
        (text.lines().map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect(), passes)
    }

    #[test]
    fn by_rows() {
        let events: &[&[_]] = &[&[(2, Some(5)), (1, Some(9)), (3, None)], &[], &[(4, Some(0))]];
        assert_eq!(joined(ExportOrder::Rows, 64, events), (vec![1, 2, 3, 4], 0));
    }

    #[test]
    fn by_time_and_then_by_row() {
        let events: &[&[_]] =
            &[&[(1, Some(7)), (2, Some(-3)), (3, None)], &[], &[(5, Some(7)), (4, Some(7)), (6, Some(0))]];
        assert_eq!(joined(ExportOrder::Time, 64, events), (vec![3, 2, 6, 1, 4, 5], 0));
    }

    #[test]
    fn many_parts_are_merged_in_passes() {
        let events: Vec<_> = (0..200_i64).map(|row| [(row, Some(-row))]).collect();
        let events: Vec<_> = events.iter().map(|events| &events[..]).collect();
        for (at_once, passes) in [(64, 4), (1_000, 4), (10, 22), (0, 201)] {
            let expected = ((0..200).rev().collect(), passes);
            assert_eq!(joined(ExportOrder::Time, at_once, &events), expected, "{at_once}");
        }
    }

    #[test]
    fn stops_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        for order in [ExportOrder::Rows, ExportOrder::Time] {
            let parts = parts_of(folder.path(), order, &[&[(1, None)]]);
            let parts =
                Parts { parts, open: &open, at_once: 2, goes_on: &mut |_| false, remove: &mut |_| {} };
            let stopped = match order {
                ExportOrder::Rows => join_rows(parts, &mut Vec::new()),
                ExportOrder::Time => {
                    join_by_time(parts, || Ok((PathBuf::new(), io::sink())), &mut Vec::new())
                }
            };
            assert!(matches!(stopped, Err(ExportError::Stopped)));
        }
    }
}
