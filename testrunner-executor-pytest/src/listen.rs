//! Listens to a running child: its result channel and its output, in one task, so that their order is exact.

use std::collections::BTreeSet;
use std::time::Instant;

use testrunner_core::event::Stream;
use testrunner_core::executor::FileSink;
use testrunner_core::testrun::CaseKind;
use tokio::sync::oneshot;

use crate::frame::{Case, Frame};
use crate::keeper::{Output, Packet, Packets, Streams};
use crate::seal::Seal;

/// All that was heard of one file.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Tests selected; `None` when collection did not end.
    pub(crate) collected: Option<u32>,
    /// The test that has begun and not ended.
    pub(crate) running: Option<Running>,
    /// Tests that have ended.
    pub(crate) tests: u32,
    /// Which of the selected tests have ended.
    pub(crate) done: BTreeSet<u32>,
    /// Tests and subtests that failed or errored.
    pub(crate) bad: u32,
    /// Collections that failed.
    pub(crate) collection_errors: u32,
    /// What pytest said of an error of its own.
    pub(crate) internal: Option<String>,
    /// Where pytest was interrupted.
    pub(crate) interrupt: Option<String>,
    /// How pytest ended, when it did.
    pub(crate) closed: Option<i32>,
}

impl Heard {
    /// Whether a test may have run: none does before its start was said, and what was said is heard.
    pub(crate) const fn has_begun(&self) -> bool {
        self.running.is_some() || self.tests > 0
    }
}

/// A test that has begun.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) case: String,
    pub(crate) line: Option<u32>,
    pub(crate) item: Option<u32>,
    pub(crate) since: Instant,
}

/// Something came on the result channel that the plugin does not say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken(pub(crate) String);

/// Reports what is heard, until all streams end or, once `over` says that nobody is left who could write,
/// until they are empty.
///
/// # Errors
/// The result channel carried something that the plugin does not say.
pub(crate) async fn listen(
    streams: Streams,
    sink: &FileSink,
    heard: &mut Heard,
    mut over: oneshot::Receiver<()>,
) -> Result<(), Broken> {
    let mut listener = Listener { streams, sink, heard, seal: Seal::default() };
    let (mut results, mut stdout, mut stderr) = (true, true, true);
    while results || stdout || stderr {
        let Listener { streams, seal, .. } = &mut listener;
        tokio::select! {
            packet = streams.results.receive(), if results => match read(packet, seal)? {
                Some(frame) => listener.take(frame).await?,
                None => results = false,
            },
            more = streams.stdout.has_more(), if stdout => {
                stdout = more;
                results = listener.hear_then_read(results).await?;
            }
            more = streams.stderr.has_more(), if stderr => {
                stderr = more;
                results = listener.hear_then_read(results).await?;
            }
            _ = &mut over => return listener.rest().await,
        }
    }
    Ok(())
}

fn read(packet: Packet<'_>, seal: &mut Seal) -> Result<Option<Frame>, Broken> {
    match packet {
        Packet::Message(bytes) => seal.open(bytes).map(Some).map_err(Broken),
        Packet::Oversized(bytes) => Err(Broken(format!("a message of {bytes} bytes"))),
        Packet::End => Ok(None),
    }
}

struct Listener<'a> {
    seal: Seal,
    streams: Streams,
    sink: &'a FileSink,
    heard: &'a mut Heard,
}

impl Listener<'_> {
    /// Reads of the pipes what lay in them before nothing was left to hear. A frame that divides output and does not
    /// wait was sent when they were empty: what it comes before is still in them when it is heard. Tells whether
    /// there are results to come.
    async fn hear_then_read(&mut self, results: bool) -> Result<bool, Broken> {
        let mut pending = self.pending();
        while results && let Some(packet) = self.streams.results.receive_now() {
            let Some(frame) = read(packet, &mut self.seal)? else {
                self.drain(pending).await;
                return Ok(false);
            };
            self.take(frame).await?;
            pending = self.pending();
        }
        self.drain(pending).await;
        Ok(results)
    }

    /// Takes what lies in the streams of a dead child.
    async fn rest(mut self) -> Result<(), Broken> {
        while let Some(packet) = self.streams.results.receive_now() {
            let Some(frame) = read(packet, &mut self.seal)? else { break };
            self.take(frame).await?;
        }
        self.drain(self.pending()).await;
        Ok(())
    }

    async fn take(&mut self, frame: Frame) -> Result<(), Broken> {
        self.seal.came_from(self.streams.results.sender()).map_err(Broken)?;
        let waits = frame.waits();
        if waits {
            // The child writes nothing until it is answered: what lies in the pipes was written before.
            self.drain(self.pending()).await;
        }
        self.report(frame).await?;
        if waits {
            answer(&self.streams.results);
        }
        Ok(())
    }

    async fn report(&mut self, frame: Frame) -> Result<(), Broken> {
        if self.heard.closed.is_some() {
            return Err(Broken("a message after the last one".to_owned()));
        }
        match frame {
            Frame::Hello(_) => tracing::trace!("it is there"),
            Frame::Collected { n } => {
                tracing::trace!(n, "collected");
                self.heard.collected = Some(n);
            }
            Frame::Start { case, line, item, .. } => {
                tracing::trace!(case, "a test begins");
                if let Some(running) = &self.heard.running {
                    return Err(Broken(format!("{case} began while {} ran", running.case)));
                }
                self.heard.running = Some(Running { case: case.clone(), line, item, since: Instant::now() });
                self.sink.case_started(case).await;
            }
            Frame::End { case, .. } => {
                let running = self.heard.running.take().filter(|running| running.case == case.case);
                let Some(running) = running else {
                    return Err(Broken(format!("{} ended without having begun", case.case)));
                };
                tracing::trace!(case = case.case, "a test has ended");
                self.heard.done.extend(running.item);
                self.case(CaseKind::Test, case).await;
            }
            Frame::Case { kind: CaseKind::Test, case } => {
                return Err(Broken(format!("{} ended without having begun", case.case)));
            }
            Frame::Case { kind, case } => self.case(kind, case).await,
            Frame::Internal { text } => self.heard.internal = Some(text),
            Frame::Interrupt { text } => self.heard.interrupt = Some(text),
            Frame::Runner { text } => self.sink.log(Stream::Runner, text.as_bytes()).await,
            Frame::Closed { status, .. } => {
                tracing::trace!(status, "pytest has ended");
                self.heard.closed = Some(status);
            }
        }
        Ok(())
    }

    async fn case(&mut self, kind: CaseKind, case: Case) {
        let bad = u32::from(case.outcome.is_bad());
        match kind {
            CaseKind::Collection => self.heard.collection_errors += bad,
            CaseKind::Test => {
                self.heard.tests += 1;
                self.heard.bad += bad;
            }
            CaseKind::Subtest => self.heard.bad += bad,
        }
        self.sink.case(case.into_result(kind)).await;
    }

    /// How many bytes lie in the pipes.
    fn pending(&self) -> [usize; 2] {
        [self.streams.stdout.pending(), self.streams.stderr.pending()]
    }

    /// Reads so much of what lies in the pipes, and no more: others than the child may go on writing.
    async fn drain(&mut self, [stdout, stderr]: [usize; 2]) {
        drain(self.sink, Stream::Stdout, &mut self.streams.stdout, stdout).await;
        drain(self.sink, Stream::Stderr, &mut self.streams.stderr, stderr).await;
    }
}

async fn drain(sink: &FileSink, stream: Stream, output: &mut Output, mut pending: usize) {
    while pending > 0 {
        let piece = output.read_now(pending);
        if piece.is_empty() {
            return;
        }
        pending -= piece.len();
        sink.log(stream, piece).await;
    }
}

fn answer(results: &Packets) {
    // An error means that the child has died since.
    let _ = results.send(b"k");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_heard_of_a_test_says_that_it_has_begun() {
        assert!(!Heard { collected: Some(1), ..Heard::default() }.has_begun(), "none ran yet");
        assert!(Heard { tests: 1, ..Heard::default() }.has_begun());
        let running = Running { case: "test_a".to_owned(), line: None, item: None, since: Instant::now() };
        assert!(Heard { running: Some(running), ..Heard::default() }.has_begun());
    }
}
