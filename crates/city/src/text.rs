//! Names in both languages, and facts that must say where they come from.
//!
//! Not here: the page's own texts.
//! Invariant: a shown name exists in zh-CN and in en.

use serde::{Deserialize, Serialize};

/// A text in both languages of the product.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Bilingual {
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
    /// English.
    pub en: String,
}

impl Bilingual {
    /// The same text in both languages, for ids and codes that are not words.
    pub fn same(text: &str) -> Self {
        Self { zh_cn: text.to_owned(), en: text.to_owned() }
    }

    /// Both texts.
    pub fn new(zh_cn: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh_cn: zh_cn.into(), en: en.into() }
    }
}

/// A value with where it comes from: a citation, or the word `assumption` and why.
#[derive(Clone, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// The source, for people to read.
    pub source: String,
}

impl<T> Sourced<T> {
    /// `value` as known from `source`.
    pub fn new(value: T, source: impl Into<String>) -> Self {
        Self { value, source: source.into() }
    }
}
