//! What the plugin says on the result channel. `python/testrunner_runtime/plugin.py` is the other side.

use std::time::Duration;

use serde::Deserialize;
use testrunner_core::event::CaseResult;
use testrunner_core::testrun::{CaseKind, CaseOutcome};

/// Largest frame, in bytes.
pub(crate) const FRAME: usize = 64 << 10;

/// One packet. Unknown kinds and missing fields are a broken protocol, not something to guess at.
#[derive(Debug, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub(crate) enum Frame {
    /// The first word: how the others are signed.
    Hello(Keys),
    /// So many tests are selected.
    Collected { n: u32 },
    /// A test begins: which of the collected, if any. Divides output.
    Start {
        case: String,
        line: Option<u32>,
        item: Option<u32>,
        #[serde(default)]
        waits: bool,
    },
    /// The test that began has been torn down. Divides output.
    End {
        #[serde(flatten)]
        case: Case,
        #[serde(default)]
        waits: bool,
    },
    /// Something else than a test has a result.
    Case {
        kind: CaseKind,
        #[serde(flatten)]
        case: Case,
    },
    /// pytest failed.
    Internal { text: String },
    /// pytest was interrupted, by us, by the user's own code or by `pytest.exit`.
    Interrupt { text: String },
    /// pytest's own words, to be shown because it failed.
    Runner { text: String },
    /// pytest has returned. Divides output.
    Closed {
        status: i32,
        #[serde(default)]
        waits: bool,
    },
}

/// The keys of one child, as hexadecimal digits.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Keys {
    /// For what happens in the session.
    pub(crate) key: String,
    /// For its end.
    pub(crate) seal: String,
}

/// A result.
#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) case: String,
    pub(crate) outcome: CaseOutcome,
    us: u64,
    message: Option<String>,
    line: Option<u32>,
}

impl Case {
    /// As the sink takes it.
    pub(crate) fn into_result(self, kind: CaseKind) -> CaseResult {
        let Self { case, outcome, us, message, line } = self;
        CaseResult { file: 0, case, kind, outcome, duration: Duration::from_micros(us), message, line }
    }
}

impl Frame {
    /// Reads a packet.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(packet: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(packet).map_err(|error| error.to_string())
    }

    /// Whether the plugin waits for an answer: it divides output, and there is some.
    pub(crate) const fn waits(&self) -> bool {
        match self {
            Self::Start { waits, .. } | Self::End { waits, .. } | Self::Closed { waits, .. } => *waits,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_strictly() {
        for good in [
            r#"{"t":"collected","n":3}"#,
            r#"{"t":"start","case":"test_a","line":null,"item":0}"#,
            r#"{"t":"end","case":"test_a","outcome":"xfailed","us":5,"message":null,"line":2}"#,
            r#"{"t":"case","kind":"subtest","case":"a","outcome":"passed","us":5,"message":"m","line":2}"#,
            r#"{"t":"closed","status":0}"#,
        ] {
            assert!(Frame::parse(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "5 passed",
            "{}",
            r#"{"t":"passed"}"#,
            r#"{"t":"collected","n":-1}"#,
            r#"{"t":"end","case":"a","outcome":"fine","us":5}"#,
            r#"{"t":"end","case":"a","outcome":"passed","us":-5}"#,
            "{\"t\":\"start\",\"case\":\"\u{0}\"}",
        ] {
            assert!(Frame::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(Frame::parse(b"{\"t\":\"start\",\"case\":\"\xff\"}").is_err());
    }
}
