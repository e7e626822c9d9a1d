//! Features cut into bins of about equally many rows.
//!
//! Not here: trees.
//! Invariant: a bin's upper edge is a value between rows, so that raw features fall on the same side as binned ones.

/// Most bins of a feature.
const BINS: usize = 64;
/// Rows that edges are found from.
const SAMPLE: usize = 20_000;

/// Edges of every feature's bins.
#[derive(Clone, Debug)]
pub(super) struct Bins {
    /// Rising upper edges, the last bin has none.
    pub edges: Vec<Vec<f32>>,
}

/// Binned features, one column after the other.
#[derive(Clone, Debug)]
pub(crate) struct Binned {
    pub(super) bins: Bins,
    pub(super) columns: Vec<Vec<u8>>,
}

impl Binned {
    /// Bins rows of `width` features.
    pub(crate) fn new(width: usize, rows: &[f32]) -> Self {
        let count = rows.len() / width;
        let stride = count.div_ceil(SAMPLE).max(1);
        let mut edges = Vec::with_capacity(width);
        let mut columns = Vec::with_capacity(width);
        for feature in 0..width {
            let sample = rows.chunks_exact(width).step_by(stride).map(|row| row[feature]).collect();
            let of_feature = edges_of(sample);
            let column = rows.chunks_exact(width).map(|row| bin(&of_feature, row[feature])).collect();
            edges.push(of_feature);
            columns.push(column);
        }
        Self { bins: Bins { edges }, columns }
    }
}

fn edges_of(mut sample: Vec<f32>) -> Vec<f32> {
    sample.sort_unstable_by(f32::total_cmp);
    let mut edges: Vec<f32> = Vec::with_capacity(BINS);
    for part in 1..BINS {
        let at = part * sample.len() / BINS;
        let Some(below) = at.checked_sub(1).and_then(|before| sample.get(before)) else { continue };
        // Many rows may have the same value: the edge lies between it and the next larger one.
        let Some(above) = sample.get(sample.partition_point(|value| value <= below)) else { continue };
        let edge = below + (above - below) * 0.5;
        if edges.last().is_none_or(|last| *last < edge) {
            edges.push(edge);
        }
    }
    edges
}

fn bin(edges: &[f32], value: f32) -> u8 {
    edges.partition_point(|edge| *edge < value) as u8
}
