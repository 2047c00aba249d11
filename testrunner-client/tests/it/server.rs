//! A server on a free port, and what it was asked.

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::Response;
use testrunner_client::{Client, ClientBuilder};
use tokio::task::JoinHandle;

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Method and address of a request, and its headers.
pub(crate) type Asked = (String, HeaderMap);

pub(crate) struct Server {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Answers the nth request (from 0) with what `answer` makes of it.
    pub(crate) async fn start<F, A>(answer: F) -> Result<Self>
    where
        F: Fn(usize, Request) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Response> + Send,
    {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let count = Arc::new(AtomicUsize::new(0));
        let router = Router::new().fallback(move |request: Request| {
            let line = format!("{} {}", request.method(), request.uri());
            let entry = (line, request.headers().clone());
            seen.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
            answer(count.fetch_add(1, Ordering::SeqCst), request)
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let task = tokio::spawn(async move {
            // It ends with the test.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, asked, task })
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder(&self.url).token("tr_secret").patience(Duration::from_secs(20))
    }

    pub(crate) fn client(&self) -> Result<Client> {
        Ok(self.builder().build()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An answer with a status and a JSON body.
pub(crate) fn json(status: u16, body: &str) -> Response {
    answer(status, "application/json", body.to_owned())
}

/// A refusal.
pub(crate) fn problem(status: u16, code: &str) -> Response {
    let body = format!(
        r#"{{"type":"urn:testrunner:problem:{code}","title":"no","status":{status},"code":"{code}","detail":"because",
            "errors":[{{"field":"label","detail":"odd"}}]}}"#
    );
    answer(status, "application/problem+json", body)
}

pub(crate) fn answer(status: u16, kind: &str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = axum::http::StatusCode::from_u16(status).unwrap_or_default();
    if let Ok(kind) = kind.parse() {
        response.headers_mut().insert("content-type", kind);
    }
    response
}
