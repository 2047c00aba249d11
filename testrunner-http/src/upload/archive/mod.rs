//! Archives: regular files and folders, no more than a bounded multiple of what was sent.

mod tar;
mod unpacked;
mod zip;

use std::io::{self, Read, Seek, SeekFrom};

pub(super) use self::unpacked::{Unpacked, ceiling};

use crate::problem::Problem;

/// Unpacks an archive of so many bytes. What it is is told by its first bytes, never by its name.
///
/// # Errors
/// It is neither .zip nor .tar.gz, is damaged or contradicts itself, has anything but regular files and folders, or exceeds
/// a limit.
pub(super) fn unpack<R: Read + Seek>(mut archive: R, size: u64, into: &mut Unpacked) -> Result<(), Problem> {
    let mut magic = [0; 4];
    let read =
        read_up_to(&mut archive, &mut magic).and_then(|read| archive.seek(SeekFrom::Start(0)).map(|_| read));
    let read = read.map_err(|error| damaged(&error))?;
    into.begin_archive(size);
    match magic.get(..read).unwrap_or_default() {
        [b'P', b'K', 3, 4] | [b'P', b'K', 5, 6] => zip::unpack(archive, size, into),
        [0x1f, 0x8b, ..] => tar::unpack(archive, into),
        _ => Err(Problem::unsupported_media_type("the archive must be a .zip or a .tar.gz")),
    }
}

fn read_up_to(source: &mut impl Read, buf: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while let Some(rest) = buf.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match source.read(rest)? {
            0 => break,
            n => read += n,
        }
    }
    Ok(read)
}

/// The problem behind an archive that cannot be read.
fn damaged(error: &io::Error) -> Problem {
    if let Some(problem) = error.get_ref().and_then(|inner| inner.downcast_ref::<Refused>()) {
        return problem.0.clone();
    }
    Problem::invalid_archive(format!("it is damaged: {error}"))
}

/// A problem on its way through a reader.
#[derive(Debug, thiserror::Error)]
#[error("refused")]
struct Refused(Problem);

#[cfg(test)]
mod tests;
