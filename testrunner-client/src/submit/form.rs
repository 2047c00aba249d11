//! The multipart form, read from disk while it is sent.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::stream;
use reqwest::Body;
use reqwest::multipart::{Form, Part};
use testrunner_api::NewTestrun;

use super::upload::{Content, Upload, UploadFile};
use crate::error::ClientError;

/// Why a file could not be sent, told by whoever reads it.
pub(super) type Trouble = Arc<OnceLock<ClientError>>;

/// The form: fields first, so that a server can refuse before files come.
pub(super) fn form(request: &NewTestrun, upload: &Upload, sizes: &[u64], trouble: &Trouble) -> Form {
    let mut form = Form::new().percent_encode_noop();
    for (name, value) in request.fields() {
        form = form.text(name, value);
    }
    let (name, files) = match upload {
        Upload::Files(files) => ("files", files.as_slice()),
        Upload::Archive(file) => ("archive", std::slice::from_ref(file)),
    };
    for (file, size) in files.iter().zip(sizes) {
        form = form.part(name, part(file, *size, trouble));
    }
    form
}

fn part(file: &UploadFile, size: u64, trouble: &Trouble) -> Part {
    let part = match &file.content {
        Content::Bytes(bytes) => Part::stream_with_length(bytes.clone(), size),
        Content::Disk(path) => {
            let read = read(path.clone(), size, Arc::clone(trouble));
            Part::stream_with_length(Body::wrap_stream(stream::once(read)), size)
        }
    };
    part.file_name(file_name(&file.path))
}

/// A file of a Testrun is small: it is read as a whole, when its turn comes.
async fn read(path: PathBuf, size: u64, trouble: Trouble) -> io::Result<Bytes> {
    match whole(&path, size).await {
        Ok(bytes) => Ok(bytes.into()),
        Err(error) => {
            let told = io::Error::new(error.kind(), error.to_string());
            trouble.get_or_init(|| ClientError::file(&path, error));
            Err(told)
        }
    }
}

async fn whole(path: &Path, size: u64) -> io::Result<Vec<u8>> {
    let bytes = tokio::fs::read(path).await?;
    if bytes.len() as u64 == size {
        Ok(bytes)
    } else {
        Err(io::Error::other("it was changed while it was sent"))
    }
}

/// As browsers write it.
fn file_name(path: &str) -> String {
    path.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
