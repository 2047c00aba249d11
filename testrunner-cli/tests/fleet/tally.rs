//! The figures of a long run.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::fault::Fault;
use super::harm::TakenOver;
use crate::witness::book::Checked;

#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) cycles: u64,
    pub(crate) faults: BTreeMap<Fault, u64>,
    pub(crate) checked: Checked,
    pub(crate) taken_over: TakenOver,
    /// Longest that processes of a killed worker outlived it.
    pub(crate) cleaned: Duration,
    /// Longest from the end of a fault until the server answered.
    pub(crate) answered: Duration,
    /// Longest from there until everything had ended.
    pub(crate) settled: Duration,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| figure | value |\n| --- | --- |\n| cycles | {} |", self.cycles)?;
        for (fault, times) in &self.faults {
            writeln!(f, "| of these {fault:?} | {times} |")?;
        }
        let Checked { runs, submits, events, verdicts } = self.checked;
        writeln!(f, "| Testruns stored, acknowledged | {runs}, {submits} |")?;
        writeln!(f, "| events told, each as stored | {events} |")?;
        writeln!(f, "| verdicts, one for each file | {verdicts} |")?;
        let TakenOver { items, free, begun, unsteady } = self.taken_over;
        writeln!(f, "| items taken over from lost workers | {items} |")?;
        writeln!(f, "| longest until such an item was free | {:.1} s |", free.as_secs_f64())?;
        writeln!(f, "| the same, where janitors had just begun | {:.1} s |", unsteady.as_secs_f64())?;
        writeln!(f, "| longest until such an item was begun again | {:.1} s |", begun.as_secs_f64())?;
        writeln!(f, "| longest life of a killed worker's processes | {:.2} s |", self.cleaned.as_secs_f64())?;
        writeln!(f, "| longest until the server answered | {:.1} s |", self.answered.as_secs_f64())?;
        write!(f, "| longest until all had ended | {:.1} s |", self.settled.as_secs_f64())
    }
}
