//! Ctrl-C and SIGTERM.

use std::task::{Context, Poll, Waker};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit_code::Exit;
use crate::failure::{Failure, Result, os_reason};

/// Waits for signals that ask the program to end. While it is there, they do not kill it.
#[derive(Debug)]
pub(crate) struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    /// # Errors
    /// The system does not let us wait for signals.
    pub(crate) fn listen() -> Result<Self> {
        let listen = |kind| {
            signal(kind).map_err(|error| {
                Failure::infrastructure(format!("cannot listen for signals: {}", os_reason(&error)))
            })
        };
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// A signal that has come already.
    pub(crate) fn waiting(&mut self) -> Option<Exit> {
        let mut context = Context::from_waker(Waker::noop());
        match (self.interrupt.poll_recv(&mut context), self.terminate.poll_recv(&mut context)) {
            (Poll::Ready(Some(())), _) => Some(Exit::Interrupted),
            (_, Poll::Ready(Some(()))) => Some(Exit::Terminated),
            _ => None,
        }
    }

    /// The next signal, as the exit code that it brings.
    pub(crate) async fn next(&mut self) -> Exit {
        tokio::select! {
            Some(()) = self.interrupt.recv() => Exit::Interrupted,
            Some(()) = self.terminate.recv() => Exit::Terminated,
            else => std::future::pending().await,
        }
    }
}
