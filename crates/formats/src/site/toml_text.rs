//! `site.toml` as text → a tree with lines, and its syntax errors, all of them.
//!
//! Not here: what its keys mean (`raw`, `conform`).
//! Invariant: a tree is returned only when the text is whole TOML.

use toml::de::{DeTable, DeValue};

use super::node::{Content, File, Lines, Member, Node};
use super::problem::Report;

/// The largest `site.toml` that is read, bytes: some 30,000 datastreams.
pub const MAX_TOML_BYTES: usize = 8 << 20;

/// The most syntax errors reported; after the first few the rest are echoes.
const MAX_SYNTAX_ERRORS: usize = 20;

/// Reads the text; `None` after reporting why not.
pub(super) fn tree(text: &str, report: &mut Report) -> Option<Node> {
    if text.len() > MAX_TOML_BYTES {
        let message = format!("the file has {} bytes; at most {MAX_TOML_BYTES} are read", text.len());
        report.file_error(File::Toml, message, "split the site in two folders, or leave out what is not used");
        return None;
    }
    let lines = Lines::of(File::Toml, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut last_line = None;
    for error in errors.iter().take(MAX_SYNTAX_ERRORS) {
        let spot = lines.at(error.span().map_or(0, |span| span.start));
        // What follows the first error of a line is its echo.
        if last_line.replace(spot.line) != Some(spot.line) {
            report.error(spot, format!("not TOML: {}", error.message()), "see https://toml.io for the syntax");
        }
    }
    if !errors.is_empty() {
        return None;
    }
    Some(Node { spot: lines.at(0), content: Content::Table(members(table.get_ref(), &lines)) })
}

fn members(table: &DeTable<'_>, lines: &Lines) -> Vec<Member> {
    // The parser sorts by key; people look for problems in the order of the file.
    let mut pairs: Vec<_> = table.iter().collect();
    pairs.sort_by_key(|(key, _)| key.span().start);
    let member = |(key, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
        let key_text: &std::borrow::Cow<'_, str> = key.get_ref();
        Member { key: key_text.to_string(), spot: lines.at(key.span().start), node: node(value, lines) }
    };
    pairs.into_iter().map(member).collect()
}

fn node(value: &toml::Spanned<DeValue<'_>>, lines: &Lines) -> Node {
    let content = match value.get_ref() {
        DeValue::String(text) => Content::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Content::Float(number.as_str().parse().unwrap_or(f64::INFINITY)), Content::Integer),
        DeValue::Float(number) => Content::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(value) => Content::Bool(*value),
        DeValue::Datetime(time) => Content::Text(time.to_string()),
        DeValue::Array(items) => Content::List(items.iter().map(|item| node(item, lines)).collect()),
        DeValue::Table(table) => Content::Table(members(table, lines)),
    };
    Node { spot: lines.at(value.span().start), content }
}
