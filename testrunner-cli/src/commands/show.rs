//! `testrunner show`

use testrunner_core::testrun::{FileRecord, FileRole, ScheduleDocument, Source, Testrun};
use testrunner_core::{FileOutcome, Report};

use crate::cli::{Format, ShowArgs};
use crate::exit_code::Exit;
use crate::failure::Result;
use crate::ledger::Ledger;
use crate::output::clean::one_line;
use crate::output::failures::{Room, failures};
use crate::output::file_line::file_line;
use crate::output::json::{self, TestrunWithCases};
use crate::output::screen::Screen;
use crate::output::style::{self, paint};
use crate::output::{slow, summary, words};
use crate::place::Place;

pub(super) async fn show(args: &ShowArgs, place: &Place) -> Result<Exit> {
    let ledger = Ledger::open(place).await?;
    let shown = print_from(&ledger, args).await;
    ledger.close().await;
    shown
}

async fn print_from(ledger: &Ledger, args: &ShowArgs) -> Result<Exit> {
    let run = ledger.get(args.id).await?;
    let mut screen = Screen::new();
    match args.format {
        Format::Json => {
            let (schedule, cases) = (ledger.schedule(&run, None).await?, ledger.cases(&run).await?);
            json::document(&mut screen, &TestrunWithCases::new(&run, schedule, cases));
        }
        Format::Human => {
            let report = ledger.report(&run).await?;
            print(&mut screen, &run, ledger.schedule(&run, Some(&report)).await?, &report);
        }
    }
    screen.close()?;
    Ok(Exit::Passed)
}

fn print(screen: &mut Screen, run: &Testrun, schedule: Option<ScheduleDocument>, report: &Report) {
    heading(screen, run);
    for record in run.files.iter().filter(|record| record.role == FileRole::Test) {
        screen.line(&line(run, record));
    }
    let full = failures(run, report, Room::ALL);
    screen.line("");
    if !full.is_empty() {
        screen.line(&format!("{}\n", paint(style::BOLD, "failures")));
        screen.text(&full);
    }
    screen.text(&summary::slowest(run, report, slow::MARK));
    for message in &report.messages {
        screen.line(&format!("{} {}", paint(style::ODD, "!"), one_line(message)));
    }
    if let Some(explanation) = summary::explanation(run) {
        screen.line(&format!("{} {explanation}", paint(style::ODD, "!")));
    }
    screen.line(&summary::last_line(run, schedule, ""));
}

fn heading(screen: &mut Screen, run: &Testrun) {
    let summary = &run.summary;
    let id = paint(style::BOLD, format!("Testrun {}", run.id()));
    let user = one_line(&summary.username);
    screen.line(&format!("{id}  by {user}, {}, {}", words::moment(summary.created_at), summary.executor));
    let detail = |name: &str, value: &str| {
        format!("  {} {}", paint(style::DIM, format!("{name:<8}")), one_line(value))
    };
    if let Source::Directory { root } = &summary.source {
        screen.line(&detail("in", &root.display().to_string()));
    }
    for (name, value) in &summary.options {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        screen.line(&detail(name, &value));
    }
    for (key, value) in &summary.labels {
        screen.line(&detail("label", &format!("{key}={value}")));
    }
    screen.line("");
}

fn line(run: &Testrun, record: &FileRecord) -> String {
    if let Some(result) = &record.result {
        let (counts, duration) = (&result.counts, Some(result.duration));
        return file_line(&record.path, result.outcome, counts, duration, result.message.as_deref());
    }
    if run.status().is_terminal() {
        return file_line(
            &record.path,
            FileOutcome::NotRun,
            &testrunner_core::CaseCounts::default(),
            None,
            None,
        );
    }
    format!("{}  {}", paint(style::DIM, "waiting"), one_line(&record.path))
}
