//! From what was heard of a file to its verdict.

use std::time::Duration;

use testrunner_core::event::CaseResult;
use testrunner_core::executor::Verdict;
use testrunner_core::testrun::{CaseKind, CaseOutcome, FileOutcome};

use crate::keeper::{Exit, Leaked};
use crate::listen::{Broken, Heard};

/// What brought the file to its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It ended by itself.
    Own,
    /// Its time ran out.
    TimedOut(Duration),
    /// Somebody asked for a stop.
    Stopped,
    /// It was killed because the result channel carried nonsense.
    Broken(Broken),
}

/// The verdict, and the case of a test that had begun and did not end.
pub(crate) fn judge(heard: Heard, exit: Option<&Exit>, ending: &Ending) -> (Verdict, Option<CaseResult>) {
    let judged = match ending {
        Ending::Own => own(&heard, exit),
        Ending::TimedOut(limit) => timed_out(&heard, *limit),
        // Without a trace of the interruption it had come to its end already.
        Ending::Stopped => match own(&heard, exit) {
            done if done.file.is_good() && heard.interrupt.is_none() => done,
            _ => Judged::new(FileOutcome::Cancelled, None, None),
        },
        Ending::Broken(Broken(what)) => {
            let message = format!("broke the result protocol: {what}");
            Judged::new(FileOutcome::Errored, Some(message), Some(CaseOutcome::Error))
        }
    };
    let mut verdict = Verdict::new(judged.file, heard.collected.unwrap_or(0));
    // Whatever is killed on request is not left behind.
    let leaked = exit.filter(|_| *ending == Ending::Own).and_then(|exit| leaks(&exit.leaked));
    verdict.message = match (judged.message.clone(), leaked) {
        (Some(message), Some(leaked)) => Some(format!("{message}; {leaked}")),
        (message, leaked) => message.or(leaked),
    };
    let case = heard.running.zip(judged.running).map(|(running, outcome)| CaseResult {
        file: 0,
        case: running.case,
        kind: CaseKind::Test,
        outcome,
        duration: running.since.elapsed(),
        message: judged.case_message.or(judged.message),
        line: running.line,
    });
    (verdict, case)
}

struct Judged {
    file: FileOutcome,
    message: Option<String>,
    /// What becomes of a test that had begun; `None`: it is not reported.
    running: Option<CaseOutcome>,
    /// What is said of that test; `None`: the same as of the file.
    case_message: Option<String>,
}

impl Judged {
    const fn new(file: FileOutcome, message: Option<String>, running: Option<CaseOutcome>) -> Self {
        Self { file, message, running, case_message: None }
    }

    fn errored(message: impl Into<String>) -> Self {
        Self::new(FileOutcome::Errored, Some(message.into()), Some(CaseOutcome::Error))
    }
}

fn timed_out(heard: &Heard, limit: Duration) -> Judged {
    let mut message = format!("did not end within {limit:?}");
    if heard.closed.is_some() && heard.running.is_none() && heard.interrupt.is_none() {
        message.push_str(": all tests had ended, but the process had not");
    }
    let case_message = heard.interrupt.as_ref().map(|text| format!("{message}\n{text}"));
    let (file, running) = (FileOutcome::TimedOut, Some(CaseOutcome::TimedOut));
    Judged { file, message: Some(message), running, case_message }
}

/// The verdict over a child that ended by itself.
fn own(heard: &Heard, exit: Option<&Exit>) -> Judged {
    let ended = match exit {
        None => return crashed(heard, "the process that watches over the tests was killed"),
        Some(Exit { signal: Some(signal), .. }) => {
            return crashed(heard, &format!("killed by signal {}", signal_name(*signal)));
        }
        Some(exit) => exit.code.unwrap_or(0),
    };
    let Some(closed) = heard.closed else {
        return heard.internal.as_ref().map_or_else(
            || crashed(heard, &format!("the process ended with exit code {ended}")),
            |text| internal(text),
        );
    };
    match closed {
        0 | 5 if closed != ended => Judged::errored(format!(
            "pytest ended with exit code {closed}, but its process with exit code {ended}"
        )),
        0 => passed(heard),
        5 if heard.collected.unwrap_or(0) > 0 || heard.tests > 0 => {
            Judged::errored("pytest said that there were no tests, but there were")
        }
        5 => Judged::new(FileOutcome::Empty, None, None),
        1 | 2 if heard.collection_errors > 0 && heard.bad == 0 => {
            Judged::errored("the tests could not be collected")
        }
        1 if heard.bad == 0 => failed("pytest said that tests failed, but reported none that did"),
        1 => Judged::new(FileOutcome::Failed, None, Some(CaseOutcome::Error)),
        2 => interrupted(heard),
        3 => internal(heard.internal.as_deref().unwrap_or("its output says more")),
        4 => Judged::errored("pytest could not be started with these settings; its output says why"),
        6 => failed("more warnings than allowed"),
        _ => Judged::errored(format!("pytest ended with the unknown exit code {closed}")),
    }
}

/// The verdict over a pytest that ended with 0, which its plugins and tests can have it say.
fn passed(heard: &Heard) -> Judged {
    if let Some(text) = &heard.internal {
        return internal(text);
    }
    let (all, done) = (heard.collected.unwrap_or(0), heard.done.len());
    let doubt = if heard.bad + heard.collection_errors > 0 {
        let bad = heard.bad + heard.collection_errors;
        format!("pytest ended with exit code 0, but {bad} of the results are bad")
    } else if all == 0 {
        "pytest ended with exit code 0, but no test was collected".to_owned()
    } else if u32::try_from(done) != Ok(all) || heard.tests != all {
        format!("pytest ended with exit code 0, but of {all} tests {done} have a result")
    } else {
        return Judged::new(FileOutcome::Passed, None, Some(CaseOutcome::Error));
    };
    let why = heard.interrupt.as_deref().map(last_line);
    Judged::errored(
        why.map_or_else(|| doubt.clone(), |why| format!("{doubt}; interrupted from within: {why}")),
    )
}

fn last_line(text: &str) -> &str {
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or(text).trim()
}

fn crashed(heard: &Heard, how: &str) -> Judged {
    let (file, case) = match &heard.running {
        Some(running) => (format!("{how} in {}", running.case), format!("{how} in the middle of this test")),
        None if heard.closed.is_some()
            || heard.collected.is_some_and(|all| all > 0 && all == heard.tests) =>
        {
            (format!("{how} after the last test"), String::new())
        }
        None if heard.collected.is_some() => (format!("{how} between tests"), String::new()),
        None => (format!("{how} before the tests were collected"), String::new()),
    };
    let (outcome, running) = (FileOutcome::Crashed, Some(CaseOutcome::Crashed));
    Judged { file: outcome, message: Some(file), running, case_message: Some(case) }
}

fn failed(message: &str) -> Judged {
    Judged::new(FileOutcome::Failed, Some(message.to_owned()), Some(CaseOutcome::Error))
}

fn internal(text: &str) -> Judged {
    let message = format!("pytest had an internal error: {}", last_line(text));
    Judged { case_message: Some(text.to_owned()), ..Judged::errored(message) }
}

fn interrupted(heard: &Heard) -> Judged {
    let text = heard.interrupt.as_deref().unwrap_or("pytest does not say by whom");
    let message = format!("interrupted from within: {}", last_line(text));
    Judged { case_message: Some(text.to_owned()), ..Judged::errored(message) }
}

fn leaks(leaked: &[Leaked]) -> Option<String> {
    let names: Vec<String> = leaked
        .iter()
        .map(|process| {
            let end = if process.alive { "could not be killed" } else { "killed" };
            format!("{} ({end})", process.cmd)
        })
        .collect();
    match names.len() {
        0 => None,
        1 => Some(format!("left 1 process running: {}", names[0])),
        many => Some(format!("left {many} processes running: {}", names.join(", "))),
    }
}

fn signal_name(signal: i32) -> String {
    // From 1. Those of Linux, except on a few old machines.
    const NAMES: &str = "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS";
    let index = usize::try_from(signal).ok().and_then(|number| number.checked_sub(1));
    let name = index.and_then(|index| NAMES.split(' ').nth(index));
    name.map_or_else(|| signal.to_string(), |name| format!("{signal} (SIG{name})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(status: i32, code: i32, heard: Heard) -> (FileOutcome, Option<String>) {
        let exit = Exit { code: Some(code), ..Exit::default() };
        let heard = Heard { closed: Some(status), ..heard };
        let (verdict, _) = judge(heard, Some(&exit), &Ending::Own);
        (verdict.outcome, verdict.message)
    }

    #[test]
    fn exit_codes_of_pytest() {
        let one_bad = || Heard { bad: 1, tests: 2, collected: Some(2), ..Heard::default() };
        let good = || Heard { tests: 2, done: [0, 1].into(), collected: Some(2), ..Heard::default() };
        let errors = || Heard { collection_errors: 1, ..Heard::default() };
        for (status, code, heard, outcome) in [
            (0, 0, good(), FileOutcome::Passed),
            (0, 0, Heard::default(), FileOutcome::Errored),
            (0, 0, Heard { tests: 1, ..good() }, FileOutcome::Errored),
            (0, 0, Heard { tests: 3, ..good() }, FileOutcome::Errored),
            // One ran twice and one never.
            (0, 0, Heard { done: [0].into(), ..good() }, FileOutcome::Errored),
            (0, 0, Heard { bad: 1, ..good() }, FileOutcome::Errored),
            (0, 0, Heard { internal: Some("a\nb".to_owned()), ..good() }, FileOutcome::Errored),
            (0, 1, good(), FileOutcome::Errored),
            (1, 1, one_bad(), FileOutcome::Failed),
            (1, 0, one_bad(), FileOutcome::Failed),
            (1, 1, errors(), FileOutcome::Errored),
            (1, 1, Heard { bad: 1, ..errors() }, FileOutcome::Failed),
            (2, 2, errors(), FileOutcome::Errored),
            (2, 2, Heard::default(), FileOutcome::Errored),
            (3, 3, Heard::default(), FileOutcome::Errored),
            (4, 4, Heard::default(), FileOutcome::Errored),
            (5, 5, Heard::default(), FileOutcome::Empty),
            (5, 5, one_bad(), FileOutcome::Errored),
            (5, 0, Heard::default(), FileOutcome::Errored),
            (6, 6, Heard { tests: 1, ..Heard::default() }, FileOutcome::Failed),
            (-1, 255, Heard::default(), FileOutcome::Errored),
        ] {
            let (judged, message) = closed(status, code, heard);
            assert_eq!(judged, outcome, "{status} {code} {message:?}");
            let silent = matches!(outcome, FileOutcome::Passed | FileOutcome::Empty) || message.is_some();
            assert!(silent || status == 1, "{status} {code}");
        }
    }

    #[test]
    fn signals_have_names() {
        let names = [1, 9, 11, 24, 31, 32, 64, 0, -1].map(signal_name);
        let expected = [
            "1 (SIGHUP)",
            "9 (SIGKILL)",
            "11 (SIGSEGV)",
            "24 (SIGXCPU)",
            "31 (SIGSYS)",
            "32",
            "64",
            "0",
            "-1",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn leaks_are_added_to_what_is_said() {
        let leaked = |cmd: &str, alive| Leaked { cmd: cmd.to_owned(), alive };
        let exit = Exit { signal: Some(64), leaked: vec![leaked("sleep 9", false)], ..Exit::default() };
        let (verdict, case) = judge(Heard::default(), Some(&exit), &Ending::Own);
        let says =
            "killed by signal 64 before the tests were collected; left 1 process running: sleep 9 (killed)";
        assert_eq!((verdict.message.as_deref(), case), (Some(says), None));
        let two = leaks(&[leaked("a", false), leaked("b", true)]);
        assert_eq!(two.as_deref(), Some("left 2 processes running: a (killed), b (could not be killed)"));
    }
}
