//! A connection that loses answers: what was asked is done, and who asked does not hear of it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::server::Result;

/// How many answers to each verb are still to be lost.
type Losses = Arc<Mutex<BTreeMap<&'static str, u32>>>;

#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) url: String,
    losses: Losses,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Stands before a server, and loses so many answers to each of these verbs.
    pub(crate) async fn start(to: SocketAddr, losses: &[(&'static str, u32)]) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let losses: Losses = Arc::new(Mutex::new(losses.iter().copied().collect()));
        let shared = Arc::clone(&losses);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let losses = Arc::clone(&shared);
                tokio::spawn(async move {
                    // A connection that breaks is what this is for.
                    let _ = carry(client, to, &losses).await;
                });
            }
        });
        Ok(Self { url, losses, task })
    }

    /// Answers that are still to be lost.
    pub(crate) fn left(&self) -> u32 {
        self.losses.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(mut client: TcpStream, to: SocketAddr, losses: &Losses) -> std::io::Result<()> {
    let mut server = TcpStream::connect(to).await?;
    let (mut up, mut down) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    let mut verb = String::new();
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let read = read?;
                if read == 0 {
                    return Ok(());
                }
                let text = String::from_utf8_lossy(&up[..read]);
                if let Some(rest) = text.strip_prefix("POST /api/v1/work/") {
                    verb = rest.split(' ').next().unwrap_or_default().to_owned();
                }
                server.write_all(&up[..read]).await?;
            }
            read = server.read(&mut down) => {
                let read = read?;
                if read == 0 || lose(losses, &verb) {
                    return Ok(());
                }
                client.write_all(&down[..read]).await?;
            }
        }
    }
}

fn lose(losses: &Losses, verb: &str) -> bool {
    let mut losses = losses.lock().unwrap_or_else(PoisonError::into_inner);
    match losses.get_mut(verb) {
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    }
}
