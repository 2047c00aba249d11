//! Where an executor reports to.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use crate::clock::{Clock, SystemClock};
use crate::event::{CaseResult, EventBody, LogChunk, NewEvent, Stream};
use crate::testrun::{CaseCounts, CaseKind};

/// Largest piece of output in one event, in bytes.
const CHUNK: usize = 64 << 10;
/// Output of one file kept back, once the Testrun's room for heads is used up, to be stored as its tail.
const TAIL: usize = 256 << 10;
/// Events that may wait to be stored before the reporter is held back.
const CAPACITY: usize = 256;

/// What travels from sinks to whoever stores the events.
#[derive(Debug)]
pub(crate) enum SinkMessage {
    /// Store this.
    Event(NewEvent),
    /// Store all that came before, then answer.
    Flush(oneshot::Sender<()>),
}

/// The receiving end of a sink, to test executors without an engine.
#[derive(Debug)]
pub struct SinkReceiver(mpsc::Receiver<SinkMessage>);

impl SinkReceiver {
    /// The next event; `None` when every sink is gone.
    pub async fn next(&mut self) -> Option<NewEvent> {
        loop {
            match self.0.recv().await? {
                SinkMessage::Event(event) => return Some(event),
                SinkMessage::Flush(done) => drop(done.send(())),
            }
        }
    }
}

/// How much output may be stored for the Testrun, and how much is.
#[derive(Debug)]
pub(crate) struct LogBudget {
    limit: u64,
    used: AtomicU64,
}

impl LogBudget {
    pub(crate) const fn new(limit: u64) -> Self {
        Self { limit, used: AtomicU64::new(0) }
    }

    /// The store's own count, which includes other workers.
    pub(crate) fn learn(&self, stored: u64) {
        self.used.fetch_max(stored, Ordering::Relaxed);
    }

    /// Takes room for `bytes` below `share` quarters of the limit.
    fn take(&self, bytes: u64, quarters: u64) -> bool {
        let bound = self.limit / 4 * quarters;
        let claim = |used: u64| used.checked_add(bytes).filter(|after| *after <= bound);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, claim).is_ok()
    }
}

/// Takes the cases and the output of one file. Clones report to the same place.
///
/// Its methods wait while the store is behind, so that a file that prints faster than can be stored is slowed
/// down and memory stays bounded. After the lease is lost, what is reported is dropped.
#[derive(Clone, Debug)]
pub struct FileSink {
    file: u32,
    to: mpsc::Sender<SinkMessage>,
    clock: Arc<dyn Clock>,
    budget: Arc<LogBudget>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    running: Option<(String, Instant)>,
    counts: CaseCounts,
    tests: u32,
    outputs: [Output; 3],
    tail: VecDeque<LogChunk>,
    tail_bytes: usize,
}

#[derive(Debug, Default)]
struct Output {
    offset: u64,
    dropped: u64,
    /// The beginning of a character whose end has not been read yet.
    partial: Vec<u8>,
}

impl FileSink {
    pub(crate) fn new(
        file: u32,
        to: mpsc::Sender<SinkMessage>,
        clock: Arc<dyn Clock>,
        budget: Arc<LogBudget>,
    ) -> Self {
        Self { file, to, clock, budget, state: Arc::default() }
    }

    pub(crate) fn pair() -> (mpsc::Sender<SinkMessage>, mpsc::Receiver<SinkMessage>) {
        mpsc::channel(CAPACITY)
    }

    /// A sink whose events can be read, to test executors without an engine.
    #[must_use]
    pub fn channel(file: u32) -> (Self, SinkReceiver) {
        let (to, events) = Self::pair();
        let budget = Arc::new(LogBudget::new(u64::MAX));
        (Self::new(file, to, Arc::new(SystemClock), budget), SinkReceiver(events))
    }

    /// Index of the file in its Testrun.
    #[must_use]
    pub const fn file(&self) -> u32 {
        self.file
    }

    /// Reports that a case begins. Output that follows belongs to it.
    pub async fn case_started(&self, case: impl Into<String> + Send) {
        let case = case.into();
        self.complete_characters().await;
        self.state().running = Some((case.clone(), Instant::now()));
        self.send(EventBody::CaseStarted { file: self.file, case }).await;
    }

    /// Reports how a case ended; `result.file` is set by the sink. Output that follows belongs to no case.
    pub async fn case(&self, mut result: CaseResult) {
        self.complete_characters().await;
        result.file = self.file;
        {
            let mut state = self.state();
            if state.running.as_ref().is_some_and(|(case, _)| *case == result.case) {
                state.running = None;
            }
            state.counts.add(result.outcome, 1);
            state.tests += u32::from(result.kind == CaseKind::Test);
        }
        self.send(EventBody::Case(result)).await;
    }

    /// Reports output, byte for byte.
    pub async fn log(&self, stream: Stream, bytes: &[u8]) {
        let chunks = self.state().cut(self.file, stream, bytes, false);
        for chunk in chunks {
            self.store(chunk).await;
        }
    }

    /// The case that was started and has not ended, and for how long it runs.
    #[must_use]
    pub fn running(&self) -> Option<(String, Duration)> {
        self.state().running.as_ref().map(|(case, since)| (case.clone(), since.elapsed()))
    }

    /// Tests reported so far (subtests and collections not counted).
    #[must_use]
    pub fn reported(&self) -> u32 {
        self.state().tests
    }

    /// Cases reported so far.
    #[must_use]
    pub fn counts(&self) -> CaseCounts {
        self.state().counts
    }

    /// Hands over what was kept back: the tail of the output, and how much is missing before it.
    pub(crate) async fn finish(&self) {
        self.complete_characters().await;
        let (tail, dropped) = {
            let mut state = self.state();
            state.tail_bytes = 0;
            let tail = std::mem::take(&mut state.tail);
            let dropped =
                STREAMS.map(|stream| (stream, std::mem::take(&mut state.outputs[index(stream)].dropped)));
            (tail, dropped)
        };
        for (stream, dropped_bytes) in dropped.into_iter().filter(|(_, bytes)| *bytes > 0) {
            self.send(EventBody::Truncated { file: self.file, stream, dropped_bytes }).await;
        }
        for chunk in tail {
            self.send(EventBody::Log(chunk)).await;
        }
    }

    async fn complete_characters(&self) {
        for stream in STREAMS {
            let chunks = self.state().cut(self.file, stream, &[], true);
            for chunk in chunks {
                self.store(chunk).await;
            }
        }
    }

    async fn store(&self, chunk: LogChunk) {
        let bytes = chunk.data.len() as u64;
        // The first three quarters are for heads, the last one is for tails.
        if self.state().tail.is_empty() && self.budget.take(bytes, 3) {
            self.send(EventBody::Log(chunk)).await;
        } else {
            self.state().keep_back(chunk, &self.budget);
        }
    }

    async fn send(&self, body: EventBody) {
        let event = NewEvent { at: self.clock.now(), body };
        // Nobody receives any more: the lease is lost, and the stop that says so is on its way.
        let _ = self.to.send(SinkMessage::Event(event)).await;
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const STREAMS: [Stream; 3] = [Stream::Stdout, Stream::Stderr, Stream::Runner];

const fn index(stream: Stream) -> usize {
    match stream {
        Stream::Stdout => 0,
        Stream::Stderr => 1,
        Stream::Runner => 2,
    }
}

impl State {
    /// Cuts output into pieces of at most [`CHUNK`] bytes, between characters where it is UTF-8.
    fn cut(&mut self, file: u32, stream: Stream, bytes: &[u8], last: bool) -> Vec<LogChunk> {
        let case = self.running.as_ref().map(|(case, _)| case.clone());
        let output = &mut self.outputs[index(stream)];
        let mut data = std::mem::take(&mut output.partial);
        data.extend_from_slice(bytes);
        let mut chunks = Vec::new();
        let mut rest = data.as_slice();
        while !rest.is_empty() {
            let window = &rest[..rest.len().min(CHUNK)];
            let held = incomplete_suffix(window);
            let whole = window.len() - held;
            if whole == 0 || (window.len() == rest.len() && last) {
                if !last {
                    break;
                }
                chunks.push(output.chunk(file, stream, case.as_ref(), window));
                rest = &rest[window.len()..];
                continue;
            }
            chunks.push(output.chunk(file, stream, case.as_ref(), &rest[..whole]));
            rest = &rest[whole..];
        }
        output.partial = rest.to_vec();
        chunks
    }

    fn keep_back(&mut self, chunk: LogChunk, budget: &LogBudget) {
        self.tail_bytes += chunk.data.len();
        // Room in the last quarter is taken as the tail grows, and kept while it rolls on.
        if self.tail_bytes <= TAIL && !budget.take(chunk.data.len() as u64, 4) {
            self.tail_bytes -= chunk.data.len();
            self.outputs[index(chunk.stream)].dropped += chunk.data.len() as u64;
            return;
        }
        self.tail.push_back(chunk);
        while self.tail_bytes > TAIL {
            let Some(oldest) = self.tail.pop_front() else { break };
            self.tail_bytes -= oldest.data.len();
            self.outputs[index(oldest.stream)].dropped += oldest.data.len() as u64;
        }
    }
}

impl Output {
    fn chunk(&mut self, file: u32, stream: Stream, case: Option<&String>, data: &[u8]) -> LogChunk {
        let offset = self.offset;
        self.offset += data.len() as u64;
        LogChunk { file, case: case.cloned(), stream, offset, data: data.to_vec() }
    }
}

/// Length of an unfinished UTF-8 character at the end; 0 when there is none or the end is not UTF-8 anyway.
fn incomplete_suffix(bytes: &[u8]) -> usize {
    let look = bytes.len().min(3);
    for back in 1..=look {
        let byte = bytes[bytes.len() - back];
        let needed = match byte {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            0x80..=0xBF => continue,
            _ => return 0,
        };
        return if needed > back { back } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    async fn collect(sink: FileSink, mut events: SinkReceiver) -> Vec<EventBody> {
        let reader = tokio::spawn(async move {
            let mut all = Vec::new();
            while let Some(event) = events.next().await {
                all.push(event.body);
            }
            all
        });
        sink.finish().await;
        drop(sink);
        reader.await.unwrap_or_default()
    }

    fn bytes_of(events: &[EventBody]) -> Vec<u8> {
        let logs = events.iter().filter_map(|body| match body {
            EventBody::Log(log) => Some(log.data.clone()),
            _ => None,
        });
        logs.flatten().collect()
    }

    proptest! {
        #[test]
        fn any_split_of_any_bytes_is_stored_the_same(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..12),
        ) {
            let mut state = State::default();
            let mut chunks = Vec::new();
            for piece in &pieces {
                chunks.extend(state.cut(0, Stream::Stdout, piece, false));
            }
            chunks.extend(state.cut(0, Stream::Stdout, &[], true));
            let stored: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.data.clone()).collect();
            prop_assert_eq!(stored, pieces.concat());
            let mut offset = 0;
            for chunk in &chunks {
                prop_assert!(!chunk.data.is_empty());
                prop_assert_eq!(chunk.offset, offset);
                offset += chunk.data.len() as u64;
            }
        }

        #[test]
        fn text_is_cut_between_characters(text in "\\PC{0,40}", at in 0_usize..80) {
            let bytes = text.as_bytes();
            let at = at.min(bytes.len());
            let mut state = State::default();
            let mut chunks = state.cut(0, Stream::Stdout, &bytes[..at], false);
            chunks.extend(state.cut(0, Stream::Stdout, &bytes[at..], true));
            for chunk in chunks {
                prop_assert!(String::from_utf8(chunk.data).is_ok());
            }
        }
    }

    #[tokio::test]
    async fn output_belongs_to_the_case_that_runs() {
        let (sink, mut events) = FileSink::channel(4);
        sink.log(Stream::Stdout, b"before").await;
        sink.case_started("test_a").await;
        sink.log(Stream::Stdout, b"within").await;
        assert_eq!(sink.running().map(|(case, _)| case).as_deref(), Some("test_a"));
        let mut cases = Vec::new();
        for _ in 0..3 {
            if let Some(NewEvent { body: EventBody::Log(log), .. }) = events.next().await {
                cases.push(log.case);
            }
        }
        assert_eq!(cases, [None, Some("test_a".to_owned())]);
    }

    #[tokio::test]
    async fn beyond_the_budget_head_and_tail_are_kept_and_the_rest_is_counted() {
        let (to, events) = FileSink::pair();
        let limit = 4 * TAIL as u64;
        let budget = Arc::new(LogBudget::new(limit));
        let sink = FileSink::new(0, to, Arc::new(SystemClock), budget);
        let written: Vec<u8> = (0..10 * TAIL).map(|n| b'a' + (n % 23) as u8).collect();
        let writer = tokio::spawn({
            let (sink, written) = (sink.clone(), written.clone());
            async move { sink.log(Stream::Stdout, &written).await }
        });
        let stored = tokio::spawn(async move {
            let mut events = SinkReceiver(events);
            let mut all = Vec::new();
            while let Some(event) = events.next().await {
                all.push(event.body);
            }
            all
        });
        writer.await.ok();
        sink.finish().await;
        drop(sink);
        let stored = stored.await.unwrap_or_default();
        let dropped: u64 = stored
            .iter()
            .map(|body| match body {
                EventBody::Truncated { dropped_bytes, .. } => *dropped_bytes,
                _ => 0,
            })
            .sum();
        let kept = bytes_of(&stored);
        assert_eq!(kept.len() as u64 + dropped, written.len() as u64);
        assert!(kept.len() as u64 <= limit, "{}", kept.len());
        assert!(written.starts_with(&kept[..3 * TAIL]));
        assert!(written.ends_with(&kept[kept.len() - TAIL / 2..]));
    }

    #[tokio::test]
    async fn tests_are_counted_without_subtests() {
        let (sink, events) = FileSink::channel(0);
        for (kind, outcome) in [
            (CaseKind::Test, crate::testrun::CaseOutcome::Passed),
            (CaseKind::Subtest, crate::testrun::CaseOutcome::Failed),
        ] {
            let case = format!("{kind}");
            let (duration, message, line) = (Duration::ZERO, None, None);
            sink.case(CaseResult { file: 9, case, kind, outcome, duration, message, line }).await;
        }
        assert_eq!((sink.reported(), sink.counts().bad()), (1, 1));
        let stored = collect(sink, events).await;
        assert!(stored.iter().all(|body| body.file() == Some(0)), "{stored:?}");
    }
}
