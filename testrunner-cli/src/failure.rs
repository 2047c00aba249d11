//! What ends a command early: one sentence, what to do, and the exit code.

use std::fmt::Display;
use std::panic::PanicHookInfo;

use testrunner_client::ClientError;
use testrunner_core::executor::ExecError;
use testrunner_core::{EngineError, StoreError, StoreErrorKind};
use testrunner_http::token::TokenError;
use testrunner_junit::JunitError;

use crate::exit_code::Exit;
use crate::output::clean::one_line;

const ADDRESS: &str = "is --server right? it takes the address that `testrunner serve` prints, host and port without a path, \
    like http://127.0.0.1:7878";

/// A command could not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
    hint: Option<String>,
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// What was asked for cannot be.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into(), hint: None }
    }

    /// The machine, the disk or the program is at fault.
    pub(crate) fn infrastructure(message: impl Into<String>) -> Self {
        Self { exit: Exit::Infrastructure, message: message.into(), hint: None }
    }

    /// There is no server.
    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Self { exit: Exit::Unreachable, message: message.into(), hint: None }
    }

    /// There is nothing to run.
    pub(crate) fn nothing(message: impl Into<String>) -> Self {
        Self { exit: Exit::NothingRan, message: message.into(), hint: None }
    }

    /// A signal came before there was anything to stop.
    pub(crate) fn interrupted(exit: Exit) -> Self {
        Self { exit, message: "interrupted before anything was run".to_owned(), hint: None }
    }

    /// A signal came, and what was begun goes on without us.
    pub(crate) fn detached(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// The program itself is at fault.
    pub(crate) fn mistake(panic: &PanicHookInfo<'_>) -> Self {
        let what = panic.payload_as_str().unwrap_or("a panic without a message");
        let place = panic.location().map_or_else(String::new, |place| format!(" ({place})"));
        Self::infrastructure(format!("this is a mistake in testrunner: {what}{place}"))
            .hint("please report it; what was stored before is not lost")
    }

    /// Adds what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What went wrong, without what to do.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The lines for standard error.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("error: {}", without_numbers(&one_line(&self.message)));
        if let Some(hint) = &self.hint {
            text.push_str("\n  ");
            text.push_str(&one_line(hint));
        }
        text
    }
}

/// The reason that the operating system gives, without its number.
pub(crate) fn os_reason(error: &impl Display) -> String {
    without_numbers(&error.to_string())
}

/// Takes out ` (os error 2)`: the words before it say the same.
fn without_numbers(text: &str) -> String {
    let Some((before, after)) = text.split_once(" (os error ") else { return text.to_owned() };
    let after = after.split_once(')').map_or("", |(_, after)| after);
    format!("{before}{}", without_numbers(after))
}

impl From<&StoreError> for Failure {
    /// A store's message says by itself what to do; its causes are for the log.
    fn from(error: &StoreError) -> Self {
        let message = error.to_string();
        match error.kind() {
            StoreErrorKind::NotFound => Self::usage(message).hint("`testrunner list` shows those there are"),
            StoreErrorKind::Invalid | StoreErrorKind::Conflict | StoreErrorKind::TooLarge => {
                Self::usage(message)
            }
            StoreErrorKind::Corrupt
            | StoreErrorKind::Busy
            | StoreErrorKind::Unavailable
            | StoreErrorKind::Fenced
            | StoreErrorKind::Gap { .. }
            | StoreErrorKind::Internal => Self::infrastructure(message),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}

impl From<ExecError> for Failure {
    fn from(error: ExecError) -> Self {
        Self::infrastructure(error.message)
    }
}

impl From<JunitError> for Failure {
    fn from(error: JunitError) -> Self {
        Self::infrastructure(error.to_string())
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let message = error.to_string();
        match (&error, error.status()) {
            (ClientError::Unreachable { url, .. }, _) if is_own_tls(url) => Self::unreachable(message)
                .hint("`testrunner serve` itself speaks http: name it like http://127.0.0.1:7878"),
            (ClientError::Unreachable { .. }, _) => Self::unreachable(message)
                .hint("start it with `testrunner serve`, or name another one with --server"),
            (ClientError::Protocol { .. }, _) => Self::infrastructure(message).hint(ADDRESS),
            // Not a Testrun is missing, but all of the API.
            (_, Some(404)) if message.contains("no such route") => Self::usage(message).hint(ADDRESS),
            (_, Some(401)) => Self::usage(format!("the server does not let us in: {message}")).hint(
                "name a file with a token by --token-file, or set TESTRUNNER_TOKEN; `testrunner token create` on the \
                 server's machine makes one",
            ),
            (_, Some(404)) => Self::usage(message).hint("`testrunner list` shows those there are"),
            (_, Some(422)) if error.code() == Some("no-tests") => Self::nothing(message),
            (_, Some(400..=499)) if !error.is_retryable() => Self::usage(message),
            (
                ClientError::Address { .. }
                | ClientError::Token
                | ClientError::Invalid(_)
                | ClientError::File { .. },
                _,
            ) => Self::usage(message),
            _ => Self::infrastructure(message),
        }
    }
}

/// Whether TLS was spoken to this machine, where no proxy stands in front as a rule.
fn is_own_tls(url: &str) -> bool {
    url.starts_with("https:") && testrunner_client::is_this_machine(url)
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        let message = without_numbers(&error.to_string());
        match error {
            TokenError::Io(_) | TokenError::NoRandom { .. } => Self::infrastructure(message),
            _ => Self::usage(message),
        }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Store(error) => Self::from(&error),
            EngineError::InvalidSpec(error) => Self::usage(error.to_string()),
            EngineError::File { path, source } => {
                Self::usage(format!("cannot read {}: {}", path.display(), os_reason(&source)))
            }
            // Options are checked while submitting; what the machine lacks shows up later.
            EngineError::Executor(error) => Self::usage(error.message),
            error @ EngineError::NothingToRerun { .. } => Self::nothing(error.to_string()),
            other => Self::infrastructure(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sentence_whatever_the_cause_contains() {
        let failure = Failure::usage("no such file: a\n\u{1b}[31mb").hint("look");
        assert_eq!(failure.text(), "error: no such file: a b\n  look");
    }

    #[test]
    fn numbers_of_the_system_are_left_out() {
        let error = std::io::Error::from_raw_os_error(2);
        assert_eq!(os_reason(&error), "No such file or directory");
        assert_eq!(without_numbers("a (os error 2), b (os error 13)"), "a, b");
    }

    #[test]
    fn the_kind_decides_the_code() {
        let exit = |kind| Failure::from(StoreError::new(kind, "x")).exit;
        assert_eq!(exit(StoreErrorKind::NotFound), Exit::Usage);
        assert_eq!(exit(StoreErrorKind::Conflict), Exit::Usage);
        assert_eq!(exit(StoreErrorKind::Corrupt), Exit::Infrastructure);
        assert_eq!(exit(StoreErrorKind::Unavailable), Exit::Infrastructure);
    }
}
