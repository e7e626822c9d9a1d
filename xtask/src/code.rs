//! A small reader of Rust text: blanks comments, texts and test modules, keeping every line where it was.
//!
//! Not here: a parser; macros and unusual token sequences are read as plain code.
//! Invariant: the result has as many lines as the input, and the same columns up to multi-byte characters.

/// The code alone: comments and the insides of string and character literals become blanks.
pub(crate) fn code_only(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = skipped(rest).unwrap_or(0);
        if length > 0 {
            out.extend(rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[length..];
        } else if let Some(word) = word(rest) {
            // Words are copied whole, so that the `r` of `for"…"` never starts a raw string.
            out.push_str(word);
            rest = &rest[word.len()..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// Code without the items under `#[cfg(test)]`.
pub(crate) fn without_tests(text: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let code = code_only(text);
    let mut out = String::with_capacity(code.len());
    let mut rest = code.as_str();
    while let Some(at) = rest.find(MARK) {
        out.push_str(&rest[..at]);
        let item = &rest[at..];
        let end = item_end(item);
        out.extend(item[..end].chars().filter(|c| *c == '\n'));
        rest = &item[end..];
    }
    out.push_str(rest);
    out
}

/// Where the item that starts here ends: after its `;` or its closing brace.
fn item_end(item: &str) -> usize {
    let mut depth = 0_u32;
    for (at, c) in item.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

fn word(rest: &str) -> Option<&str> {
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    // A prefix of a literal is left to `skipped` at the next step.
    if end == 0 || matches!(&rest[..end], "r" | "b" | "br" | "c" | "cr") { None } else { Some(&rest[..end]) }
}

/// Length of the comment or literal that starts here.
fn skipped(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    let literal = rest.trim_start_matches(['b', 'c']);
    let prefix = rest.len() - literal.len();
    if prefix > 1 {
        return None;
    }
    if literal.starts_with('"') {
        return Some(prefix + quoted(literal));
    }
    if let Some(raw) = literal.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let close = format!("\"{}", "#".repeat(hashes));
            let start = hashes + 1;
            let end = raw[start..].find(&close).map_or(raw.len(), |at| start + at + close.len());
            return Some(prefix + 1 + end);
        }
    }
    character(literal).map(|length| prefix + length)
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_u32;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn quoted(literal: &str) -> usize {
    let mut escaped = false;
    for (at, c) in literal.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    literal.len()
}

/// Length of a character literal; a lifetime is none.
fn character(literal: &str) -> Option<usize> {
    let inner = literal.strip_prefix('\'')?;
    let first = inner.chars().next()?;
    if first == '\\' {
        return inner.get(2..)?.find('\'').map(|at| 1 + 2 + at + 1);
    }
    inner[first.len_utf8()..].starts_with('\'').then(|| 1 + first.len_utf8() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_become_blanks() {
        let text =
            "let a = \"HashMap \\\" //\"; // HashMap\nlet b = r#\"Instant \" \"#; /* x /* y */ z */ let c = '\"';\n";
        let code = code_only(text);
        assert!(!code.contains("HashMap") && !code.contains("Instant"), "{code}");
        assert!(code.contains("let a =") && code.contains("let b =") && code.contains("let c ="), "{code}");
        assert_eq!(code.lines().count(), text.lines().count());
    }

    #[test]
    fn lifetimes_are_code() {
        assert_eq!(code_only("fn f<'a>(x: &'a str) {}"), "fn f<'a>(x: &'a str) {}");
        assert_eq!(code_only("x == '\\'' && y"), "x ==      && y");
    }

    #[test]
    fn items_under_test_are_left_out_and_lines_stay() {
        let text = "use a;\n#[cfg(test)]\nmod tests {\n    fn f() { HashMap }\n}\nfn g() {}\n";
        let code = without_tests(text);
        assert!(!code.contains("HashMap"));
        assert_eq!(code.lines().position(|line| line.contains("fn g")), Some(5));
    }
}
