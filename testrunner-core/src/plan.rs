//! The planner: splits the files of a Testrun into items, before anything is stored.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use crate::clock::micros;
use crate::item::NewItem;

/// What a file without history is expected to take.
const UNKNOWN: Duration = Duration::from_secs(1);
/// No item is made heavier than this, unless one file is.
const HEAVIEST: Duration = Duration::from_secs(30);

/// How files are grouped into items.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Plan {
    /// One item: files run one after the other on one slot, in the order of submission.
    Whole,
    /// One item for each file.
    PerFile,
    /// Longest files first, items ever smaller towards the end, so that slots finish together.
    #[default]
    Weighted,
}

/// Groups the files named by `files` (index, expected time) into items for `slots` slots. Every file is in
/// exactly one item.
#[must_use]
pub fn plan(files: &[(u32, Option<Duration>)], how: Plan, slots: usize) -> Vec<NewItem> {
    let mut weighed: Vec<(u32, i64)> =
        files.iter().map(|&(index, known)| (index, micros(known.unwrap_or(UNKNOWN)).max(1))).collect();
    let groups = match how {
        Plan::Whole => vec![weighed],
        Plan::PerFile => weighed.into_iter().map(|file| vec![file]).collect(),
        Plan::Weighted => {
            // A stable sort: files of equal weight keep the order of submission.
            weighed.sort_by_key(|&(_, weight)| std::cmp::Reverse(weight));
            guided(&weighed, slots.max(1))
        }
    };
    let ranked = groups.into_iter().filter(|group| !group.is_empty()).zip(0..);
    ranked
        .map(|(group, rank)| NewItem {
            weight_us: group.iter().fold(0_i64, |sum, (_, weight)| sum.saturating_add(*weight)),
            files: group.into_iter().map(|(index, _)| index).collect(),
            rank,
        })
        .collect()
}

/// Guided self-scheduling: each item takes a share of what is left, so that the last ones are small.
fn guided(files: &[(u32, i64)], slots: usize) -> Vec<Vec<(u32, i64)>> {
    let shares = i64::try_from(slots).unwrap_or(i64::MAX).saturating_mul(4);
    let mut left = files.iter().fold(0_i64, |sum, (_, weight)| sum.saturating_add(*weight));
    let mut groups = Vec::new();
    let mut group = Vec::new();
    let (mut weight, mut target) = (0, (left / shares).min(micros(HEAVIEST)));
    for &(index, cost) in files {
        group.push((index, cost));
        weight += cost;
        left -= cost;
        if weight >= target {
            groups.push(std::mem::take(&mut group));
            weight = 0;
            target = (left / shares).min(micros(HEAVIEST));
        }
    }
    groups.push(group);
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn weights(all: &[u64]) -> Vec<(u32, Option<Duration>)> {
        (0..).zip(all.iter().map(|&ms| Some(Duration::from_millis(ms)))).collect()
    }

    #[test]
    fn longest_goes_first_and_the_tail_is_short() {
        let items = plan(&weights(&[10, 5_000, 20, 40, 30]), Plan::Weighted, 2);
        assert_eq!(items[0].files, [1]);
        assert!(items.last().is_some_and(|item| item.weight_us <= 20_000), "{items:?}");
    }

    #[test]
    fn many_small_files_share_items() {
        let items = plan(&weights(&[10; 1_000]), Plan::Weighted, 2);
        assert!(items.len() < 100, "{}", items.len());
        assert!(items[0].files.len() > 100);
    }

    #[test]
    fn whole_keeps_the_order() {
        let items = plan(&weights(&[1, 900, 5]), Plan::Whole, 8);
        assert_eq!(items.len(), 1);
        assert_eq!(items[0].files, [0, 1, 2]);
    }

    proptest! {
        #[test]
        fn every_file_is_in_exactly_one_item(
            all in prop::collection::vec(prop::option::of(0_u64..100_000), 1..300),
            slots in 0_usize..40,
            how in prop::sample::select(vec![Plan::Whole, Plan::PerFile, Plan::Weighted]),
        ) {
            let files: Vec<_> =
                (0..).zip(all.iter().map(|ms| ms.map(Duration::from_millis))).collect();
            let items = plan(&files, how, slots);
            let mut seen: Vec<u32> = items.iter().flat_map(|item| item.files.clone()).collect();
            seen.sort_unstable();
            let wanted = u32::try_from(files.len()).unwrap_or(u32::MAX);
            prop_assert_eq!(seen, (0..wanted).collect::<Vec<_>>());
            prop_assert!(items.iter().all(|item| !item.files.is_empty() && item.weight_us > 0));
            prop_assert!(items.iter().zip(0..).all(|(item, rank)| item.rank == rank));
        }
    }
}
