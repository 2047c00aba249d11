//! What of the input is said back: little, and escaped.

/// Most of it in a sentence; all in bytes as JSON.
const ECHO: usize = 80;
const FIELD: usize = 200;
const DETAIL: usize = 400;

/// Input as it may be quoted: escaped, at most 80 characters.
pub(crate) fn echo(input: &str) -> String {
    shorten(input, ECHO)
}

/// A sentence on one field.
pub(super) fn field(sentence: &str) -> String {
    shorten(sentence, FIELD)
}

/// A sentence on the whole.
pub(super) fn detail(sentence: &str) -> String {
    shorten(sentence, DETAIL)
}

fn shorten(text: &str, most: usize) -> String {
    let mut short = String::new();
    let mut left = most;
    for c in text.chars() {
        // Quotes and backslashes are JSON's to escape.
        let quote = matches!(c, '"' | '\'' | '\\');
        let escaped = c.escape_debug();
        let plain = quote || escaped.len() == 1;
        let size = if quote {
            2
        } else if plain {
            c.len_utf8()
        } else {
            escaped.len() + 1
        };
        if size > left {
            short.push('…');
            return short;
        }
        left -= size;
        if plain { short.push(c) } else { short.extend(escaped) }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_little_and_nothing_invisible() {
        assert_eq!(echo("a \"quoted\" ü"), "a \"quoted\" ü");
        assert_eq!(echo("a\n\u{1b}[31m\u{202e}b\0"), "a\\n\\u{1b}[31m\\u{202e}b\\0");
        assert_eq!(echo(&"x".repeat(81)), format!("{}…", "x".repeat(80)));
        assert!(echo(&"\n".repeat(1000)).chars().count() <= 81);
        assert!(detail(&"\u{202e}".repeat(10_000)).chars().count() <= 401);
    }
}
