//! Rows of different lengths, one after the other in memory.
//!
//! Not here: what is in them (index).
//! Invariant: row `ix` is where it was in the rows it was made of.

use std::ops::Index;

/// Lists of items by a number, in one piece of memory: a table that is asked at every reading stays in the cache.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows<T> {
    /// Where each row begins, and the end of the last.
    begins: Vec<u32>,
    items: Vec<T>,
}

impl<T> From<Vec<Vec<T>>> for Rows<T> {
    fn from(rows: Vec<Vec<T>>) -> Self {
        let mut begins = Vec::with_capacity(rows.len() + 1);
        let mut items = Vec::with_capacity(rows.iter().map(Vec::len).sum());
        begins.push(0);
        for row in rows {
            items.extend(row);
            begins.push(items.len() as u32);
        }
        Self { begins, items }
    }
}

impl<T> Rows<T> {
    /// How many rows.
    pub(crate) fn len(&self) -> usize {
        self.begins.len().saturating_sub(1)
    }

    /// Every row, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[T]> {
        (0..self.len()).map(|ix| &self[ix])
    }

    /// A row; nothing beyond the last.
    pub(crate) fn get(&self, ix: usize) -> &[T] {
        if ix < self.len() { &self[ix] } else { &[] }
    }
}

impl<T> Index<usize> for Rows<T> {
    type Output = [T];

    fn index(&self, ix: usize) -> &[T] {
        &self.items[self.begins[ix] as usize..self.begins[ix + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_as_they_were() {
        let rows = vec![vec![1, 2], Vec::new(), vec![3]];
        let flat = Rows::from(rows.clone());
        assert_eq!(flat.len(), 3);
        assert!(flat.iter().eq(rows.iter().map(Vec::as_slice)));
        assert!(flat.get(3).is_empty());
    }
}
