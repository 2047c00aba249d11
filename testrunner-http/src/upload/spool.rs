//! Where an upload waits: in memory as long as it is small, then in one file without a name.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use tokio::io::AsyncWriteExt as _;

use crate::problem::Problem;

/// What is larger goes to a file, in bytes.
const MEMORY: usize = 64 << 10;

/// A part of the spool.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    start: u64,
    pub(super) size: u64,
}

/// What has come so far.
#[derive(Debug)]
pub(super) struct Spool {
    folder: PathBuf,
    memory: Vec<u8>,
    /// Where all is, once there is more than fits into memory.
    file: Option<tokio::fs::File>,
    end: u64,
}

/// All that has come.
#[derive(Debug)]
pub(super) enum Spooled {
    Memory(Vec<u8>),
    File(File),
}

impl Spool {
    /// Makes files in this folder.
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), memory: Vec::new(), file: None, end: 0 }
    }

    /// Where the next piece begins.
    pub(super) const fn begin(&self) -> Piece {
        Piece { start: self.end, size: 0 }
    }

    /// Adds to the piece that was begun last.
    pub(super) async fn write(&mut self, piece: &mut Piece, bytes: &[u8]) -> Result<(), Problem> {
        match &mut self.file {
            Some(file) => file.write_all(bytes).await.map_err(|error| failed(&error))?,
            None if self.memory.len() + bytes.len() <= MEMORY => self.memory.extend_from_slice(bytes),
            None => {
                let file = self.file.insert(make(&self.folder).await?);
                file.write_all(&std::mem::take(&mut self.memory)).await.map_err(|error| failed(&error))?;
                file.write_all(bytes).await.map_err(|error| failed(&error))?;
            }
        }
        self.end += bytes.len() as u64;
        piece.size += bytes.len() as u64;
        Ok(())
    }

    pub(super) async fn close(self) -> Result<Spooled, Problem> {
        let Some(mut file) = self.file else { return Ok(Spooled::Memory(self.memory)) };
        file.flush().await.map_err(|error| failed(&error))?;
        Ok(Spooled::File(file.into_std().await))
    }
}

async fn make(folder: &Path) -> Result<tokio::fs::File, Problem> {
    let folder = folder.to_owned();
    let file = tokio::task::spawn_blocking(move || tempfile::tempfile_in(folder)).await;
    let file = file.map_err(|error| Problem::internal(format!("an upload's file: {error}")))?;
    Ok(tokio::fs::File::from_std(file.map_err(|error| failed(&error))?))
}

impl Spooled {
    fn read_at(&self, buf: &mut [u8], place: u64) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read_at(buf, place),
            Self::Memory(bytes) => {
                let from = usize::try_from(place).unwrap_or(usize::MAX);
                bytes.get(from..).unwrap_or_default().read(buf)
            }
        }
    }
}

/// The problem behind a spool that cannot be written or read.
pub(super) fn failed(error: &io::Error) -> Problem {
    if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        return Problem::disk_full(format!("an upload cannot be kept: {error}"));
    }
    Problem::internal(format!("an upload cannot be kept: {error}"))
}

impl Piece {
    pub(super) fn read(self, spooled: &Spooled) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(self.size).map_err(io::Error::other)?];
        self.reader(spooled).read_exact(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) const fn reader(self, spooled: &Spooled) -> PieceReader<'_> {
        PieceReader { spooled, piece: self, place: 0 }
    }
}

/// A piece as a file of its own.
#[derive(Debug)]
pub(super) struct PieceReader<'s> {
    spooled: &'s Spooled,
    piece: Piece,
    place: u64,
}

impl Read for PieceReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.piece.size.saturating_sub(self.place);
        let most = buf.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let buf = buf.get_mut(..most).unwrap_or_default();
        let read = self.spooled.read_at(buf, self.piece.start + self.place)?;
        self.place += read as u64;
        Ok(read)
    }
}

impl Seek for PieceReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.piece.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
        };
        self.place =
            place.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "before the beginning"))?;
        Ok(self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small and large pieces, so that the spool moves to its file between two and within one.
    #[tokio::test]
    async fn pieces_are_read_as_they_came() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        for sizes in
            [vec![3, 0, 5], vec![MEMORY], vec![3, MEMORY - 3, 1, 7], vec![3, 2 * MEMORY, 0, 9], vec![0]]
        {
            let mut spool = Spool::new(folder.path());
            let mut pieces = Vec::new();
            for (n, size) in (0_u8..).zip(&sizes) {
                let mut piece = spool.begin();
                for chunk in vec![n; *size].chunks(1_000) {
                    spool.write(&mut piece, chunk).await.expect("write");
                }
                pieces.push((piece, vec![n; *size]));
            }
            let spooled = spool.close().await.expect("close");
            let is_small = sizes.iter().sum::<usize>() <= MEMORY;
            assert_eq!(matches!(spooled, Spooled::Memory(_)), is_small, "{sizes:?}");
            for (piece, wanted) in pieces {
                assert!(piece.read(&spooled)? == wanted, "{sizes:?}: {piece:?}");
                let mut end = Vec::new();
                let mut reader = piece.reader(&spooled);
                reader.seek(SeekFrom::End(-(piece.size.min(2) as i64)))?;
                reader.read_to_end(&mut end)?;
                assert_eq!(end, wanted[wanted.len().saturating_sub(2)..], "{sizes:?}: {piece:?}");
            }
        }
        Ok(())
    }
}
