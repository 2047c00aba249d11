//! An axum program that mounts TestRunner beside its own routes, with its own users and its own executor.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::routing::get;
use testrunner_api::{NewTestrun, Role};
use testrunner_client::{Client, Content, Upload, UploadFile};
use testrunner_core::{Engine, EventBody, FileOutcome, FnExecutor, MemoryStore, Seq, Verdict};
use testrunner_http::token::{Authenticator, Identity};
use testrunner_http::{HttpConfig, router};

/// The program's own users: here one, with one key.
#[derive(Debug)]
struct Users;

#[async_trait]
impl Authenticator for Users {
    async fn authenticate(&self, secret: &str) -> Option<Identity> {
        if secret == "key-of-ada" { self.is_valid("ada").await } else { None }
    }

    async fn is_valid(&self, token: &str) -> Option<Identity> {
        let role = Role::Submitter;
        (token == "ada").then(|| Identity { token: token.to_owned(), subject: token.to_owned(), role })
    }
}

/// A price list is good when each line has a price.
fn prices() -> FnExecutor {
    let check = |text: &str| {
        text.lines().all(|line| line.split_once(' ').is_some_and(|(_, price)| price.parse::<f64>().is_ok()))
    };
    let executor = FnExecutor::new("prices", move |job| async move {
        let good = std::fs::read_to_string(job.path()).is_ok_and(|text| check(&text));
        Ok(Verdict::new(if good { FileOutcome::Passed } else { FileOutcome::Failed }, 1))
    });
    executor.selecting(|path| path.ends_with(".prices"))
}

fn app(engine: Engine) -> Router {
    let mut config = HttpConfig::new(Arc::new(Users)).mounted_at("/tests");
    config.default_executor = "prices".to_owned();
    let shop = get(|| async { "the shop is open" });
    Router::new().route("/", shop).nest("/tests", router(engine, config))
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example shows what it does")]
async fn main() -> anyhow::Result<()> {
    let engine = Engine::builder(MemoryStore::new()).executor(prices()).slots(1).build()?;
    engine.start();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(axum::serve(listener, app(engine.clone())).into_future());

    let client = Client::builder(format!("http://{address}/tests")).token("key-of-ada").build()?;
    let file = |path: &str, text: &str| UploadFile {
        path: path.to_owned(),
        content: Content::Bytes(text.as_bytes().to_vec().into()),
    };
    let files = vec![
        file("fruit.prices", "apple 1.20\npear 1.50"),
        file("misc.prices", "soap"),
        file("note.txt", "hi"),
    ];
    let made = client.submit(&NewTestrun::default(), &Upload::Files(files)).await?;
    println!("{} submitted Testrun {}", made.testrun.username, made.testrun.id);
    let mut events = client.follow(made.testrun.id, Seq(0))?;
    while let Some(event) = events.next().await {
        if let EventBody::FileFinished(file) = event?.body {
            println!("file {} {}", file.file, file.outcome);
        }
    }
    let ended = client.testrun(made.testrun.id).await?;
    println!("{} {:?}", ended.status, ended.reason);

    engine.shutdown(Duration::ZERO).await;
    server.abort();
    Ok(())
}
