//! Makes text from tests fit for a terminal: whatever they print, nothing but text, line ends, tabs and
//! colours comes out.

/// Cleans text of several lines. Colours (SGR) stay and end with the text; every other escape sequence is
/// dropped, and what is left of control characters is made visible.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut coloured = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '\u{1b}' {
            let (length, is_colour) = escape(rest.as_bytes());
            if is_colour {
                out.push_str(&rest[..length]);
                coloured = true;
            }
            rest = &rest[length..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '\n' | '\t' => out.push(c),
            '\r' if rest.starts_with('\n') => {}
            // A progress bar draws over itself: its states become lines.
            '\r' => out.push('\n'),
            _ => push_visible(&mut out, c),
        }
    }
    if coloured {
        out.push_str("\u{1b}[0m");
    }
    out
}

/// Cleans bytes of several lines; what is not UTF-8 is replaced.
pub(crate) fn clean_bytes(bytes: &[u8]) -> String {
    clean(&String::from_utf8_lossy(bytes))
}

/// Cleans text that must stay on one line and without colours: names, paths, headlines.
pub(crate) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '\u{1b}' {
            rest = &rest[escape(rest.as_bytes()).0..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            _ => push_visible(&mut out, c),
        }
    }
    out
}

fn push_visible(out: &mut String, c: char) {
    match c {
        // The pictures of the control characters stand in the same order as the characters.
        '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + u32::from(c))),
        '\u{7f}' => out.push('\u{2421}'),
        '\u{80}'..='\u{9f}' => out.push('\u{fffd}'),
        // What turns the direction of the text around it.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
        _ => out.push(c),
    }
}

/// Length of the escape sequence that `bytes` begin with, and whether it only sets colours. Ends on a
/// character boundary.
fn escape(bytes: &[u8]) -> (usize, bool) {
    match bytes.get(1) {
        Some(b'[') => control_sequence(bytes),
        Some(b']' | b'P' | b'X' | b'^' | b'_') => (string_sequence(bytes), false),
        Some(0x20..=0x2f) => {
            let middle = bytes[1..].iter().take_while(|byte| matches!(byte, 0x20..=0x2f)).count();
            let ends = matches!(bytes.get(1 + middle), Some(0x30..=0x7e));
            (1 + middle + usize::from(ends), false)
        }
        Some(0x30..=0x7e) => (2, false),
        _ => (1, false),
    }
}

fn control_sequence(bytes: &[u8]) -> (usize, bool) {
    let parameters = bytes[2..].iter().take_while(|byte| matches!(byte, 0x30..=0x3f)).count();
    let after = 2 + parameters;
    let middle = bytes[after..].iter().take_while(|byte| matches!(byte, 0x20..=0x2f)).count();
    let end = after + middle;
    let Some(last @ 0x40..=0x7e) = bytes.get(end).copied() else { return (end, false) };
    let plain = bytes[2..after].iter().all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'));
    (end + 1, last == b'm' && middle == 0 && plain)
}

/// A string for the terminal itself (a title, a link) goes to its terminator; one without ends with its line.
fn string_sequence(bytes: &[u8]) -> usize {
    for (at, pair) in bytes.iter().enumerate().skip(2) {
        match pair {
            b'\x07' => return at + 1,
            b'\x1b' if bytes.get(at + 1) == Some(&b'\\') => return at + 2,
            b'\n' | b'\x1b' => return at,
            _ => {}
        }
    }
    bytes.len()
}

/// The line of a message that says most, fit for a terminal.
pub(crate) fn headline(message: &str) -> String {
    shorten(one_line(testrunner_junit::headline(message)).trim(), 200)
}

/// Cuts text to so many characters.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_as_it_is() {
        for text in ["", "plain\n\ttext\n", "é \u{1f600} 漢字", "a\u{301}"] {
            assert_eq!(clean(text), text);
        }
        assert_eq!(clean("a\r\nb"), "a\nb");
        assert_eq!(clean("10%\r20%"), "10%\n20%");
    }

    #[test]
    fn colours_stay_and_end() {
        assert_eq!(clean("\u{1b}[1;31mred"), "\u{1b}[1;31mred\u{1b}[0m");
        assert_eq!(clean("\u{1b}[38:2::1:2:3mx"), "\u{1b}[38:2::1:2:3mx\u{1b}[0m");
        assert_eq!(one_line("\u{1b}[31mred\u{1b}[0m"), "red");
    }

    #[test]
    fn nothing_else_reaches_the_terminal() {
        let cases = [
            ("\u{1b}[2Jx", "x"),
            ("\u{1b}[10;5Hx", "x"),
            ("\u{1b}[?25lx", "x"),
            ("\u{1b}[>4;1mx", "x"),
            ("\u{1b}]0;title\u{7}x", "x"),
            ("\u{1b}]8;;http://example.org\u{1b}\\x", "x"),
            ("\u{1b}]0;never ends\nx", "\nx"),
            ("\u{1b}Pdevice\u{1b}\\x", "x"),
            ("\u{1b}cx", "x"),
            ("\u{1b}(0x", "x"),
            ("\u{1b}", ""),
            ("\u{1b}[", ""),
            ("\u{1b}é", "é"),
            ("\u{1b}[é", "é"),
            ("a\u{8}\u{7}\0b", "a␈␇␀b"),
            ("\u{7f}\u{9b}31m", "␡\u{fffd}31m"),
            ("\u{202e}abc", "\u{fffd}abc"),
        ];
        for (text, wanted) in cases {
            assert_eq!(clean(text), wanted, "{text:?}");
        }
        assert_eq!(clean_bytes(b"\xff\x1b[2J\xfe"), "\u{fffd}\u{fffd}");
    }

    #[test]
    fn any_bytes_come_out_harmless() {
        // Every pair and many triples of the bytes that mean something.
        let bytes = b"\x1b[]Pm\x07\\\n\r;0\x9b\xc3\xa9";
        for a in bytes {
            for b in bytes {
                for c in bytes {
                    for d in bytes {
                        let text = clean_bytes(&[*a, *b, *c, *d]);
                        let bare =
                            text.replace("\u{1b}[0m", "").replace("\u{1b}[m", "").replace("\u{1b}[;m", "");
                        let odd = bare.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
                        assert_eq!(odd, None, "{:?}", [a, b, c, d]);
                    }
                }
            }
        }
    }

    #[test]
    fn a_headline_is_short_and_clean() {
        assert_eq!(headline("E   \u{1b}[31mred\tline"), "red line");
        assert_eq!(headline(&"x".repeat(300)).chars().count(), 200);
    }
}
