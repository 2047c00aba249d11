//! Standard output. When nobody reads it any more, nothing more is written, and that is no error.

use std::io::{self, IsTerminal as _, Write as _};

use anstream::AutoStream;

use super::clean::clean_bytes;
use crate::failure::{Failure, Result, os_reason};

/// Where results go.
#[derive(Debug)]
pub(crate) struct Screen {
    out: AutoStream<io::Stdout>,
    is_terminal: bool,
    closed: Option<io::Error>,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let out = io::stdout();
        Self { is_terminal: out.is_terminal(), out: AutoStream::auto(out), closed: None }
    }

    /// Whether nobody reads any more.
    pub(crate) const fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    pub(crate) const fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Writes text that is fit for a terminal.
    pub(crate) fn text(&mut self, text: &str) {
        self.write(|out| out.write_all(text.as_bytes()));
    }

    /// As [`Screen::text`], with a line end.
    pub(crate) fn line(&mut self, text: &str) {
        self.write(|out| {
            out.write_all(text.as_bytes())?;
            out.write_all(b"\n")
        });
    }

    /// Writes bytes as they are; onto a terminal only what is fit for it.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        if self.is_terminal {
            return self.text(&clean_bytes(bytes));
        }
        self.write(|_| io::stdout().write_all(bytes));
    }

    fn write(&mut self, write: impl FnOnce(&mut AutoStream<io::Stdout>) -> io::Result<()>) {
        if self.closed.is_none() {
            self.closed = write(&mut self.out).err();
        }
    }

    /// Writes out what is kept back.
    pub(crate) fn flush(&mut self) {
        self.write(|out| out.flush());
    }

    /// Ends the output.
    ///
    /// # Errors
    /// It could not be written, for example because a disk is full. A reader that left early is none.
    pub(crate) fn close(mut self) -> Result<()> {
        self.flush();
        match self.closed {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::infrastructure(
                format!("cannot write to standard output: {}", os_reason(&error)),
            )),
            _ => Ok(()),
        }
    }
}

/// Writes a line to standard error; when that is closed, there is nobody left to tell.
pub(crate) fn say(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
