//! The executor suite over the executors that core brings along.

mod process {
    use std::sync::Arc;

    use async_trait::async_trait;
    use testrunner_core::{Executor, ProcessExecutor};
    use testrunner_testkit::executor::{ExecutorHarness, FLOOD, Play};

    /// Shell scripts.
    struct Shell;

    #[async_trait]
    impl ExecutorHarness for Shell {
        async fn executor(&self) -> Arc<dyn Executor> {
            Arc::new(ProcessExecutor::new("sh", "sh"))
        }

        fn file(&self, play: Play) -> Option<(String, String)> {
            let wait = "while :; do sleep 0.02; done";
            let script = match play {
                Play::Passes => "exit 0".to_owned(),
                Play::Fails => "echo no; exit 1".to_owned(),
                Play::Hangs => format!("trap 'echo bye; exit 0' TERM; echo $$ > pid; echo ready; {wait}"),
                Play::IgnoresTheStop => format!("trap '' TERM; echo $$ > pid; echo ready; {wait}"),
                Play::LeavesAChild => "sleep 1000 & echo $! > pid".to_owned(),
                Play::Floods => format!("echo $$ > pid; head -c {FLOOD} /dev/zero"),
                Play::Meets(n) => format!("touch met-{n}; until [ -e met-{} ]; do sleep 0.02; done", 1 - n),
            };
            Some((format!("{play:?}.sh"), script))
        }

        async fn broken(&self) -> Option<Arc<dyn Executor>> {
            Some(Arc::new(ProcessExecutor::new("sh", "/nonexistent/sh")))
        }
    }

    testrunner_testkit::executor_conformance!(Shell);
}

mod function {
    use std::future::pending;
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use async_trait::async_trait;
    use testrunner_core::event::Stream;
    use testrunner_core::executor::{ExecError, FnJob};
    use testrunner_core::{Executor, FileOutcome, FnExecutor, Verdict};
    use testrunner_testkit::executor::{ExecutorHarness, FLOOD, Play};

    /// A closure; its file's name says what it does. What "lives" is its future.
    #[derive(Default)]
    struct Closure(Arc<()>);

    #[async_trait]
    impl ExecutorHarness for Closure {
        async fn executor(&self) -> Arc<dyn Executor> {
            let life = Arc::clone(&self.0);
            Arc::new(FnExecutor::new("fn", move |job| play(job, Arc::clone(&life))))
        }

        fn file(&self, play: Play) -> Option<(String, String)> {
            // A future has no processes, so it leaves none behind.
            (play != Play::LeavesAChild).then(|| (format!("{play:?}"), String::new()))
        }

        async fn broken(&self) -> Option<Arc<dyn Executor>> {
            Some(Arc::new(FnExecutor::new("fn", |_| async { Err(ExecError::fatal("no such thing")) })))
        }

        fn is_alive(&self, _root: &Path) -> bool {
            // One is the harness's, one the executor's closure.
            Arc::strong_count(&self.0) > 2
        }
    }

    async fn play(mut job: FnJob, life: Arc<()>) -> Result<Verdict, ExecError> {
        let passed = Ok(Verdict::new(FileOutcome::Passed, 1));
        let verdict = match job.file.path.as_str() {
            "Passes" => passed,
            "Fails" => Ok(Verdict::new(FileOutcome::Failed, 1)),
            "Hangs" => {
                job.sink.log(Stream::Stdout, b"ready\n").await;
                job.stop.soft().await;
                job.sink.log(Stream::Stdout, b"bye\n").await;
                Ok(Verdict::new(FileOutcome::Cancelled, 0))
            }
            "IgnoresTheStop" => {
                job.sink.log(Stream::Stdout, b"ready\n").await;
                pending().await
            }
            "Floods" => {
                for _ in 0..FLOOD / 65_536 {
                    job.sink.log(Stream::Stdout, &[b'x'; 65_536]).await;
                }
                passed
            }
            meets => {
                let (mine, other) = if meets == "Meets(0)" { ("met-0", "met-1") } else { ("met-1", "met-0") };
                std::fs::write(job.context.root.join(mine), "").expect("written");
                while !job.context.root.join(other).exists() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                passed
            }
        };
        drop(life);
        verdict
    }

    testrunner_testkit::executor_conformance!(Closure::default());
}
