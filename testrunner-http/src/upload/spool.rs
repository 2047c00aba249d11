//! Where an upload waits: one file without a name.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use tokio::io::AsyncWriteExt as _;

use crate::problem::Problem;

/// A part of the spool.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    start: u64,
    pub(super) size: u64,
}

/// What has come so far.
#[derive(Debug)]
pub(super) struct Spool {
    file: tokio::fs::File,
    end: u64,
}

impl Spool {
    pub(super) async fn open(folder: &Path) -> Result<Self, Problem> {
        let folder = folder.to_owned();
        let file = tokio::task::spawn_blocking(move || tempfile::tempfile_in(folder)).await;
        let file = file.map_err(|error| Problem::internal(format!("an upload's file: {error}")))?;
        Ok(Self { file: tokio::fs::File::from_std(file.map_err(|error| failed(&error))?), end: 0 })
    }

    /// Where the next piece begins.
    pub(super) const fn begin(&self) -> Piece {
        Piece { start: self.end, size: 0 }
    }

    /// Adds to the piece that was begun last.
    pub(super) async fn write(&mut self, piece: &mut Piece, bytes: &[u8]) -> Result<(), Problem> {
        self.file.write_all(bytes).await.map_err(|error| failed(&error))?;
        self.end += bytes.len() as u64;
        piece.size += bytes.len() as u64;
        Ok(())
    }

    pub(super) async fn close(mut self) -> Result<File, Problem> {
        self.file.flush().await.map_err(|error| failed(&error))?;
        Ok(self.file.into_std().await)
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
    pub(super) fn read(&self, file: &File) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(self.size).map_err(io::Error::other)?];
        file.read_exact_at(&mut bytes, self.start)?;
        Ok(bytes)
    }

    pub(super) const fn reader(self, file: &File) -> PieceReader<'_> {
        PieceReader { file, piece: self, place: 0 }
    }
}

/// A piece as a file of its own.
#[derive(Debug)]
pub(super) struct PieceReader<'f> {
    file: &'f File,
    piece: Piece,
    place: u64,
}

impl Read for PieceReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.piece.size.saturating_sub(self.place);
        let most = buf.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let read =
            self.file.read_at(buf.get_mut(..most).unwrap_or_default(), self.piece.start + self.place)?;
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
