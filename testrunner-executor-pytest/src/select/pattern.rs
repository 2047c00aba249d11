//! Patterns as pytest matches them: Python's `fnmatch`, where `*` also matches `/`.

/// Whether a pattern matches a path: its last part, or all of it if the pattern has a `/`.
pub(crate) fn matches_path(pattern: &str, path: &str) -> bool {
    if !pattern.contains('/') {
        let name = path.rsplit('/').next().unwrap_or(path);
        return fnmatch(pattern, name);
    }
    // pytest matches absolute paths, and lets a relative pattern begin at any folder.
    let path = format!("/{path}");
    if pattern.starts_with('/') { fnmatch(pattern, &path) } else { fnmatch(&format!("*/{pattern}"), &path) }
}

/// Whether a shell pattern matches a name: `*`, `?`, `[abc]`, `[a-z]`, `[!abc]`; all else is literal.
pub(crate) fn fnmatch(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    // Where to go on when the last star has to take one character more.
    let mut star = None;
    while n < name.len() {
        let step = match pattern.get(p) {
            Some('*') => {
                star = Some((p + 1, n));
                p += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => match set(&pattern[p..], name[n]) {
                Some((matched, length)) => matched.then_some(length),
                None => (name[n] == '[').then_some(1),
            },
            Some(&literal) => (literal == name[n]).then_some(1),
            None => None,
        };
        match (step, star) {
            (Some(length), _) => {
                p += length;
                n += 1;
            }
            (None, Some((after, from))) => {
                star = Some((after, from + 1));
                p = after;
                n = from + 1;
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Whether a set such as `[a-z]` has the character, and the length of the set; `None` when it is not closed.
fn set(pattern: &[char], c: char) -> Option<(bool, usize)> {
    let negated = pattern.get(1) == Some(&'!');
    let first = if negated { 2 } else { 1 };
    // A bracket right at the beginning belongs to the set.
    let close = (first + 1..pattern.len()).find(|&at| pattern[at] == ']')?;
    let mut members = &pattern[first..close];
    let mut found = false;
    while let Some((&low, rest)) = members.split_first() {
        members = rest;
        if let ['-', high, rest @ ..] = members {
            found |= (low..=*high).contains(&c);
            members = rest;
        } else {
            found |= low == c;
        }
    }
    Some((found != negated, close + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (pattern, name, matched) in [
            ("test_*.py", "test_a.py", true),
            ("test_*.py", "test_.py", true),
            ("test_*.py", "xtest_a.py", false),
            ("*_test.py", "a_b_test.py", true),
            ("*", "", true),
            ("**", "abc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[abc]x", "bx", true),
            ("[a-c]x", "dx", false),
            ("[!a-c]x", "dx", true),
            ("[]a]x", "]x", true),
            ("[a-]x", "-x", true),
            ("[ab", "[ab", true),
            ("[ab", "a", false),
            ("{arch}", "{arch}", true),
            ("{arch}", "arch", false),
            ("a.b", "aXb", false),
            (".*", ".git", true),
            ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("é?", "éü", true),
        ] {
            assert_eq!(fnmatch(pattern, name), matched, "{pattern} {name}");
        }
    }

    #[test]
    fn paths() {
        for (pattern, path, matched) in [
            ("test_*.py", "a/b/test_c.py", true),
            ("build", "build", true),
            ("build", "build/x", false),
            ("tests/*.py", "tests/a/b.py", true),
            ("tests/*.py", "deep/tests/b.py", true),
            ("tests/*.py", "contests/b.py", false),
        ] {
            assert_eq!(matches_path(pattern, path), matched, "{pattern} {path}");
        }
    }
}
