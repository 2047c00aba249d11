//! How far a copy is, on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget};
use testrunner_core::copy::{Progress, Stage};

use super::live::{can_draw, template};
use super::words;

/// One line on standard error; none where nobody would see it move. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Copyings(Option<ProgressBar>);

impl Copyings {
    pub(crate) fn begin() -> Self {
        let bar = can_draw().then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10));
            bar.with_style(template("{prefix} {bar:24.green/dim} {pos}/{len} Testruns  {elapsed}  {msg}"))
        });
        Self(bar)
    }

    pub(crate) fn draw(&self, progress: &Progress) {
        let Some(bar) = &self.0 else { return };
        bar.set_prefix(match progress.stage {
            Stage::Copying => "copying ",
            Stage::Checking => "checking",
        });
        bar.set_length(progress.total);
        bar.set_position(progress.done);
        bar.set_message(format!("{} events, {}", progress.events, words::bytes(progress.bytes)));
    }

    pub(crate) fn end(&self) {
        self.0.iter().for_each(ProgressBar::finish_and_clear);
    }
}
