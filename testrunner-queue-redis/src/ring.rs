//! What a ring says to other processes.

use std::str::FromStr as _;

use serde::{Deserialize, Serialize};
use testrunner_core::TestrunId;
use testrunner_core::doorbell::Topic;

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;
/// More than any ring is long.
const LONGEST: usize = 64 * 1_024;
/// Topics of one ring.
pub(crate) const MOST: usize = 1_000;

#[derive(Serialize, Deserialize)]
struct Message<'a> {
    v: u32,
    from: &'a str,
    topics: Vec<String>,
}

/// `{"v":1,"from":"…","topics":["work","run:7"]}`
pub(crate) fn write(from: &str, topics: &[Topic]) -> Vec<u8> {
    let topics = topics.iter().map(name).collect();
    // Texts cannot fail to be written.
    serde_json::to_vec(&Message { v: VERSION, from, topics }).unwrap_or_default()
}

/// The topics that somebody else rang for; none for what cannot be read, or comes from ourselves.
pub(crate) fn read(own: &str, bytes: &[u8]) -> Vec<Topic> {
    if bytes.len() > LONGEST {
        return Vec::new();
    }
    match serde_json::from_slice::<Message<'_>>(bytes) {
        Ok(message) if message.v == VERSION && message.from != own => {
            message.topics.iter().filter_map(|name| topic(name)).collect()
        }
        _ => Vec::new(),
    }
}

fn name(topic: &Topic) -> String {
    match topic {
        Topic::Work => "work".to_owned(),
        Topic::Stops => "stops".to_owned(),
        Topic::Runs => "runs".to_owned(),
        Topic::Run(run) => format!("run:{run}"),
    }
}

fn topic(name: &str) -> Option<Topic> {
    Some(match name {
        "work" => Topic::Work,
        "stops" => Topic::Stops,
        "runs" => Topic::Runs,
        run => Topic::Run(TestrunId::from_str(run.strip_prefix("run:")?).ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_come_back_as_they_were() {
        let topics = [Topic::Work, Topic::Stops, Topic::Runs, Topic::Run(TestrunId(i64::MAX))];
        assert_eq!(read("b", &write("a", &topics)), topics);
        assert_eq!(read("a", &write("a", &topics)), [], "one's own");
        let most: Vec<Topic> = (0..MOST).map(|n| Topic::Run(TestrunId(i64::MAX - n as i64))).collect();
        assert_eq!(read("b", &write("a", &most)), most);
    }

    #[test]
    fn anything_else_rings_for_nobody() {
        for text in
            ["", "{}", "[[", r#"{"v":2,"from":"a","topics":["work"]}"#, r#"{"v":1,"from":1,"topics":[]}"#]
        {
            assert_eq!(read("b", text.as_bytes()), [], "{text}");
        }
        assert_eq!(read("b", &vec![b'['; 10 << 20]), []);
        let partly = r#"{"v":1,"from":"a","topics":["run:x","work","tea"]}"#;
        assert_eq!(read("b", partly.as_bytes()), [Topic::Work]);
    }
}
