use std::io::{Cursor, Write as _};

use ::tar::{EntryType, Header};
use ::zip::ZipWriter;
use ::zip::write::SimpleFileOptions;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::super::UploadLimits;
use super::super::names::Names;
use super::*;

fn limits() -> UploadLimits {
    UploadLimits { file_bytes: 2 << 20, total_bytes: 4 << 20, archive_entries: 20, ..UploadLimits::default() }
}

fn open(bytes: &[u8]) -> Result<Unpacked, Problem> {
    let mut unpacked = Unpacked::new(limits(), Names::default());
    unpack(Cursor::new(bytes), bytes.len() as u64, &mut unpacked).map(|()| unpacked)
}

fn code(bytes: &[u8]) -> &'static str {
    open(bytes).map_or_else(|problem| problem.code(), |_| "taken")
}

fn paths(bytes: &[u8]) -> Vec<String> {
    open(bytes).unwrap().files.into_keys().collect()
}

/// Writes the name as it is: the library's own setter refuses what is tested here.
fn header(path: &str, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    header
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::default());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

fn tar_of(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = ::tar::Builder::new(Vec::new());
    for (path, kind, content) in entries {
        tar.append(&header(path, *kind, content.len() as u64), *content).unwrap();
    }
    gz(&tar.into_inner().unwrap())
}

fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in entries {
        if path.ends_with('/') {
            zip.add_directory(*path, SimpleFileOptions::default()).unwrap();
        } else {
            zip.start_file(*path, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

/// Changes bytes wherever they stand.
fn patch(mut bytes: Vec<u8>, from: &[u8], to: &[u8], nth: usize) -> Vec<u8> {
    let place = (0..bytes.len() - from.len()).filter(|&n| bytes[n..].starts_with(from)).nth(nth).unwrap();
    bytes[place..place + to.len()].copy_from_slice(to);
    bytes
}

const FILE: EntryType = EntryType::Regular;

#[test]
fn files_and_folders_come_out_as_they_are() {
    let zip = zip_of(&[("top/", b""), ("top/test_a.py", b"a"), ("top/b/c.txt", b"c")]);
    assert_eq!(paths(&zip), ["top/b/c.txt", "top/test_a.py"]);
    let tar = tar_of(&[
        ("top/", EntryType::Directory, b""),
        ("top/test_a.py", FILE, b"a"),
        ("top/b/c.txt", FILE, b"c"),
    ]);
    assert_eq!(paths(&tar), ["top/b/c.txt", "top/test_a.py"]);
    assert_eq!(open(&tar).unwrap().files["top/test_a.py"], b"a");
}

#[test]
fn tar_of_a_folder_itself() {
    let tar = tar_of(&[
        ("./", EntryType::Directory, b""),
        ("./a/", EntryType::Directory, b""),
        ("./a/test_a.py", FILE, b""),
    ]);
    assert_eq!(paths(&tar), ["a/test_a.py"]);
    let global = tar_of(&[
        ("pax_global_header", EntryType::XGlobalHeader, b"18 comment=abcdef\n"),
        ("a.py", FILE, b""),
    ]);
    assert_eq!(paths(&global), ["a.py"]);
}

#[test]
fn an_archive_in_an_archive_is_a_file() {
    let inner = zip_of(&[("x.py", b"x")]);
    let outer = zip_of(&[("data.zip", &inner)]);
    let unpacked = open(&outer).unwrap();
    assert_eq!(unpacked.files["data.zip"], inner);
    assert_eq!(unpacked.files.len(), 1);
}

#[test]
fn told_by_content() {
    assert_eq!(code(b"#!/bin/sh\n"), "unsupported-media-type");
    assert_eq!(code(b""), "unsupported-media-type");
    assert_eq!(code(b"Rar!\x1a\x07"), "unsupported-media-type");
    assert_eq!(code(&tar_of(&[])), "taken");
    assert_eq!(code(&zip_of(&[])), "taken");
}

#[test]
fn names_that_would_lead_out_are_refused() {
    for path in ["/etc/cron.d/x", "../x", "a/../../x", "a\\..\\x", "a//b", "-rf", "a\nb"] {
        assert_eq!(code(&tar_of(&[(path, FILE, b"")])), "invalid-filename", "{path:?}");
        assert_eq!(code(&zip_of(&[(path, b"")])), "invalid-filename", "{path:?}");
    }
    assert_eq!(code(&tar_of(&[("../", EntryType::Directory, b"")])), "invalid-filename");
    assert_eq!(code(&tar_of(&[("a.py", FILE, b""), ("A.py", FILE, b"")])), "invalid-filename");
    assert_eq!(code(&zip_of(&[("a/sitecustomize.py", b"")])), "shadows-runtime");
}

#[test]
fn only_regular_files_and_folders() {
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Char,
        EntryType::Block,
        EntryType::Fifo,
        EntryType::GNUSparse,
        EntryType::Continuous,
    ] {
        let refused = open(&tar_of(&[("link", kind, b"")])).unwrap_err();
        assert_eq!(refused.code(), "invalid-archive", "{kind:?}");
    }
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("link", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let refused = open(&zip.finish().unwrap().into_inner()).unwrap_err();
    assert_eq!(refused.code(), "invalid-archive");
    assert!(refused.document(None).detail.unwrap().contains("link"));
}

#[test]
fn bombs_go_off_early() {
    let zeros = vec![0; 2 << 20];
    for (name, bytes) in [
        ("zip", zip_of(&[("zeros", &zeros)])),
        ("tar", tar_of(&[("zeros", FILE, &zeros)])),
        ("gzip of zeros", gz(&vec![0; 16 << 20])),
        ("a name of 8 MiB", tar_of(&[("././@LongLink", EntryType::GNULongName, &vec![b'a'; 8 << 20])])),
        ("a pax header of 8 MiB", tar_of(&[("pax", EntryType::XHeader, &vec![b'1'; 8 << 20])])),
    ] {
        assert_eq!(code(&bytes), "too-large", "{name} of {} bytes", bytes.len());
    }
}

#[test]
fn no_more_than_allowed() {
    let noise: Vec<u8> = (0..5_u32 << 18).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let large = &noise[..(2 << 20) + 1];
    assert_eq!(code(&tar_of(&[("large", FILE, large)])), "too-large");
    assert_eq!(code(&zip_of(&[("large", large)])), "too-large");
    let part = &noise[..2 << 20];
    assert_eq!(code(&zip_of(&[("a", part), ("b", part), ("c", &noise[..1])])), "too-large");
    let many: Vec<String> = (0..21).map(|n| format!("f{n}.py")).collect();
    let zip: Vec<(&str, &[u8])> = many.iter().map(|path| (path.as_str(), &b""[..])).collect();
    let tar: Vec<(&str, EntryType, &[u8])> =
        many.iter().map(|path| (path.as_str(), FILE, &b""[..])).collect();
    assert_eq!((code(&zip_of(&zip)), code(&tar_of(&tar))), ("too-large", "too-large"));
    assert_eq!((code(&zip_of(&zip[..20])), code(&tar_of(&tar[..20]))), ("taken", "taken"));
}

#[test]
fn contradictions_are_refused() {
    let zip = zip_of(&[("first.py", b"one"), ("second.py", b"two")]);
    let other_name = patch(zip.clone(), b"first.py", b"other.py", 0);
    let twice = patch(zip_of(&[("first.py", b"one"), ("secon.py", b"two")]), b"secon.py", b"first.py", 1);
    let mut stored = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(::zip::CompressionMethod::Stored);
    stored.start_file("a.py", options).unwrap();
    stored.write_all(b"content").unwrap();
    let crc = patch(stored.finish().unwrap().into_inner(), b"content", b"CONTENT", 0);
    // Bit 0 of the flags, at 6 of the local and at 8 of the central header.
    let mut encrypted = zip.clone();
    encrypted[6] |= 1;
    let central = (0..zip.len()).find(|&n| zip[n..].starts_with(b"PK\x01\x02")).unwrap();
    let local_only = encrypted.clone();
    encrypted[central + 8] |= 1;
    let cut = zip[..zip.len() - 10].to_vec();
    for (name, bytes) in [
        ("another name", other_name),
        ("one name twice", twice),
        ("a wrong checksum", crc),
        ("encrypted", encrypted),
        ("encrypted by one header", local_only),
        ("cut off", cut),
    ] {
        assert_eq!(code(&bytes), "invalid-archive", "{name}");
    }
}

#[test]
fn damaged_tars_are_refused() {
    let tar = tar_of(&[("a.py", FILE, b"content")]);
    assert_eq!(code(&tar[..tar.len() / 2]), "invalid-archive");
    assert_eq!(code(&tar[..tar.len() - 4]), "invalid-archive");
    let mut wrong = tar.clone();
    let end = wrong.len() - 6;
    wrong[end] ^= 1;
    assert_eq!(code(&wrong), "invalid-archive");
    assert_eq!(code(&[0x1f, 0x8b, 8, 0]), "invalid-archive");
    assert_eq!(
        code(&gz(b"not a tar at all, but long enough to be read as the beginning of one")),
        "invalid-archive"
    );
}

fn check_limits(bytes: &[u8]) -> Result<(), TestCaseError> {
    let Ok(unpacked) = open(bytes) else { return Ok(()) };
    let limits = limits();
    let total: u64 = unpacked.files.values().map(|file| file.len() as u64).sum();
    prop_assert!(total <= limits.total_bytes.min((1 << 20) + 10 * bytes.len() as u64));
    prop_assert!(unpacked.files.len() <= limits.archive_entries);
    for (path, file) in &unpacked.files {
        prop_assert!(file.len() as u64 <= limits.file_bytes);
        prop_assert!(testrunner_core::testrun::check_path(path).is_ok());
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes(magic in 0..3_usize, mut bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let magic: &[u8] = [&b"PK\x03\x04"[..], b"\x1f\x8b\x08\x00", b"PK\x05\x06"][magic];
        bytes.splice(0..0, magic.iter().copied());
        check_limits(&bytes)?;
    }

    #[test]
    fn archives_with_changed_bytes(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let zip = zip_of(&[("a/", b""), ("a/test_b.py", b"def test_b(): pass"), ("c.txt", &[7; 3_000])]);
        let mut tar = ::tar::Builder::new(Vec::new());
        for (path, content) in [("a/test_b.py", &b"def test_b(): pass"[..]), ("c.txt", &[7; 3_000])] {
            tar.append(&header(path, FILE, content.len() as u64), content).unwrap();
        }
        let change = |mut bytes: Vec<u8>| {
            for (place, byte) in &changes {
                let place = place.index(bytes.len());
                bytes[place] = *byte;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            bytes
        };
        check_limits(&change(zip))?;
        // Changed below the compression, or nothing but its checksum would ever be tried.
        check_limits(&gz(&change(tar.into_inner().unwrap())))?;
    }
}
