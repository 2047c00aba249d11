//! A small router behind the whole guard, and a real server of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use http_body_util::BodyExt as _;
use serde::Deserialize;
use testrunner_core::ManualClock;
use testrunner_http::extract::{ApiJson, ApiPath, ApiQuery};
use testrunner_http::guard::{Caller, Guard, protect};
use testrunner_http::token::{Role, TokenFile};
use testrunner_http::upload::{self, Upload};
use testrunner_http::{HttpConfig, Kind, Problem, ServeLimits, user_content};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// More than all buffers between two sockets take.
const LARGE: usize = 32 << 20;

/// What the small router takes as JSON.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    pub(crate) count: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Params {
    limit: Option<u32>,
}

/// A router of a few routes behind the guard, with a token of each role.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) app: Router,
    pub(crate) tokens: Arc<TokenFile>,
    pub(crate) clock: ManualClock,
    _folder: tempfile::TempDir,
    pub(crate) viewer: String,
    pub(crate) submitter: String,
    pub(crate) admin: String,
    pub(crate) worker: String,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut HttpConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::default();
        let tokens =
            TokenFile::open_at(folder.path().join("state/tokens.json"), Arc::new(clock.clone())).unwrap();
        let tokens = Arc::new(tokens);
        let token = |role| tokens.create("ada", role, None).unwrap().1.expose().to_owned();
        let [viewer, submitter, admin, worker] =
            [Role::Viewer, Role::Submitter, Role::Admin, Role::Worker].map(token);
        let mut config = HttpConfig::with_tokens(Arc::clone(&tokens));
        config.clock = Arc::new(clock.clone());
        change(&mut config);
        let guard = Guard::new(Arc::new(config));
        let app = protect(routes(guard.clone()), &guard);
        Self { app, tokens, clock, _folder: folder, viewer, submitter, admin, worker }
    }

    /// A request with the viewer's token.
    pub(crate) fn get(&self, path: &str) -> axum::http::request::Builder {
        self.asking("GET", path)
    }

    pub(crate) fn asking(&self, method: &str, path: &str) -> axum::http::request::Builder {
        request(method, path).header(header::AUTHORIZATION, format!("Bearer {}", self.viewer))
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        Answer::read(self.app.clone().oneshot(request).await.unwrap()).await
    }

    /// Serves the router on a port of this machine until the returned token is cancelled.
    pub(crate) fn serve(&self, limits: ServeLimits) -> Server {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let drain = Duration::from_secs(5);
        let serving = testrunner_http::serve(listener, self.app.clone(), limits, shutdown.clone(), drain);
        Server { address, shutdown, task: tokio::spawn(serving) }
    }
}

/// A request that has nothing but its name of the server.
pub(crate) fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header(header::HOST, "localhost:7878")
}

fn routes(guard: Guard) -> Router {
    let v1 = Router::new()
        .route("/whoami", get(|caller: Caller| async move { caller.subject().to_owned() }))
        .route("/events", get(|_: Caller| async { "events" }))
        .route(
            "/orders",
            post(|_: Caller, ApiJson(order): ApiJson<Order>| async move { order.count.to_string() }),
        )
        .route(
            "/things",
            get(|_: Caller, ApiQuery(params): ApiQuery<Params>| async move {
                params.limit.unwrap_or_default().to_string()
            }),
        )
        .route("/things/{id}", get(|_: Caller, ApiPath(id): ApiPath<i64>| async move { id.to_string() }))
        .route("/things/{id}/cancel", post(|_: Caller| async { "cancelled" }))
        .route(
            "/act/{name}",
            post(|caller: Caller, Path(name): Path<String>| async move {
                caller.may_act_for(&name).map(|()| "done")
            }),
        )
        .route(
            "/submit",
            post(|State(guard): State<Guard>, caller: Caller| async move {
                guard.rates.check_submit(caller.identity()).map(|()| StatusCode::CREATED)
            }),
        )
        .route("/slow", post(|_: Caller| std::future::pending::<()>()))
        .route("/panic", get(panicking))
        .route("/broken", get(|| async { Problem::internal("SELECT * FROM /home/ada/secret") }))
        .route("/large", get(|_: Caller| async { vec![b'x'; LARGE] }))
        .route("/raw", get(|| async { user_content("<script>", "x.svg", Kind::Bytes) }))
        .route("/upload", post(receive))
        .merge(testrunner_http::session::routes().split_for_parts().0);
    Router::new()
        .route("/", get(|| async { "console" }))
        .route("/healthz", get(|| async { "ok" }))
        .route("/metrics", get(|| async { "figures" }))
        .nest("/api/v1", v1)
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed().into_response() })
        .fallback(|| async { Problem::no_route().into_response() })
        .with_state(guard)
}

async fn panicking() -> &'static str {
    if std::hint::black_box(true) {
        panic!("a secret of the inside");
    }
    "never"
}

/// Answers with what came: fields, and files with their sizes.
async fn receive(State(guard): State<Guard>, _: Caller, body: upload::Body) -> Result<String, Problem> {
    let Upload { fields, files, .. } = upload::receive(body, &guard.config.upload).await?;
    let fields =
        fields.iter().flat_map(|(name, values)| values.iter().map(move |value| format!("{name}={value}\n")));
    let files = files.iter().map(|(path, bytes)| format!("{path}:{}\n", bytes.len()));
    Ok(fields.chain(files).collect())
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Self { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| HeaderValue::to_str(value).unwrap())
    }

    /// Status and code; checks what every problem has.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let document: testrunner_api::ProblemDocument = serde_json::from_str(&self.body).unwrap();
        assert_eq!(document.status, self.status);
        assert_eq!(document.kind, format!("urn:testrunner:problem:{}", document.code));
        assert_eq!(document.instance.as_deref(), Some(self.header("x-request-id")));
        assert!(self.body.len() < 4_096);
        (self.status, document.code)
    }

    pub(crate) fn detail(&self) -> String {
        let document: testrunner_api::ProblemDocument = serde_json::from_str(&self.body).unwrap();
        document.detail.unwrap_or_default()
    }
}

/// A server that is running.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) task: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes as they are, and reads until the server closes.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // The server may close before it has read all.
        let _ = stream.write_all(bytes).await;
        read_to_end(&mut stream).await
    }

    pub(crate) async fn healthy(&self) -> bool {
        let answer = self.raw(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
        answer.starts_with("HTTP/1.1 200")
    }
}

/// Reads until the server closes; a reset is a way of closing. Fails after a generous while.
pub(crate) async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut answer)).await;
    let _ = read.expect("the server closes the connection");
    String::from_utf8_lossy(&answer).into_owned()
}
