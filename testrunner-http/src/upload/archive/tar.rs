//! .tar.gz

use std::io::{self, BufReader, Read};

use flate2::read::MultiGzDecoder;
use tar::{Archive, EntryType};

use super::unpacked::check_folder;
use super::{Refused, Unpacked, damaged};
use crate::problem::{Problem, echo};

/// What stands around a file in the archive: headers, long names, padding.
const AROUND: u64 = 4 << 10;

pub(super) fn unpack(archive: impl Read, into: &mut Unpacked) -> Result<(), Problem> {
    // Long names are read into memory by the library: what is read at all is bounded.
    let most = into.most_bytes().saturating_add(into.limits.archive_entries as u64 * AROUND);
    let refusal = into.too_much();
    let bounded = Bounded { source: MultiGzDecoder::new(BufReader::new(archive)), left: most, refusal };
    let mut archive = Archive::new(bounded);
    for entry in archive.entries().map_err(|error| damaged(&error))? {
        let mut entry = entry.map_err(|error| damaged(&error))?;
        into.entry()?;
        let path = entry.path_bytes().into_owned();
        let path = std::str::from_utf8(&path)
            .map_err(|_| Problem::invalid_filename(&String::from_utf8_lossy(&path), "it is not UTF-8"))?;
        match entry.header().entry_type() {
            EntryType::Regular if !path.ends_with('/') => into.file(path, &mut entry)?,
            EntryType::Regular | EntryType::Directory => check_folder(path)?,
            // What `git archive` says of the commit.
            EntryType::XGlobalHeader => {}
            _ => {
                let detail = format!("{:?} is neither a regular file nor a folder", echo(path));
                return Err(Problem::invalid_archive(detail));
            }
        }
    }
    // To the end, where the checksum stands.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(|error| damaged(&error))?;
    Ok(())
}

/// Refuses to read more than so much.
#[derive(Debug)]
struct Bounded<R> {
    source: R,
    left: u64,
    refusal: Problem,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buf)?;
        let left = self.left.checked_sub(read as u64);
        self.left = left.ok_or_else(|| io::Error::other(Refused(self.refusal.clone())))?;
        Ok(read)
    }
}
