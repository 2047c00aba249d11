//! A facade with an executor of its own, and what it answers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use testrunner_api::Role;
use testrunner_core::event::{CaseResult, Stream};
use testrunner_core::executor::FnJob;
use testrunner_core::{
    CaseKind, CaseOutcome, Engine, FileOutcome, FnExecutor, MemoryStore, TestrunId, Verdict,
};
use testrunner_http::token::{Authenticator, Identity};
use testrunner_http::{HttpConfig, router};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

/// Tokens are `NAME-ROLE`, for everybody who is called so.
#[derive(Debug)]
struct Anybody;

#[async_trait]
impl Authenticator for Anybody {
    async fn authenticate(&self, secret: &str) -> Option<Identity> {
        self.is_valid(secret).await
    }

    async fn is_valid(&self, token: &str) -> Option<Identity> {
        let (subject, role) = token.split_once('-')?;
        Some(Identity {
            token: token.to_owned(),
            subject: subject.to_owned(),
            role: role.parse::<Role>().ok()?,
        })
    }
}

/// The facade, and a gate that files called `hold` wait at.
pub(crate) struct App {
    pub(crate) engine: Engine,
    pub(crate) router: Router,
    pub(crate) gate: Arc<Semaphore>,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The code of a problem.
    pub(crate) fn problem(&self) -> (u16, String) {
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        assert_eq!(kind, Some("application/problem+json"), "{self:?}");
        let document = self.json();
        assert_eq!(document["status"], self.status.as_u16(), "{document}");
        (self.status.as_u16(), document["code"].as_str().unwrap_or_default().to_owned())
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl App {
    /// With a worker of two slots.
    pub(crate) fn start() -> Self {
        let app = Self::idle(|_| {});
        app.engine.start();
        app
    }

    /// Without a worker.
    pub(crate) fn idle(set: impl FnOnce(&mut HttpConfig)) -> Self {
        let gate = Arc::new(Semaphore::new(0));
        let held = Arc::clone(&gate);
        let executor = FnExecutor::new("lines", move |job| run(job, Arc::clone(&held)));
        let executor = executor.selecting(|path| path.ends_with(".test"));
        let engine = Engine::builder(MemoryStore::new()).executor(executor).slots(2).build().unwrap();
        let mut config = HttpConfig::new(Arc::new(Anybody));
        config.default_executor = "lines".to_owned();
        set(&mut config);
        Self { router: router(engine.clone(), config), engine, gate }
    }

    /// Lets what waits at the gate go on.
    pub(crate) fn open_gate(&self) {
        self.gate.add_permits(1_000);
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body =
            tokio::time::timeout(Duration::from_secs(60), body.collect()).await.expect("an end").unwrap();
        Answer { status: parts.status, headers: parts.headers, body: body.to_bytes().to_vec() }
    }

    /// The status alone, also of streams without end.
    pub(crate) async fn head(&self, request: Request<Body>) -> u16 {
        self.router.clone().oneshot(request).await.unwrap().status().as_u16()
    }

    /// Asks as `ada`, an admin.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn call(&self, method: Method, path: &str, json: Option<&str>) -> Answer {
        let mut asked = request(method, path);
        if json.is_some() {
            asked = asked.header(header::CONTENT_TYPE, "application/json");
        }
        self.send(asked.body(Body::from(json.unwrap_or_default().to_owned())).unwrap()).await
    }

    /// Submits a form: parts with a `/` or a `.` in the name are files.
    pub(crate) async fn submit(&self, parts: &[(&str, &str)]) -> Answer {
        self.submit_with(parts, &[]).await
    }

    pub(crate) async fn submit_with(&self, parts: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let mut asked = request(Method::POST, "/api/v1/testruns")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=XX");
        for (name, value) in headers {
            asked = asked.header(*name, *value);
        }
        self.send(asked.body(Body::from(form(parts))).unwrap()).await
    }

    /// Submits, and waits for the end.
    pub(crate) async fn run(&self, parts: &[(&str, &str)]) -> i64 {
        let made = self.submit(parts).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let id = made.json()["id"].as_i64().unwrap();
        self.ended(id).await;
        id
    }

    pub(crate) async fn ended(&self, id: i64) {
        let wait = self.engine.wait(TestrunId(id));
        tokio::time::timeout(Duration::from_secs(60), wait).await.expect("an end").unwrap();
    }
}

/// A request of `ada`'s, to this machine.
pub(crate) fn request(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost")
        .header(header::AUTHORIZATION, "Bearer ada-admin")
}

/// A multipart form with the boundary `XX`.
pub(crate) fn form(parts: &[(&str, &str)]) -> String {
    let mut body = String::new();
    for (name, value) in parts {
        let is_file = name.contains(['/', '.']);
        let named = if is_file { format!("files\"; filename=\"{name}") } else { (*name).to_owned() };
        body.push_str(&format!(
            "--XX\r\nContent-Disposition: form-data; name=\"{named}\"\r\n\r\n{value}\r\n"
        ));
    }
    body + "--XX--\r\n"
}

/// Each line of a file is a case: `ok NAME`, `bad NAME`, `flip NAME` (bad in Testruns with even numbers); or `say TEXT`
/// (output), `hold` (waits at the gate).
async fn run(job: FnJob, gate: Arc<Semaphore>) -> Result<Verdict, testrunner_core::executor::ExecError> {
    let text = std::fs::read_to_string(job.path()).unwrap_or_default();
    let mut collected = 0;
    for line in text.lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "say" => job.sink.log(Stream::Stdout, format!("{rest}\n").as_bytes()).await,
            "hold" => {
                let _ = gate.acquire().await;
            }
            _ => {
                collected += 1;
                let good = word == "ok" || word == "flip" && job.context.run.0 % 2 == 1;
                let outcome = if good { CaseOutcome::Passed } else { CaseOutcome::Failed };
                let message = (!good).then(|| format!("{rest} is bad"));
                let (case, kind, duration) = (rest.to_owned(), CaseKind::Test, Duration::from_millis(5));
                job.sink
                    .case(CaseResult { file: 0, case, kind, outcome, duration, message, line: None })
                    .await;
            }
        }
    }
    Ok(match (collected, job.sink.counts().bad()) {
        (0, _) => Verdict::new(FileOutcome::Empty, 0),
        (_, 0) => Verdict::new(FileOutcome::Passed, collected),
        _ => Verdict::new(FileOutcome::Failed, collected),
    })
}
