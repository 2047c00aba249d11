//! Reads a form part by part.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::multipart::Field;
use tokio::sync::OwnedSemaphorePermit;

use super::archive::{self, Unpacked};
use super::body::{self, Ahead, Body};
use super::names::Names;
use super::part::Part;
use super::spool::{self, Piece, Spool, Spooled};
use super::{STEP, Upload, UploadLimits, Uploads};
use crate::problem::{Problem, echo};

/// The one field that may come more than once.
const REPEATED: &str = "label";
/// More text is never held, in bytes.
const TEXT: usize = 1 << 20;
/// An upload that is there waits so long for its turn in memory.
const TURN: Duration = Duration::from_secs(30);

/// Receives a form: text fields, files as parts `files` (the file name is the relative path), at most one part
/// `archive` (.zip or .tar.gz, told by its content).
///
/// Files wait until all are there, on disk where they are large.
///
/// # Errors
/// A limit is exceeded, told before the rest is read; the form, a name or the archive is refused.
pub async fn receive(body: Body, uploads: &Uploads) -> Result<Upload, Problem> {
    let limits = uploads.limits;
    let (mut form, ahead) = body.open(&limits).await?;
    let mut reader = Reader::new(limits, Spool::new(&uploads.spool), ahead);
    loop {
        let field = form.next_field().await.map_err(|error| body::broken(&error, &limits))?;
        let Some(field) = field else { break };
        reader.take(field).await?;
        reader.ahead.reset();
    }
    let Reader { spool, fields, files, names, archive, total, .. } = reader;
    let spooled = spool.close().await?;
    let unpacked = archive.map_or(0, |archive| archive::ceiling(archive.size, &limits));
    let room = room(uploads, total + unpacked).await?;
    let read = tokio::task::spawn_blocking(move || load(&spooled, files, names, archive, limits)).await;
    let files = read.map_err(|error| Problem::internal(format!("reading an upload: {error}")))??;
    Ok(Upload { fields, files, room })
}

/// The right to have so many bytes in memory.
async fn room(uploads: &Uploads, bytes: u64) -> Result<OwnedSemaphorePermit, Problem> {
    let steps = u32::try_from(bytes.div_ceil(STEP)).unwrap_or(u32::MAX).min(uploads.steps);
    let turn = Arc::clone(&uploads.room).acquire_many_owned(steps);
    match tokio::time::timeout(TURN, turn).await {
        Ok(Ok(room)) => Ok(room),
        Ok(Err(error)) => Err(Problem::internal(error)),
        Err(_) => Err(Problem::unavailable("too many uploads are in memory")),
    }
}

fn load(
    spooled: &Spooled,
    files: Vec<(String, Piece)>,
    names: Names,
    archive: Option<Piece>,
    limits: UploadLimits,
) -> Result<BTreeMap<String, Vec<u8>>, Problem> {
    let mut unpacked = Unpacked::new(limits, names);
    for (path, piece) in files {
        unpacked.add(path, piece.read(spooled).map_err(|error| spool::failed(&error))?)?;
    }
    if let Some(piece) = archive {
        archive::unpack(piece.reader(spooled), piece.size, &mut unpacked)?;
    }
    Ok(unpacked.files)
}

struct Reader {
    limits: UploadLimits,
    spool: Spool,
    ahead: Ahead,
    fields: BTreeMap<String, Vec<String>>,
    files: Vec<(String, Piece)>,
    names: Names,
    archive: Option<Piece>,
    parts: usize,
    text: usize,
    total: u64,
}

impl Reader {
    fn new(limits: UploadLimits, spool: Spool, ahead: Ahead) -> Self {
        let (fields, files, names) = (BTreeMap::new(), Vec::new(), Names::default());
        Self { limits, spool, ahead, fields, files, names, archive: None, parts: 0, text: 0, total: 0 }
    }

    async fn take(&mut self, field: Field<'_>) -> Result<(), Problem> {
        self.ahead.reset();
        self.parts += 1;
        if self.parts > self.limits.parts {
            return Err(Problem::too_large("one form", self.limits.parts as u64, "parts"));
        }
        let part = Part::read(field.headers())?;
        match (part.name.as_str(), part.filename) {
            ("files", Some(path)) => {
                self.names.take(&path)?;
                if self.files.len() >= self.limits.files {
                    return Err(Problem::too_large("one upload", self.limits.files as u64, "files"));
                }
                let piece = self.keep(field, &path, self.limits.file_bytes).await?;
                self.files.push((path, piece));
            }
            ("archive", Some(path)) => {
                if self.archive.is_some() {
                    return Err(Problem::invalid_multipart("the part archive is given twice"));
                }
                self.archive = Some(self.keep(field, &path, self.limits.total_bytes).await?);
            }
            (name @ ("files" | "archive"), None) => {
                return Err(Problem::invalid_multipart(format!("a part {name} has no file name")));
            }
            (name, Some(_)) => {
                return Err(Problem::unknown_field(
                    name,
                    "files are sent as parts files, or as one part archive",
                ));
            }
            (_, None) => self.read_text(part.name, field).await?,
        }
        Ok(())
    }

    async fn keep(&mut self, mut field: Field<'_>, path: &str, most: u64) -> Result<Piece, Problem> {
        let mut piece = self.spool.begin();
        while let Some(bytes) = field.chunk().await.map_err(|error| body::broken(&error, &self.limits))? {
            self.ahead.reset();
            self.total += bytes.len() as u64;
            if piece.size + bytes.len() as u64 > most {
                return Err(Problem::too_large(format!("the file {:?}", echo(path)), most, "bytes"));
            }
            if self.total > self.limits.total_bytes {
                return Err(Problem::too_large("all files together", self.limits.total_bytes, "bytes"));
            }
            self.spool.write(&mut piece, &bytes).await?;
        }
        Ok(piece)
    }

    async fn read_text(&mut self, name: String, mut field: Field<'_>) -> Result<(), Problem> {
        if name != REPEATED && self.fields.contains_key(&name) {
            return Err(Problem::invalid_multipart(format!("the part {:?} is given twice", echo(&name))));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(|error| body::broken(&error, &self.limits))? {
            self.ahead.reset();
            self.text += chunk.len();
            if bytes.len() + chunk.len() > self.limits.field_bytes {
                let what = format!("the field {:?}", echo(&name));
                return Err(Problem::too_large(what, self.limits.field_bytes as u64, "bytes"));
            }
            if self.text > TEXT {
                return Err(Problem::too_large("all fields together", TEXT as u64, "bytes"));
            }
            bytes.extend_from_slice(&chunk);
        }
        let text =
            String::from_utf8(bytes).map_err(|_| Problem::invalid(&name, "it must be text in UTF-8"))?;
        self.fields.entry(name).or_default().push(text);
        Ok(())
    }
}
