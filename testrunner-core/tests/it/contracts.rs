//! Freezes the ports: a change of a trait must be made twice, once of them in a snapshot.

use std::path::Path;

/// The trait as it stands in the source, without comments.
fn port(file: &str, name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file);
    let source = std::fs::read_to_string(&path).expect("source is there");
    let start = source.find(&format!("pub trait {name}")).expect("trait is there");
    let end = start + source[start..].find("\n}\n").expect("trait ends") + 2;
    let code = source[start..end].lines().filter(|line| !line.trim_start().starts_with("//"));
    code.filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn ports_are_frozen() {
    for (file, name) in [
        ("store/mod.rs", "WorkStore"),
        ("store/mod.rs", "Store"),
        ("doorbell/mod.rs", "Doorbell"),
        ("doorbell/mod.rs", "Listener"),
        ("queue/mod.rs", "Queue"),
        ("executor/mod.rs", "Executor"),
        ("executor/mod.rs", "Session"),
    ] {
        insta::assert_snapshot!(name, port(file, name));
    }
}

#[test]
fn the_page_of_the_state_machine_is_printed_from_the_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/state-machine.md");
    let wanted = testrunner_core::state_machine::markdown();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &wanted).expect("page can be written");
    }
    let page = std::fs::read_to_string(&path).expect("page is there");
    assert_eq!(page, wanted, "print it anew: UPDATE_DOCS=1 cargo test -p testrunner-core --test it");
}

#[test]
fn ports_can_be_held_and_shared() {
    fn shared<T: ?Sized + Send + Sync>() {}
    fn sent<T: Send>() {}
    shared::<dyn testrunner_core::Store>();
    shared::<dyn testrunner_core::WorkStore>();
    shared::<dyn testrunner_core::Executor>();
    shared::<dyn testrunner_core::Session>();
    shared::<dyn testrunner_core::queue::Queue>();
    shared::<dyn testrunner_core::doorbell::Doorbell>();
    shared::<testrunner_core::Engine>();
    sent::<testrunner_core::Subscription>();
}
