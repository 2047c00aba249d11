//! The live area on a terminal: how far the run is, and what each slot is doing.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use testrunner_core::report::FileReport;
use testrunner_core::testrun::Testrun;
use testrunner_core::{CaseCounts, Clock as _, Report, SystemClock};

use super::clean::one_line;
use super::style::{self, paint};
use super::words;

/// More slots than this are not shown one by one.
const MOST_SLOTS: usize = 8;

/// A line for each slot and a bar, on standard error.
#[derive(Debug)]
pub(super) struct Live {
    area: MultiProgress,
    space: ProgressBar,
    slots: Vec<ProgressBar>,
    bar: ProgressBar,
}

impl Live {
    /// The area, if standard error is a terminal that can show one.
    pub(super) fn begin(files: usize, slots: usize) -> Option<Self> {
        if !can_draw() {
            return None;
        }
        let area = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        // The library leaves the cursor at the right edge, so that the `^C` that a terminal prints begins a new
        // line, and what is cleared then begins one line too low: an empty one stays behind.
        let space = line(&area, " ");
        let slots = (0..slots.min(files).min(MOST_SLOTS)).map(|_| line(&area, "  {wide_msg}")).collect();
        let bar = area.add(ProgressBar::new(files.try_into().unwrap_or(u64::MAX)));
        bar.set_style(template("{bar:24.green/dim} {pos}/{len} files  {elapsed}  {msg}"));
        Some(Self { area, space, slots, bar })
    }

    /// Draws where the run stands.
    pub(super) fn draw(&self, run: &Testrun, report: &Report) {
        self.bar.set_position(u64::from(report.files().total));
        // Those of running files, too, so that one long file is seen to move.
        let mut cases = CaseCounts::default();
        report.files.values().for_each(|file| cases.merge(&file.counts()));
        let cases = if cases.total() == 0 { String::new() } else { words::cases(&cases) };
        self.bar.set_message(cases);
        self.space.tick();
        let mut running = report.files.iter().filter(|(_, file)| file.finish.is_none());
        for line in &self.slots {
            let text = running
                .next()
                .map_or_else(|| paint(style::DIM, "–").to_string(), |(index, file)| doing(run, *index, file));
            line.set_message(text);
            line.tick();
        }
    }

    /// Does something to the terminal while the area is away.
    pub(super) fn suspend(&self, act: impl FnOnce()) {
        self.area.suspend(act);
    }

    pub(super) fn end(self) {
        self.space.finish_and_clear();
        self.slots.iter().for_each(ProgressBar::finish_and_clear);
        self.bar.finish_and_clear();
        // What cannot be cleared any more is no loss.
        let _ = self.area.clear();
    }
}

fn line(area: &MultiProgress, text: &str) -> ProgressBar {
    let line = area.add(ProgressBar::no_length());
    line.set_style(template(text));
    line
}

/// Whether standard error is a terminal that can move its cursor.
pub(super) fn can_draw() -> bool {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    // Log lines and an area that is drawn over would tear each other apart.
    let is_shared = tracing::dispatcher::has_been_set();
    std::io::IsTerminal::is_terminal(&std::io::stderr()) && !dumb && !is_shared
}

fn doing(run: &Testrun, index: u32, file: &FileReport) -> String {
    let path = usize::try_from(index).ok().and_then(|index| run.files.get(index));
    let path = path.map_or_else(String::new, |record| one_line(&record.path));
    let since = SystemClock.now().since(file.started_at);
    let case = file.running.as_ref().map_or_else(String::new, |case| format!("::{}", one_line(case)));
    format!("{}  {path}{case}", paint(style::DIM, format!("{:>6}", whole_seconds(since))))
}

/// Anything finer flickers.
fn whole_seconds(time: Duration) -> String {
    if time.as_secs() < 60 { format!("{}s", time.as_secs()) } else { words::time(time) }
}

pub(super) fn template(text: &str) -> ProgressStyle {
    // The templates are ours, and a test draws them.
    ProgressStyle::with_template(text)
        .map_or_else(|_| ProgressStyle::default_bar(), |style| style.progress_chars("━╸─"))
}

/// What is being done before the run begins, such as building an environment. Nothing is shown until something
/// is told.
#[derive(Debug)]
pub(crate) struct Spinner(Option<ProgressBar>);

impl Spinner {
    pub(crate) fn new() -> Self {
        Self(can_draw().then(|| {
            let line = ProgressBar::new_spinner();
            line.set_style(template("{spinner} {wide_msg}  {elapsed}"));
            line
        }))
    }

    /// A handle that tells what is being done now: in place on a terminal, else as a line.
    pub(crate) fn teller(&self) -> impl Fn(&str) + Send + Sync + 'static {
        let line = self.0.clone();
        move |text: &str| match &line {
            Some(line) => {
                line.set_message(one_line(text));
                line.enable_steady_tick(Duration::from_millis(100));
            }
            None => super::screen::say(&one_line(text)),
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(line) = &self.0 {
            line.finish_and_clear();
        }
    }
}
