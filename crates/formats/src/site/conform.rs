//! Checks a tree against the JSON Schema generated from the raw types, reporting every difference with its line.
//!
//! Not here: references between rows and anything else that one row cannot tell (`resolve`).
//! Invariant: a tree that conforms is read by serde into the raw type; the schema keywords known here are those
//! that the raw types use.

use serde_json::{Map, Value};

use super::nearest::{did_you_mean, list, nearest};
use super::node::{Content, Node};
use super::problem::Report;

/// Checks `node` against `schema` (with its `$defs`); true when it conforms.
///
/// `owner` says whose value it is in messages, such as `zone "levee-3"`; empty for the file itself.
pub(super) fn conforms(node: &Node, schema: &Value, owner: &str, report: &mut Report) -> bool {
    let before = report.errors();
    let trail = Trail { owner: owner.to_owned(), path: String::new() };
    Checker { defs: schema["$defs"].as_object(), report }.check(node, schema, &trail);
    report.errors() == before
}

/// What a row is called in messages: its kind and its id, or its number from 1.
pub(super) fn owner_of(kind: &str, node: &Node, index: usize) -> String {
    match node.get("id").and_then(Node::text).filter(|id| !id.trim().is_empty()) {
        Some(id) => format!("{kind} \"{}\"", cut(id)),
        None => format!("{kind} {}", index + 1),
    }
}

struct Checker<'s, 'r> {
    defs: Option<&'s Map<String, Value>>,
    report: &'r mut Report,
}

/// Where in the tree the check is: the row, and the path of keys inside it.
struct Trail {
    owner: String,
    path: String,
}

/// A schema with where it applies and what to do when it does not hold.
struct Rule<'s, 't> {
    schema: &'s Value,
    trail: &'t Trail,
    remedy: String,
}

impl Trail {
    fn below(&self, key: &str) -> Self {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Self { owner: self.owner.clone(), path }
    }

    /// `zone "a": "ladder.caution"`
    fn subject(&self) -> String {
        match (self.owner.as_str(), self.path.as_str()) {
            ("", "") => "the file".to_owned(),
            ("", path) => format!("\"{path}\""),
            (owner, "") => owner.to_owned(),
            (owner, path) => format!("{owner}: \"{path}\""),
        }
    }

    /// `zone "a": `, or nothing at the top.
    fn prefix(&self) -> String {
        if self.owner.is_empty() { String::new() } else { format!("{}: ", self.owner) }
    }
}

impl<'s> Checker<'s, '_> {
    fn check(&mut self, node: &Node, schema: &'s Value, trail: &Trail) {
        let near = schema["description"].as_str();
        let schema = self.target(schema);
        let remedy = near.or_else(|| schema["description"].as_str()).map_or("see docs/sites.md", first_paragraph);
        let rule = Rule { schema, trail, remedy: remedy.to_owned() };
        if let Some(branches) = branches(schema) {
            return self.check_branches(node, branches, &rule);
        }
        match (&node.content, expected(schema)) {
            (Content::Table(_), "object") => self.check_table(node, &rule),
            (Content::List(items), "array") => self.check_list(node, items, &rule),
            (Content::Text(text), "string") => self.check_text(node, text, &rule),
            (Content::Bool(_), "boolean") => {}
            (Content::Integer(value), "integer" | "number") => self.check_number(node, *value as f64, &rule),
            (Content::Float(value), "number") => self.check_number(node, *value, &rule),
            (found, wanted) => {
                let message = format!("{} is {}, not {}", trail.subject(), kind_of(found), name_of(wanted));
                self.report.error(node.spot, message, rule.remedy);
            }
        }
    }

    /// The schema behind `$ref` and behind "this or null".
    fn target(&self, mut schema: &'s Value) -> &'s Value {
        // A schema that refers in a circle is not one of ours; the bound only keeps this total.
        for _ in 0..8 {
            let named = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/"));
            let next = match named {
                Some(name) => self.defs.and_then(|defs| defs.get(name)),
                None => branches(schema).and_then(only_branch),
            };
            match next {
                Some(next) => schema = next,
                None => break,
            }
        }
        schema
    }

    fn check_table(&mut self, node: &Node, rule: &Rule<'s, '_>) {
        let Some(properties) = rule.schema["properties"].as_object() else { return };
        let known: Vec<&str> = properties.keys().map(String::as_str).collect();
        for (index, member) in node.members().iter().enumerate() {
            if node.members()[..index].iter().any(|earlier| earlier.key == member.key) {
                let message = format!("{}key \"{}\" is given twice", rule.trail.prefix(), member.key);
                self.report.error(member.spot, message, "keep one of them");
            }
            match properties.get(&member.key) {
                Some(_) if matches!(member.node.content, Content::Null) => {}
                Some(schema) => self.check(&member.node, schema, &rule.trail.below(&member.key)),
                None => {
                    let key = rule.trail.below(&member.key).path;
                    let message = format!("{}unknown key \"{key}\"", rule.trail.prefix());
                    self.report.error(member.spot, message, unknown_key_remedy(&member.key, &known));
                }
            }
        }
        let required = rule.schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for key in required.filter(|key| node.get(key).is_none()) {
            let about = properties.get(key).and_then(|schema| schema["description"].as_str()).unwrap_or_default();
            self.report.error(node.spot, missing(key, rule.trail), format!("add {key}: {}", first_paragraph(about)));
        }
    }

    fn check_list(&mut self, node: &Node, items: &[Node], rule: &Rule<'s, '_>) {
        let bound = |key: &str| rule.schema[key].as_u64().map(|bound| bound as usize);
        let least = bound("minItems").unwrap_or(0);
        let most = bound("maxItems").unwrap_or(usize::MAX);
        if items.len() < least || items.len() > most {
            let wanted = if least == most { format!("{least}") } else { format!("at least {least}") };
            let message = format!("{} has {} items instead of {wanted}", rule.trail.subject(), items.len());
            self.report.error(node.spot, message, rule.remedy.clone());
        }
        let item_schema = &rule.schema["items"];
        for (index, item) in items.iter().enumerate() {
            // A row of the file is called by its id, a value inside a row by its key.
            let is_row = rule.trail.owner.is_empty() && matches!(item.content, Content::Table(_));
            let trail = if is_row {
                Trail { owner: owner_of(&rule.trail.path, item, index), path: String::new() }
            } else {
                rule.trail.below(&(index + 1).to_string())
            };
            self.check(item, item_schema, &trail);
        }
    }

    fn check_text(&mut self, node: &Node, text: &str, rule: &Rule<'s, '_>) {
        let names: Vec<&str> = names(rule.schema).collect();
        let length = text.chars().count();
        let most = rule.schema["maxLength"].as_u64().unwrap_or(u64::MAX);
        if !names.is_empty() && !names.contains(&text) {
            let message = format!("{} is \"{}\", which is not known", rule.trail.subject(), cut(text));
            self.report.error(node.spot, message, did_you_mean(text, &names));
        } else if rule.schema["minLength"].as_u64().unwrap_or(0) > 0 && text.trim().is_empty() {
            self.report.error(node.spot, format!("{} is empty", rule.trail.subject()), rule.remedy.clone());
        } else if length as u64 > most {
            let message = format!("{} has {length} characters, more than {most}", rule.trail.subject());
            self.report.error(node.spot, message, "shorten it");
        } else if text.chars().any(char::is_control) {
            let message = format!("{} contains a line break or control character", rule.trail.subject());
            self.report.error(node.spot, message, "write it in one line");
        }
    }

    fn check_number(&mut self, node: &Node, value: f64, rule: &Rule<'s, '_>) {
        let bound = |key: &str| rule.schema[key].as_f64();
        let wrong = if !value.is_finite() {
            Some("not a finite number".to_owned())
        } else if let Some(least) = bound("minimum").filter(|least| value < *least) {
            Some(format!("below {least}"))
        } else if let Some(least) = bound("exclusiveMinimum").filter(|least| value <= *least) {
            Some(format!("not above {least}"))
        } else {
            bound("maximum").filter(|most| value > *most).map(|most| format!("above {most}"))
        };
        if let Some(wrong) = wrong {
            let message = format!("{} is {value}, {wrong}", rule.trail.subject());
            self.report.error(node.spot, message, rule.remedy.clone());
        }
    }

    /// A value of one of several forms: a name, or a table with one key that names the form.
    fn check_branches(&mut self, node: &Node, branches: &'s [Value], rule: &Rule<'s, '_>) {
        let known: Vec<&str> = branches.iter().flat_map(|branch| names(branch).chain(required(branch))).collect();
        let found = match &node.content {
            Content::Text(text) if branches.iter().flat_map(names).any(|name| name == text) => return,
            Content::Text(text) => format!("\"{}\", which is not known", cut(text)),
            Content::Table(members) => {
                let named = |branch: &&Value| {
                    members.first().is_some_and(|member| required(branch).any(|key| key == member.key))
                };
                if let Some(branch) = branches.iter().find(named) {
                    return self.check_table(node, &Rule { schema: branch, trail: rule.trail, remedy: String::new() });
                }
                let keys: Vec<&str> = members.iter().map(|member| member.key.as_str()).collect();
                format!("a table of {}, which is not known", list(&keys))
            }
            other => kind_of(other).to_owned(),
        };
        let remedy = node.text().and_then(|text| nearest(text, &known)).map(|name| format!("did you mean \"{name}\"?"));
        let message = format!("{} is {found}", rule.trail.subject());
        self.report.error(node.spot, message, remedy.unwrap_or_else(|| rule.remedy.clone()));
    }
}

fn missing(key: &str, trail: &Trail) -> String {
    match (key, trail.path.as_str()) {
        ("zh-CN", path) if !path.is_empty() => format!("{} has no Chinese text (\"zh-CN\")", trail.subject()),
        ("en", path) if !path.is_empty() => format!("{} has no English text (\"en\")", trail.subject()),
        ("department", "") if trail.owner.starts_with("datastream") => format!("{} has no owner", trail.subject()),
        _ => format!("{}key \"{}\" is missing", trail.prefix(), trail.below(key).path),
    }
}

fn unknown_key_remedy(key: &str, known: &[&str]) -> String {
    match nearest(key, known) {
        Some(candidate) => format!("did you mean \"{candidate}\"?"),
        None => format!("remove it; known keys: {}", list(known)),
    }
}

fn branches(schema: &Value) -> Option<&[Value]> {
    schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()).map(Vec::as_slice)
}

/// The one branch that is not null.
fn only_branch(branches: &[Value]) -> Option<&Value> {
    let mut present = branches.iter().filter(|branch| branch["type"] != "null");
    present.next().filter(|_| present.next().is_none())
}

/// The names a schema allows.
fn names(schema: &Value) -> impl Iterator<Item = &str> {
    schema["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .chain(schema.get("const"))
        .filter_map(Value::as_str)
        .chain(nested_names(schema))
}

/// The names of an enum whose variants are documented one by one.
fn nested_names(schema: &Value) -> impl Iterator<Item = &str> {
    branches(schema).into_iter().flatten().filter_map(|branch| branch["const"].as_str())
}

fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// The type a schema expects, null left aside.
fn expected(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(name) => name,
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("object"),
        _ => "object",
    }
}

fn name_of(wanted: &str) -> &'static str {
    match wanted {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        _ => "a table",
    }
}

fn kind_of(content: &Content) -> &'static str {
    match content {
        Content::Null => "null",
        Content::Bool(_) => "true or false",
        Content::Integer(_) => "a whole number",
        Content::Float(_) => "a number with a fraction",
        Content::Text(_) => "a text",
        Content::List(_) => "a list",
        Content::Table(_) => "a table",
    }
}

fn first_paragraph(description: &str) -> &str {
    description.split("\n\n").next().unwrap_or_default()
}

/// A foreign text, cut to what fits a line.
pub(super) fn cut(text: &str) -> String {
    if text.chars().count() <= 60 { text.to_owned() } else { text.chars().take(60).chain("…".chars()).collect() }
}
