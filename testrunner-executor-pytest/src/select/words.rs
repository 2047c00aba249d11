//! Splitting a setting into words as a shell does, which is how pytest reads lists in ini files.

/// The words; `None` when a quote is not closed.
pub(crate) fn split(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '\\' => match chars.next()? {
                            c @ ('"' | '\\') => word.push(c),
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            c if c.is_ascii_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn as_a_shell() {
        for (text, words) in [
            ("", Some(vec![])),
            ("  a\n b\t c ", Some(vec!["a", "b", "c"])),
            ("'a b' \"c d\"e", Some(vec!["a b", "c de"])),
            (r#"a\ b "c\"d" "e\f" '\'"#, Some(vec!["a b", "c\"d", "e\\f", "\\"])),
            ("''", Some(vec![""])),
            ("'a", None),
            ("\"a", None),
            ("a\\", None),
        ] {
            assert_eq!(
                split(text),
                words.map(|words| words.into_iter().map(str::to_owned).collect()),
                "{text}"
            );
        }
    }
}
