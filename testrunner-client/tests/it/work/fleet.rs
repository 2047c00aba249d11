//! A real server without a worker of its own, and what workers need of it.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use testrunner_client::{Client, RemoteStore, RemoteStoreBuilder};
use testrunner_core::Engine;
use testrunner_http::token::{Role, TokenFile};
use testrunner_http::{HttpConfig, ServeLimits, router, serve};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::server::Result;

/// Who all workers here belong to.
pub(crate) const BOT: &str = "bot";

#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    admin: String,
    tokens: Arc<TokenFile>,
    shutdown: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
    _folder: TempDir,
}

impl Fleet {
    pub(crate) fn start(engine: Engine) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let tokens = Arc::new(TokenFile::open(folder.path().join("state/tokens.json"))?);
        let token = tokens.create(BOT, Role::Worker, None)?.1.expose().to_owned();
        let admin = tokens.create("root", Role::Admin, None)?.1.expose().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (shutdown, serving) = begin(engine, &tokens, listener);
        Ok(Self { address, token, admin, tokens, shutdown, serving, _folder: folder })
    }

    /// Cuts all connections and closes the door.
    pub(crate) async fn kill(&mut self) -> Result {
        self.shutdown.cancel();
        (&mut self.serving).await??;
        Ok(())
    }

    /// Opens it anew, at the same address.
    pub(crate) fn restart(&mut self, engine: Engine) -> Result {
        let listener = TcpListener::bind(self.address)?;
        (self.shutdown, self.serving) = begin(engine, &self.tokens, listener);
        Ok(())
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn builder(&self) -> RemoteStoreBuilder {
        RemoteStore::builder(self.url()).token(&self.token)
    }

    pub(crate) fn store(&self) -> Result<RemoteStore> {
        Ok(self.builder().build()?)
    }

    pub(crate) fn admin(&self) -> &str {
        &self.admin
    }

    /// Makes the workers' token worthless.
    pub(crate) fn revoke(&self) -> Result {
        let of_bot = self.tokens.list()?.into_iter().filter(|token| token.subject == BOT);
        of_bot.map(|token| self.tokens.revoke(&token.id)).collect::<std::result::Result<Vec<_>, _>>()?;
        Ok(())
    }

    /// How often a route was answered.
    pub(crate) async fn answered(&self, route: &str) -> Result<u64> {
        let admin = Client::builder(self.url()).token(&self.admin).build()?;
        let figures = String::from_utf8(admin.metrics().await?.to_vec())?;
        let route = format!("route=\"/api/v1/work/{route}\"");
        let lines =
            figures.lines().filter(|line| line.contains("http_requests_total") && line.contains(&route));
        Ok(lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok()).sum())
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

fn begin(
    engine: Engine,
    tokens: &Arc<TokenFile>,
    listener: TcpListener,
) -> (CancellationToken, JoinHandle<std::io::Result<()>>) {
    let shutdown = CancellationToken::new();
    let mut config = HttpConfig::with_tokens(Arc::clone(tokens));
    config.shutdown = shutdown.clone();
    let app = router(engine, config);
    let serving = serve(listener, app, ServeLimits::default(), shutdown.clone(), Duration::ZERO);
    (shutdown, tokio::spawn(serving))
}
