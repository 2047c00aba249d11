//! What was not good, in full: message and output of each case.

use std::fmt::Write as _;

use testrunner_core::event::CaseResult;
use testrunner_core::report::{FileReport, Output, Report};
use testrunner_core::testrun::{FileRole, Testrun};
use testrunner_core::{CaseKind, FileOutcome};

use super::clean::{clean, clean_bytes, one_line};
use super::style::{self, paint};
use super::words;

/// How many lines of one message or one output are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room(pub(crate) usize);

impl Room {
    /// At the end of a run: what fits on a few screens.
    pub(crate) const BRIEF: Self = Self(200);
    /// When asked for.
    pub(crate) const ALL: Self = Self(usize::MAX);
}

/// `path::case`, or the path for what stands for the file as a whole.
pub(crate) fn case_name(path: &str, case: &CaseResult) -> String {
    let path = one_line(path);
    match (case.kind, case.case.as_str()) {
        (CaseKind::Collection, "" | "[collection]") => path,
        (_, name) => format!("{path}::{}", one_line(name)),
    }
}

/// All failures of a Testrun, one after the other; empty when there are none.
pub(crate) fn failures(run: &Testrun, report: &Report, room: Room) -> String {
    let mut text = String::new();
    for (index, record) in (0..).zip(&run.files) {
        let Some(file) = report.files.get(&index).filter(|_| record.role == FileRole::Test) else { continue };
        if file.outcome().is_none_or(FileOutcome::is_good) {
            continue;
        }
        for case in file.cases.iter().filter(|case| case.outcome.is_bad()) {
            one_case(&mut text, &record.path, case, file.output.get(&Some(case.case.clone())), room);
        }
        whole_file(&mut text, &record.path, file, room);
    }
    text
}

fn one_case(text: &mut String, path: &str, case: &CaseResult, output: Option<&Output>, room: Room) {
    let place = case.line.map_or_else(String::new, |line| format!(", line {line}"));
    let name = paint(style::BAD, case_name(path, case));
    let end = format!("{}, {}{place}", words::case_word(case.outcome), words::time(case.duration));
    heading(text, &name.to_string(), &end);
    if let Some(message) = &case.message {
        block(text, &clean(message.trim_end()), room, End::Head);
    }
    if let Some(output) = output {
        streams(text, output, room);
    }
    text.push('\n');
}

/// What is to be said of the file beside its cases. What it wrote outside of them matters when they do not
/// explain its end.
fn whole_file(text: &mut String, path: &str, file: &FileReport, room: Room) {
    let Some(finish) = &file.finish else { return };
    let explained = file.cases.iter().any(|case| case.outcome.is_bad());
    let output = file.output.get(&None).filter(|output| !output.is_empty());
    if finish.outcome == FileOutcome::Cancelled && !explained {
        return;
    }
    if explained && (finish.outcome == FileOutcome::Failed || output.is_none()) {
        return;
    }
    let name = paint(style::of_file(finish.outcome), one_line(path));
    let word = words::file_word(finish.outcome).to_lowercase();
    heading(text, &name.to_string(), &format!("{word}, {}", words::time(finish.duration)));
    if let Some(message) = &finish.message {
        block(text, &clean(message.trim_end()), room, End::Head);
    }
    if let Some(output) = output {
        streams(text, output, room);
    }
    text.push('\n');
}

fn heading(text: &mut String, name: &str, end: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{} {name}  {}", paint(style::BAD, "✗"), paint(style::DIM, format!("({end})")));
}

fn streams(text: &mut String, output: &Output, room: Room) {
    let parts = [("stdout", &output.stdout), ("stderr", &output.stderr), ("runner", &output.runner)];
    for (name, bytes) in parts.into_iter().filter(|(_, bytes)| !bytes.is_empty()) {
        let _ = writeln!(text, "    {}", paint(style::DIM, format!("── {name} ──")));
        block(text, &clean_bytes(bytes.trim_ascii_end()), room, End::Tail);
    }
    if output.missing > 0 {
        let missing = format!("… {} of earlier output are not shown", words::bytes(output.missing));
        let _ = writeln!(text, "    {}", paint(style::DIM, missing));
    }
}

/// Which end of a long text is kept.
#[derive(Clone, Copy)]
enum End {
    Head,
    Tail,
}

fn block(text: &mut String, content: &str, room: Room, keep: End) {
    let lines: Vec<&str> = content.split('\n').collect();
    let excess = lines.len().saturating_sub(room.0);
    let note = |text: &mut String, which: &str| {
        if excess > 0 {
            let more = format!("… {} {which}", words::count(excess, "line"));
            let _ = writeln!(text, "    {}", paint(style::DIM, more));
        }
    };
    let shown = match keep {
        End::Head => &lines[..lines.len() - excess],
        End::Tail => &lines[excess..],
    };
    if matches!(keep, End::Tail) {
        note(text, "before");
    }
    for line in shown {
        let _ = if line.is_empty() { writeln!(text) } else { writeln!(text, "    {line}") };
    }
    if matches!(keep, End::Head) {
        note(text, "more");
    }
}
