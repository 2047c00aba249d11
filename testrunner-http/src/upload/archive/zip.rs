//! .zip

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use zip::ZipArchive;
use zip::result::ZipError;

use super::unpacked::check_folder;
use super::{Refused, Unpacked, damaged};
use crate::problem::{Problem, echo};

/// The list of entries has to be found and read within so many bytes.
const LIST: u64 = 4 << 20;
const KIND: u32 = 0o170_000;
const FILE: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;

pub(super) fn unpack<R: Read + Seek>(archive: R, size: u64, into: &mut Unpacked) -> Result<(), Problem> {
    // The library makes room for all entries that the list names, before they can be counted.
    let left = Rc::new(Cell::new(LIST));
    let metered = Metered { source: archive, left: Rc::clone(&left), refusal: into.too_many() };
    let mut archive = ZipArchive::new(metered).map_err(refused)?;
    if archive.len() > into.limits.archive_entries {
        return Err(into.too_many());
    }
    // From here on no byte belongs to two entries, so each is read a few times at the most.
    left.set(LIST.saturating_add(size.saturating_mul(8)));
    archive.validate_header_consistency().map_err(refused)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(refused)?;
        into.entry()?;
        let path = std::str::from_utf8(entry.name_raw()).map(str::to_owned);
        let path = path.map_err(|_| {
            Problem::invalid_filename(&String::from_utf8_lossy(entry.name_raw()), "it is not UTF-8")
        })?;
        let folder = path.ends_with('/');
        match entry.unix_mode().unwrap_or_default() & KIND {
            FOLDER | 0 if folder => check_folder(&path)?,
            FILE | 0 if !folder => into.file(&path, &mut entry)?,
            _ => {
                let detail = format!("{:?} is neither a regular file nor a folder", echo(&path));
                return Err(Problem::invalid_archive(detail));
            }
        }
    }
    Ok(())
}

fn refused(error: ZipError) -> Problem {
    match error {
        ZipError::Io(error) => damaged(&error),
        error => Problem::invalid_archive(error.to_string()),
    }
}

/// Refuses to read more than so much.
struct Metered<R> {
    source: R,
    left: Rc<Cell<u64>>,
    refusal: Problem,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buf)?;
        let left = self.left.get().checked_sub(read as u64);
        self.left.set(left.ok_or_else(|| io::Error::other(Refused(self.refusal.clone())))?);
        Ok(read)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}
