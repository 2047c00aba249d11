//! The suite that every executor must pass.

use std::sync::Arc;

use async_trait::async_trait;
use testrunner_core::Executor;
use testrunner_executor_pytest::PytestExecutor;
use testrunner_testkit::executor::{ExecutorHarness, FLOOD, Play};

use crate::harness;

struct Pytest;

#[async_trait]
impl ExecutorHarness for Pytest {
    async fn executor(&self) -> Arc<dyn Executor> {
        Arc::new(harness::executor().await)
    }

    fn file(&self, play: Play) -> Option<(String, String)> {
        let pid = |pid: &str| format!("open('pid', 'w').write(str({pid}))");
        let me = pid("os.getpid()");
        let body = match play {
            Play::Passes => "pass".to_owned(),
            Play::Fails => "assert 0".to_owned(),
            Play::Hangs => format!(
                "try:\n        {me}\n        print('ready')\n        time.sleep(1000)\n    \
                 finally:\n        print('bye')"
            ),
            Play::IgnoresTheStop => format!(
                "signal.signal(signal.SIGINT, signal.SIG_IGN)\n    {me}\n    print('ready')\n    \
                 time.sleep(1000)"
            ),
            Play::LeavesAChild => pid("subprocess.Popen(['sleep', '1000']).pid"),
            Play::Floods => format!(
                "{me}\n    left = {FLOOD}\n    while left:\n        left -= os.write(1, bytes(min(left, 65536)))"
            ),
            Play::Meets(n) => format!(
                "open('met-{n}', 'w').close()\n    while not os.path.exists('met-{}'):\n        time.sleep(0.02)",
                1 - n
            ),
        };
        let text = format!("import os, signal, subprocess, time\ndef test_it():\n    {body}\n");
        let name: String = format!("{play:?}").chars().filter(char::is_ascii_alphanumeric).collect();
        Some((format!("test_{name}.py"), text))
    }

    async fn broken(&self) -> Option<Arc<dyn Executor>> {
        let builder = PytestExecutor::builder().data_folder(harness::data_folder());
        Some(Arc::new(builder.python("/nonexistent/python").build().unwrap()))
    }
}

testrunner_testkit::executor_conformance!(Pytest);
