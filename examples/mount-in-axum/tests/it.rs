//! The example prints what it promises.

use std::process::Command;

#[test]
fn output_is_as_expected() {
    let output = Command::new(env!("CARGO_BIN_EXE_example-mount-in-axum")).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), include_str!("../expected.out"));
}
