//! How files would be run: each slot's items one after the other, and when all is done.

use serde::Serialize;
use testrunner_core::clock::micros;
use testrunner_core::{FilePreview, Place, Preview};

use super::clean::one_line;
use super::screen::Screen;
use super::style::{self, paint};
use super::words;

/// So many files of an item, and without history, are named one by one.
const NAMED: usize = 3;

/// `{"plan": …}`
#[derive(Debug, Serialize)]
pub(crate) struct PlanLine<'a> {
    plan: PlanDocument<'a>,
}

#[derive(Debug, Serialize)]
struct PlanDocument<'a> {
    slots: Vec<Vec<ItemDocument<'a>>>,
    predicted_us: i64,
    bound_us: i64,
    idle_us: i64,
    assumed_us: i64,
    unknown: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct ItemDocument<'a> {
    rank: usize,
    from_us: i64,
    to_us: i64,
    files: Vec<FileDocument<'a>>,
}

#[derive(Debug, Serialize)]
struct FileDocument<'a> {
    path: &'a str,
    expected_us: i64,
    known: bool,
}

impl<'a> PlanLine<'a> {
    pub(crate) fn of(preview: &'a Preview) -> Self {
        let item = |place: &Place| ItemDocument {
            rank: place.item,
            from_us: micros(place.from),
            to_us: micros(place.to),
            files: files(preview, place).map(|file| document(preview, file)).collect(),
        };
        let forecast = &preview.forecast;
        let slots = forecast.schedule.slots.iter().map(|slot| slot.iter().map(item).collect()).collect();
        Self {
            plan: PlanDocument {
                slots,
                predicted_us: micros(forecast.makespan()),
                bound_us: micros(forecast.bound),
                idle_us: micros(forecast.schedule.idle()),
                assumed_us: micros(forecast.assumed),
                unknown: unknown(preview).collect(),
            },
        }
    }
}

fn document<'a>(preview: &Preview, file: &'a FilePreview) -> FileDocument<'a> {
    let (expected_us, known) = (micros(preview.expected(file)), file.known.is_some());
    FileDocument { path: &file.path, expected_us, known }
}

/// The files of an item, in the order of execution.
fn files<'a>(preview: &'a Preview, place: &Place) -> impl Iterator<Item = &'a FilePreview> {
    let item = preview.forecast.items.get(place.item);
    let indexes = item.map(|item| item.files.as_slice()).unwrap_or_default();
    // Files are in the order of their indexes.
    indexes.iter().filter_map(|index| {
        let at = preview.files.binary_search_by_key(index, |file| file.index).ok()?;
        preview.files.get(at)
    })
}

fn unknown(preview: &Preview) -> impl Iterator<Item = &str> {
    preview.files.iter().filter(|file| file.known.is_none()).map(|file| file.path.as_str())
}

/// Tells it to people.
pub(crate) fn tell(screen: &mut Screen, preview: &Preview) {
    let forecast = &preview.forecast;
    for (number, slot) in (1..).zip(&forecast.schedule.slots) {
        let end = slot.last().map_or_else(String::new, |place| format!(", until {}", words::time(place.to)));
        let items = words::count(slot.len(), "item");
        screen.line(&format!("{}  {items}{end}", paint(style::BOLD, format!("slot {number}"))));
        for place in slot {
            let took = place.to.saturating_sub(place.from);
            let times = format!("{:>8}  {:>8}", words::time(place.from), words::time(took));
            screen.line(&format!("{times}  {}", named(files(preview, place).map(|file| file.path.as_str()))));
        }
    }
    let unknown: Vec<&str> = unknown(preview).collect();
    screen.line("");
    if !unknown.is_empty() {
        let assumed = words::time(forecast.assumed);
        let number = words::count(unknown.len(), "file");
        let each = if unknown.len() == 1 { "" } else { " each" };
        let sentence = format!("no history of {number}, assumed to take {assumed}{each}");
        screen.line(&format!("{} {sentence}: {}", paint(style::ODD, "!"), named(unknown.iter().copied())));
    }
    screen.line(&last_line(preview));
}

/// `40 files in 23 items on 2 slots, done in 10.1s (at best 10.0s; 0.12s idle)`
fn last_line(preview: &Preview) -> String {
    let forecast = &preview.forecast;
    let [files, items, slots] = [
        (preview.files.len(), "file"),
        (forecast.items.len(), "item"),
        (forecast.schedule.slots.len(), "slot"),
    ]
    .map(|(n, noun)| words::count(n, noun));
    let [end, bound, idle] = [forecast.makespan(), forecast.bound, forecast.schedule.idle()].map(words::time);
    let end = paint(style::BOLD, format!("done in {end}"));
    format!("{files} in {items} on {slots}, {end} (at best {bound}; {idle} idle)")
}

/// `test_a.py, test_b.py, test_c.py and 2 more`
fn named<'a>(paths: impl Iterator<Item = &'a str>) -> String {
    let paths: Vec<String> = paths.map(one_line).collect();
    let more = match paths.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", paths[..paths.len().min(NAMED)].join(", "))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use testrunner_core::{Forecast, Plan};

    use super::*;

    #[test]
    fn a_plan_in_a_line_and_its_files_by_name() {
        let known = [Some(900), Some(300), None, Some(400), Some(100)];
        let known = known.map(|known| known.map(Duration::from_millis));
        let file = |(index, known): (u32, Option<Duration>)| FilePreview {
            index,
            path: format!("test_{index}.py"),
            known,
        };
        let timings: Vec<_> = (0..).zip(known).collect();
        let forecast = Forecast::of(&timings, Plan::Whole, 2);
        let preview = Preview { files: timings.into_iter().map(file).collect(), forecast };
        let line = anstream::adapter::strip_str(&last_line(&preview)).to_string();
        assert_eq!(line, "5 files in 1 item on 2 slots, done in 2.12s (at best 1.06s; 2.12s idle)");
        let place = preview.forecast.schedule.slots[0][0];
        let paths = files(&preview, &place).map(|file| file.path.as_str());
        assert_eq!(named(paths), "test_0.py, test_1.py, test_2.py and 2 more");
        let document = serde_json::to_value(PlanLine::of(&preview)).unwrap();
        assert_eq!(document["plan"]["unknown"], serde_json::json!(["test_2.py"]));
        assert_eq!(document["plan"]["slots"][0][0]["files"][2]["expected_us"], 425_000);
    }
}
