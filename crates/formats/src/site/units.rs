//! The units a datastream may have.
//!
//! Not here: conversion between units; a stream keeps the unit it came in.
//! Invariant: the table is the only list of units; the schema, the reader and the docs take theirs from it.

use city::Bilingual;

/// A unit: how it is written, and what it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// As written in `site.toml`: UCUM where UCUM has it.
    pub symbol: &'static str,
    /// In Simplified Chinese.
    pub zh_cn: &'static str,
    /// In English.
    pub en: &'static str,
}

/// All units.
pub const UNITS: [Unit; 14] = [
    unit("people", "人", "people"),
    unit("vehicles", "辆", "vehicles"),
    unit("trips", "车次", "trips"),
    unit("calls", "次呼叫", "calls"),
    unit("m", "米", "metres"),
    unit("m2", "平方米", "square metres"),
    unit("m3/s", "立方米/秒", "cubic metres per second"),
    unit("m/s", "米/秒", "metres per second"),
    unit("mm/h", "毫米/小时", "millimetres per hour"),
    unit("Cel", "摄氏度", "degrees Celsius"),
    unit("%", "百分比", "per cent"),
    unit("1", "无量纲", "no unit: a number, share or state"),
    unit("min", "分钟", "minutes"),
    unit("s", "秒", "seconds"),
];

const fn unit(symbol: &'static str, zh_cn: &'static str, en: &'static str) -> Unit {
    Unit { symbol, zh_cn, en }
}

impl Unit {
    /// The unit written so.
    pub fn find(symbol: &str) -> Option<Self> {
        UNITS.into_iter().find(|unit| unit.symbol == symbol)
    }

    /// Its name in both languages.
    pub fn name(self) -> Bilingual {
        Bilingual::new(self.zh_cn, self.en)
    }
}
