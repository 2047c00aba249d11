//! The reading end of a pipe that a test writes to.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::io::{ioctl_fionread, read};
use tokio::io::Interest;
use tokio::net::unix::pipe::Receiver;

/// Most bytes read at once.
const PIECE: usize = 64 << 10;
/// Python writes a line in several pieces, which are worth waiting for: each read becomes an event.
const SETTLE: Duration = Duration::from_millis(10);
/// A read of so many bytes says that much is coming, and that waiting would slow it down.
const FLOW: usize = 4 << 10;

/// Output of one stream.
#[derive(Debug)]
pub(crate) struct Output {
    pipe: Receiver,
    buffer: Vec<u8>,
    flowing: bool,
}

impl Output {
    /// A pipe: its reading end, and the writing end to give away.
    pub(crate) fn pipe() -> io::Result<(Self, OwnedFd)> {
        let (reader, writer) = io::pipe()?;
        let pipe = Receiver::from_owned_fd(reader.into())?;
        Ok((Self { pipe, buffer: Vec::new(), flowing: false }, writer.into()))
    }

    /// Waits until something lies in the pipe; `false` at its end. Cancel-safe.
    pub(crate) async fn has_more(&mut self) -> bool {
        loop {
            // A pipe that cannot be read has ended for us.
            let Ok(ready) = self.pipe.ready(Interest::READABLE).await else { return false };
            if self.pending() > 0 {
                if !self.flowing {
                    tokio::time::sleep(SETTLE).await;
                }
                return true;
            }
            self.flowing = false;
            if ready.is_read_closed() {
                // Written and closed since it was looked into.
                return self.pending() > 0;
            }
            // Has the next round wait, unless something has come meanwhile.
            let look = || if self.pending() > 0 { Ok(()) } else { Err(io::ErrorKind::WouldBlock.into()) };
            let _ = self.pipe.try_io(look);
        }
    }

    /// How many bytes lie in the pipe.
    pub(crate) fn pending(&self) -> usize {
        ioctl_fionread(&self.pipe).map_or(0, |bytes| usize::try_from(bytes).unwrap_or(0))
    }

    /// Reads at most so many of the bytes that lie in the pipe; empty when there are none.
    pub(crate) fn read_now(&mut self, most: usize) -> &[u8] {
        let most = most.min(PIECE);
        if self.buffer.len() < most {
            self.buffer.resize(most, 0);
        }
        let length = read(&self.pipe, &mut self.buffer[..most]).unwrap_or(0);
        self.flowing = length >= FLOW;
        &self.buffer[..length]
    }
}
