//! How many connections there may be, and what each is told of the network.

use std::future::{Ready, ready};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum_server::accept::Accept;
use rustix::net::sockopt;
use rustix::process::{Resource, getrlimit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::ServeLimits;
use super::farewell::{Farewell, Open};

/// A peer that takes nothing for so long is gone, in milliseconds.
const GONE: u32 = 60_000;

/// Takes so many connections and no more.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    free: Arc<Semaphore>,
    farewell: Farewell,
}

impl Connections {
    pub(super) fn new(limits: &ServeLimits) -> Self {
        let files = getrlimit(Resource::Nofile)
            .current
            .map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
        let most = limits.connections.min(files.saturating_sub(limits.spare_files)).max(1);
        let free = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        Self { free, farewell: limits.farewell.clone() }
    }
}

impl<S> Accept<TcpStream, S> for Connections {
    type Stream = Counted;
    type Service = S;
    type Future = Ready<io::Result<(Counted, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() else {
            return ready(Err(io::Error::other("too many connections are open")));
        };
        // Live events are small and must not wait for more; dead peers must not keep their place.
        let told = stream
            .set_nodelay(true)
            .and_then(|()| Ok(sockopt::set_socket_keepalive(&stream, true)?))
            .and_then(|()| Ok(sockopt::set_tcp_user_timeout(&stream, GONE)?));
        let open = self.farewell.connection();
        ready(told.map(|()| (Counted { stream, _permit: permit, _open: open }, service)))
    }
}

/// A connection that has its place until it is closed.
#[derive(Debug)]
pub(super) struct Counted {
    stream: TcpStream,
    _permit: OwnedSemaphorePermit,
    _open: Open,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
