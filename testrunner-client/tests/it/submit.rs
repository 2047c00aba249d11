//! Submitting: what arrives, and what is refused before anything is sent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{FromRequest as _, Multipart, Request};
use bytes::Bytes;
use testrunner_client::api::NewTestrun;
use testrunner_client::{ClientError, Content, Upload, UploadFile};
use testrunner_core::testrun::{Limits, TestrunSpec};

use crate::server::{Result, Server, json, problem};

/// Name, file name and content of each part.
type Parts = Arc<Mutex<Vec<(String, String, String)>>>;

fn request() -> Result<NewTestrun> {
    Ok(serde_json::from_str(r#"{"username": "ada", "labels": {"a": "b"}, "max_fail": 2}"#)?)
}

/// A Testrun as servers send it.
async fn document() -> Result<String> {
    use testrunner_core::{Engine, FileOutcome, FnExecutor, MemoryStore, TestrunDocument, Verdict};
    let executor = FnExecutor::new("any", |_job| async { Ok(Verdict::new(FileOutcome::Passed, 1)) });
    let engine = Engine::builder(MemoryStore::new()).executor(executor).build()?;
    let run = engine.submit(TestrunSpec::upload("any", "ada").file("a.py", "x")).await?.run;
    Ok(serde_json::to_string(&TestrunDocument::from(&run))?)
}

async fn receiver(parts: &Parts) -> Result<Server> {
    let parts = Arc::clone(parts);
    let document = document().await?;
    Server::start(move |n, asked: Request| {
        let (parts, document) = (Arc::clone(&parts), document.clone());
        async move {
            let Ok(mut form) = Multipart::from_request(asked, &()).await else { return problem(400, "bad") };
            let mut found = Vec::new();
            while let Ok(Some(field)) = form.next_field().await {
                let name = field.name().unwrap_or_default().to_owned();
                let file = field.file_name().unwrap_or_default().to_owned();
                found.push((name, file, field.text().await.unwrap_or_default()));
            }
            *parts.lock().unwrap_or_else(PoisonError::into_inner) = found;
            if n == 0 { problem(503, "unavailable") } else { json(201, &document) }
        }
    })
    .await
}

#[tokio::test]
async fn a_folder_arrives_whole_and_under_one_key() -> Result {
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join("sub"))?;
    std::fs::write(folder.path().join("sub/test_ü \"x\".py"), "one")?;
    std::fs::write(folder.path().join("test_a.py"), "two")?;
    let parts = Parts::default();
    let server = receiver(&parts).await?;
    let created = server.client()?.submit_dir(folder.path(), &request()?).await?;
    assert!(!created.existed && created.testrun.username == "ada");
    let parts = parts.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let of = |name: &str| parts.iter().filter(|part| part.0 == name).cloned().collect::<Vec<_>>();
    let files: BTreeMap<_, _> = of("files").into_iter().map(|(_, file, text)| (file, text)).collect();
    let wanted = [("sub/test_ü %22x%22.py", "one"), ("test_a.py", "two")];
    assert_eq!(files, wanted.map(|(a, b)| (a.to_owned(), b.to_owned())).into());
    assert_eq!(of("username")[0].2, "ada");
    assert_eq!(of("label")[0].2, "a=b");
    assert_eq!(of("max_fail")[0].2, "2");
    let keys: Vec<_> =
        server.asked().into_iter().map(|(_, headers)| headers["idempotency-key"].clone()).collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1]);
    Ok(())
}

#[tokio::test]
async fn what_breaks_a_rule_is_not_sent() -> Result {
    let server = Server::start(|_, _| async { problem(500, "never") }).await?;
    let bytes = |path: &str, n: usize| UploadFile {
        path: path.to_owned(),
        content: Content::Bytes(Bytes::from(vec![0; n])),
    };
    let limits = Limits { file_bytes: 10, total_bytes: 15, files: 2, ..Limits::default() };
    let client = server.builder().limits(limits).build()?;
    for files in [
        vec![],
        vec![bytes("../a.py", 1)],
        vec![bytes("a.py", 11)],
        vec![bytes("a.py", 10), bytes("b.py", 10)],
        vec![bytes("a.py", 1), bytes("b.py", 1), bytes("c.py", 1)],
        vec![bytes("a.py", 1), bytes("a.py", 1)],
    ] {
        let error = client.submit(&request()?, &Upload::Files(files.clone())).await.err();
        assert!(matches!(error, Some(ClientError::Invalid(_))), "{files:?}: {error:?}");
    }
    let missing = client.submit_files("/nowhere".as_ref(), &["a.py".into()], &request()?).await.err();
    assert!(matches!(missing, Some(ClientError::File { .. })), "{missing:?}");
    assert!(server.asked().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_file_that_changes_on_the_way_is_told() -> Result {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("a.py");
    std::fs::write(&path, "one")?;
    let changed = path.clone();
    let server = Server::start(move |_, request: Request| {
        let changed = changed.clone();
        async move {
            let _ = axum::body::to_bytes(request.into_body(), usize::MAX).await;
            let _ = std::fs::write(changed, "longer");
            problem(503, "unavailable")
        }
    })
    .await?;
    let error = server.client()?.submit_dir(folder.path(), &request()?).await.err();
    assert!(matches!(&error, Some(ClientError::File { path: told, .. }) if *told == path), "{error:?}");
    Ok(())
}
