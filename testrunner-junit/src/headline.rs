//! What a message says, in one line.

/// The line of a message that says most: the first that an assertion explains itself with, else the first. Empty
/// when the message is blank. Colours and control characters are left in.
#[must_use]
pub fn headline(message: &str) -> &str {
    let lines = || message.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
    let mut explained = lines().filter_map(|line| line.strip_prefix("E  ")).map(str::trim);
    let explained = match explained.next() {
        // Where the syntax is wrong: what is wrong comes last.
        Some(place) if place.starts_with("File \"") => explained.next_back().or(Some(place)),
        first => first,
    };
    explained.or_else(|| lines().next()).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headline_is_what_the_assertion_says() {
        let message = "def test_x():\n>       assert 1 == 2\nE       assert 1 == 2\nE        +  where\n\nx.py:2: AssertionError";
        assert_eq!(headline(message), "assert 1 == 2");
        let syntax = "E     File \"x.py\", line 1\nE       def (:\nE   SyntaxError: invalid syntax";
        assert_eq!(headline(syntax), "SyntaxError: invalid syntax");
        assert_eq!(headline("\n  killed by signal 11\nmore"), "killed by signal 11");
        assert_eq!(headline(""), "");
    }
}
