//! Every legal transition of Testruns and items, as two tables. Nothing else is allowed.

use std::fmt::Write as _;

use crate::item::ItemState;
use crate::testrun::Status;

/// One legal transition. `from` is `None` for the creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition<S: 'static> {
    /// Its name in the documents.
    pub name: &'static str,
    /// Where it starts.
    pub from: Option<S>,
    /// Where it ends.
    pub to: S,
    /// What sets it off; in the same transaction.
    pub trigger: &'static str,
    /// Who does it.
    pub who: &'static str,
}

/// The life of a Testrun.
pub const TESTRUN: &[Transition<Status>] = &[
    step("R1", None, Status::Created, "`create` with at least one item", "client"),
    step("R2", Some(Status::Created), Status::Running, "first claim of any item", "worker"),
    step("R3", Some(Status::Running), Status::Success, "no item open, all in order", "worker"),
    step(
        "R4",
        Some(Status::Running),
        Status::Failed,
        "no item open, not all in order",
        "worker, janitor, canceller",
    ),
    step(
        "R5",
        Some(Status::Created),
        Status::Failed,
        "stopped, or its process gone, before any claim",
        "client, janitor",
    ),
];

/// The life of an item.
pub const ITEM: &[Transition<ItemState>] = &[
    step("I1", None, ItemState::Ready, "`create`", "client"),
    step(
        "I2",
        Some(ItemState::Ready),
        ItemState::Leased,
        "claim: due, and its Testrun has no stop mark; epoch + 1",
        "worker",
    ),
    step(
        "I3",
        Some(ItemState::Ready),
        ItemState::Cancelled,
        "its Testrun has a stop mark, or its process is gone",
        "claim, canceller, janitor",
    ),
    step("I4", Some(ItemState::Leased), ItemState::Passed, "finish: all files in order", "holder"),
    step("I4", Some(ItemState::Leased), ItemState::Failed, "finish: some file not in order", "holder"),
    step(
        "I5",
        Some(ItemState::Leased),
        ItemState::Cancelled,
        "finish: stopped, and its Testrun has a stop mark",
        "holder",
    ),
    step(
        "I6",
        Some(ItemState::Leased),
        ItemState::Ready,
        "finish: released; no stop mark (else I5)",
        "holder",
    ),
    step(
        "I7",
        Some(ItemState::Leased),
        ItemState::Ready,
        "finish: infrastructure, below the limit; due later",
        "holder",
    ),
    step("I8", Some(ItemState::Leased), ItemState::Failed, "finish: infrastructure, limit reached", "holder"),
    step(
        "I9",
        Some(ItemState::Leased),
        ItemState::Ready,
        "lease expired, below the limit; epoch + 1",
        "janitor",
    ),
    step(
        "I10",
        Some(ItemState::Leased),
        ItemState::Failed,
        "lease expired, limit reached, or its process is gone; epoch + 1",
        "janitor",
    ),
    step(
        "I11",
        Some(ItemState::Leased),
        ItemState::Cancelled,
        "stop mark, and lease expired or mark older than the grace; epoch + 1",
        "janitor",
    ),
];

const fn step<S: Copy>(
    name: &'static str,
    from: Option<S>,
    to: S,
    trigger: &'static str,
    who: &'static str,
) -> Transition<S> {
    Transition { name, from, to, trigger, who }
}

impl Status {
    /// Whether a Testrun may go from here to `next` in one step.
    #[must_use]
    pub fn can_become(self, next: Self) -> bool {
        TESTRUN.iter().any(|step| step.from == Some(self) && step.to == next)
    }
}

impl ItemState {
    /// Whether an item may go from here to `next` in one step.
    #[must_use]
    pub fn can_become(self, next: Self) -> bool {
        ITEM.iter().any(|step| step.from == Some(self) && step.to == next)
    }
}

/// The page `docs/state-machine.md`, printed from the tables.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "# State machine\n\nPrinted from `testrunner-core/src/state_machine.rs`; a test compares the two. \
         Nothing but these steps is legal.\n",
    );
    section(&mut page, "Testrun", TESTRUN);
    section(&mut page, "Item", ITEM);
    page
}

fn section<S: Copy + std::fmt::Display>(page: &mut String, title: &str, steps: &[Transition<S>]) {
    let start = || "[*]".to_owned();
    let name = |from: Option<S>| from.map_or_else(start, |state| state.to_string());
    // Writing to a String cannot fail.
    let _ = writeln!(page, "\n## {title}\n\n```mermaid\nstateDiagram-v2");
    for step in steps {
        let _ = writeln!(page, "    {} --> {}: {}", name(step.from), step.to, step.name);
    }
    let _ = writeln!(page, "```\n\n| step | from | to | trigger | who |\n| --- | --- | --- | --- | --- |");
    for step in steps {
        let from = step.from.map_or_else(|| "–".to_owned(), |state| state.to_string());
        let _ = writeln!(page, "| {} | {from} | {} | {} | {} |", step.name, step.to, step.trigger, step.who);
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn testruns_move_only_along_the_table() {
        use Status::{Created, Failed, Running, Success};
        let legal = [(Created, Running), (Created, Failed), (Running, Success), (Running, Failed)];
        for from in Status::iter() {
            for to in Status::iter() {
                assert_eq!(from.can_become(to), legal.contains(&(from, to)), "{from} -> {to}");
            }
            let leaves = Status::iter().any(|to| from.can_become(to));
            assert_eq!(from.is_terminal(), !leaves, "{from}");
        }
    }

    #[test]
    fn items_move_only_along_the_table() {
        use ItemState::{Cancelled, Failed, Leased, Passed, Ready};
        let legal = [
            (Ready, Leased),
            (Ready, Cancelled),
            (Leased, Passed),
            (Leased, Failed),
            (Leased, Cancelled),
            (Leased, Ready),
        ];
        for from in ItemState::iter() {
            for to in ItemState::iter() {
                assert_eq!(from.can_become(to), legal.contains(&(from, to)), "{from} -> {to}");
            }
            let leaves = ItemState::iter().any(|to| from.can_become(to));
            assert_eq!(from.is_open(), leaves, "{from}");
        }
    }
}
