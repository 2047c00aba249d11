//! The loop that takes connections: bounds on each of them, and an end.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum_server::Handle;
use hyper_util::rt::TokioTimer;
use tokio_util::sync::CancellationToken;

use self::connections::Connections;

mod connections;
mod farewell;

pub use self::farewell::Farewell;

/// What one connection may take, and how many there may be.
#[derive(Clone, Debug)]
pub struct ServeLimits {
    /// Most connections at once; more are closed as they come. Less where the system allows fewer open files.
    pub connections: usize,
    /// Files that are left for all else than connections.
    pub spare_files: usize,
    /// The head of a request has to be there within this time; idle connections are closed after it.
    pub header_timeout: Duration,
    /// Most bytes in the head of a request. At least 8,192.
    pub header_bytes: usize,
    /// Most headers in a request.
    pub headers: usize,
    /// Most requests at once on one HTTP/2 connection.
    pub h2_streams: u32,
    /// Who is waited for at the end.
    pub farewell: Farewell,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            spare_files: 256,
            header_timeout: Duration::from_secs(10),
            header_bytes: 16 << 10,
            headers: 100,
            h2_streams: 64,
            farewell: Farewell::default(),
        }
    }
}

/// Answers requests until `shutdown`, and those of who followed a Testrun until they have gone; what is open `drain`
/// later is closed.
///
/// # Errors
/// The listener cannot be used.
pub async fn serve(
    listener: std::net::TcpListener,
    app: Router,
    limits: ServeLimits,
    shutdown: CancellationToken,
    drain: Duration,
) -> io::Result<()> {
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)?
        .handle(handle.clone())
        .acceptor(Connections::new(&limits))
        // The first bytes tell which HTTP it is; hyper waits for them without a bound of its own.
        .first_request_timeout(limits.header_timeout)
        .accept_error_handler(|peer: Option<&SocketAddr>, error| match peer {
            Some(peer) => tracing::debug!(%peer, %error, "a connection was refused"),
            None => tracing::warn!(%error, "no connection can be taken"),
        });
    let http = server.http_builder();
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(limits.header_bytes.max(8 << 10))
        .max_headers(limits.headers);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.h2_streams)
        .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(limits.header_timeout)
        .keep_alive_timeout(limits.header_timeout);
    let stopper = async {
        shutdown.cancelled().await;
        let end = Instant::now() + drain;
        limits.farewell.said(drain).await;
        handle.graceful_shutdown(Some(end.saturating_duration_since(Instant::now())));
        std::future::pending::<()>().await;
    };
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::select! {
        served = server.serve(app) => served,
        () = stopper => Ok(()),
    }
}
