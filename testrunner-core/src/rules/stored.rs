//! What an event says, as stores keep it: as JSON, and bytes of output beside it, which JSON could hold only escaped.

use serde::{Deserialize, Serialize};

use crate::event::{EventBody, LogChunk, Stream};

/// A piece of output without its bytes.
#[derive(Serialize, Deserialize)]
struct LogPlace {
    file: u32,
    case: Option<String>,
    stream: Stream,
    offset: u64,
}

/// JSON, and bytes if there are any.
///
/// # Errors
/// None that an event of this program has.
pub fn to_stored(body: &EventBody) -> serde_json::Result<(String, Option<&[u8]>)> {
    let EventBody::Log(LogChunk { file, case, stream, offset, data }) = body else {
        return Ok((serde_json::to_string(body)?, None));
    };
    let place = LogPlace { file: *file, case: case.clone(), stream: *stream, offset: *offset };
    Ok((serde_json::to_string(&place)?, Some(data)))
}

/// What was made of it by [`to_stored`].
///
/// # Errors
/// It is something else.
pub fn from_stored(json: &str, data: Option<Vec<u8>>) -> serde_json::Result<EventBody> {
    let Some(data) = data else { return serde_json::from_str(json) };
    let LogPlace { file, case, stream, offset } = serde_json::from_str(json)?;
    Ok(EventBody::Log(LogChunk { file, case, stream, offset, data }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::ReturnWhy;

    #[test]
    fn what_is_stored_is_read_again() {
        let chunk = |data: &[u8]| {
            let case = Some("test_\0\"".to_owned());
            EventBody::Log(LogChunk { file: 7, case, stream: Stream::Stderr, offset: 9, data: data.to_vec() })
        };
        let returned = EventBody::ItemReturned { why: ReturnWhy::WorkerLost, message: None };
        for (body, bytes) in [(chunk(b""), Some(0)), (chunk(b"\xff\0\n"), Some(3)), (returned, None)] {
            let (json, data) = to_stored(&body).expect("stored");
            assert_eq!(data.map(<[u8]>::len), bytes, "{json}");
            assert_eq!(from_stored(&json, data.map(<[u8]>::to_vec)).expect("read"), body);
        }
        assert!(from_stored("{}", Some(Vec::new())).is_err());
        assert!(from_stored("{", None).is_err());
    }
}
