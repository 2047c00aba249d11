//! A way to a server that can be cut, or fall silent.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Forwards connections until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    /// The port to connect to.
    pub port: u16,
    control: Arc<Control>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Control {
    /// Connections of an older generation end.
    generation: watch::Sender<u64>,
    silent: watch::Sender<bool>,
}

impl Proxy {
    /// To this address, from a port that the system chooses.
    pub async fn to(address: String) -> Self {
        Self::from_port(0, address).await
    }

    /// To this address, from this port.
    pub async fn from_port(port: u16, address: String) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let control =
            Arc::new(Control { generation: watch::Sender::new(0), silent: watch::Sender::new(false) });
        let accepting = tokio::spawn(accept(listener, address, Arc::clone(&control)));
        Self { port, control, accepting }
    }

    /// Ends all connections there are; new ones are welcome.
    pub fn cut(&self) {
        self.control.generation.send_modify(|generation| *generation += 1);
    }

    /// Holds back every byte, or lets them go on.
    pub fn silent(&self, silent: bool) {
        self.control.silent.send_replace(silent);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn accept(listener: TcpListener, address: String, control: Arc<Control>) {
    while let Ok((near, _)) = listener.accept().await {
        let mut generation = control.generation.subscribe();
        let silent = control.silent.subscribe();
        let Ok(far) = TcpStream::connect(&address).await else { continue };
        tokio::spawn(async move {
            let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
            tokio::select! {
                () = forward(near_in, far_out, silent.clone()) => {}
                () = forward(far_in, near_out, silent) => {}
                _ = generation.changed() => {}
            }
        });
    }
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut silent: watch::Receiver<bool>) {
    let mut bytes = vec![0; 64 * 1_024];
    loop {
        let Ok(count @ 1..) = from.read(&mut bytes).await else { return };
        if silent.wait_for(|silent| !silent).await.is_err() || to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
