//! The site as a network: which links people can use in a minute, and how a need spreads over them.
//!
//! Not here: what the zones need (`targets`) or what is counted (`sensing`).
//! Invariant: a flow solved here meets every zone's need exactly, in whole people.

use city::{Access, LinkKind, Place, Site};

use crate::measures::Spell;

/// A passage as the flow sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) link: usize,
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// How easily people spread through it, m of level width.
    pub(crate) ease: f64,
}

/// The links people can use, with the solved form of their network.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    edges: Vec<Edge>,
    /// Lower triangle of the Cholesky factor, row by row.
    factor: Vec<Vec<f64>>,
    /// Zones from the leaves of a spanning forest to its roots, with the edge to the parent.
    order: Vec<(usize, Option<usize>)>,
    /// The tree a zone belongs to.
    tree: Vec<usize>,
}

/// True for each zone in which pedestrians may be in `minute`.
pub(crate) fn open_zones(site: &Site, spells: &[Spell], minute: usize) -> Vec<bool> {
    let mut open: Vec<bool> = site.zones.iter().map(|zone| zone.access == Access::Pedestrian).collect();
    for spell in spells.iter().filter(|spell| spell.covers(crate::timeline::time_of(minute))) {
        for target in &spell.targets {
            if let Place::Zone(ix) = target {
                open[ix.index()] = true;
            }
        }
    }
    open
}

impl Network {
    /// Over the links whose two zones are open.
    pub(crate) fn new(site: &Site, open: &[bool]) -> Self {
        let usable = |from: usize, to: usize| open[from] && open[to] && from != to;
        let edges: Vec<Edge> = site
            .links
            .iter()
            .enumerate()
            .filter(|(_, link)| usable(link.from.index(), link.to.index()))
            .map(|(index, link)| {
                let width = (link.width_m.value - link.lost_width_m).max(0.5);
                let ease = width * ease_of(link.kind);
                Edge { link: index, from: link.from.index(), to: link.to.index(), ease }
            })
            .collect();
        let (order, tree) = forest(site.zones.len(), &edges);
        let factor = factor(site.zones.len(), &edges, &order);
        Self { edges, factor, order, tree }
    }

    pub(crate) fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The tree of the forest a zone belongs to: needs add up to nothing within each.
    pub(crate) fn tree_of(&self, zone: usize) -> usize {
        self.tree[zone]
    }

    /// Net flow along each edge that brings every zone its `need` (people; negative: too many).
    ///
    /// `push` is a preferred net flow along each edge, kept where the needs allow.
    pub(crate) fn net(&self, need: &[i64], push: &[i64]) -> Vec<i64> {
        let mut rest = need.to_vec();
        let mut flow = push.to_vec();
        self.apply(&mut rest, &flow);
        let height = self.heights(&rest);
        for (edge, net) in self.edges.iter().zip(&mut flow) {
            let extra = (edge.ease * (height[edge.to] - height[edge.from])).round() as i64;
            *net += extra;
            rest[edge.to] -= extra;
            rest[edge.from] += extra;
        }
        // What rounding left over is carried along the forest, from the leaves to the roots.
        for (zone, parent) in &self.order {
            let Some(edge) = parent else { continue };
            let Edge { from, to, .. } = self.edges[*edge];
            let missing = rest[*zone];
            let (sign, other) = if to == *zone { (1, from) } else { (-1, to) };
            flow[*edge] += sign * missing;
            rest[other] += missing;
            rest[*zone] = 0;
        }
        flow
    }

    fn apply(&self, rest: &mut [i64], flow: &[i64]) {
        for (edge, net) in self.edges.iter().zip(flow) {
            rest[edge.to] -= net;
            rest[edge.from] += net;
        }
    }

    /// Solves the network's Laplacian, grounded slightly so that it has one solution.
    fn heights(&self, need: &[i64]) -> Vec<f64> {
        let n = need.len();
        let mut y = vec![0.0; n];
        for row in 0..n {
            let known: f64 = (0..row).map(|col| self.factor[row][col] * y[col]).sum();
            y[row] = (need[row] as f64 - known) / self.factor[row][row];
        }
        for row in (0..n).rev() {
            let known: f64 = (row + 1..n).map(|below| self.factor[below][row] * y[below]).sum();
            y[row] = (y[row] - known) / self.factor[row][row];
        }
        y
    }
}

/// Level ground 1; what slows people spreads them less. Assumptions.
fn ease_of(kind: LinkKind) -> f64 {
    match kind {
        LinkKind::Level => 1.0,
        LinkKind::Ramp { .. } => 0.8,
        LinkKind::Stair { .. } => 0.5,
        LinkKind::Escalator => 0.7,
        LinkKind::Crossing { cycle_s, green_s } => f64::from(green_s) / f64::from(cycle_s.max(1)),
    }
}

/// A breadth-first spanning forest, leaves first, and the tree of each zone.
fn forest(zones: usize, edges: &[Edge]) -> (Vec<(usize, Option<usize>)>, Vec<usize>) {
    let mut tree = vec![usize::MAX; zones];
    let mut order: Vec<(usize, Option<usize>)> = Vec::with_capacity(zones);
    for root in 0..zones {
        if tree[root] != usize::MAX {
            continue;
        }
        tree[root] = root;
        let mut next = order.len();
        order.push((root, None));
        while next < order.len() {
            let zone = order[next].0;
            next += 1;
            for (index, edge) in edges.iter().enumerate() {
                let other = match zone {
                    zone if zone == edge.from => edge.to,
                    zone if zone == edge.to => edge.from,
                    _ => continue,
                };
                if tree[other] == usize::MAX {
                    tree[other] = root;
                    order.push((other, Some(index)));
                }
            }
        }
    }
    order.reverse();
    (order, tree)
}

/// The Cholesky factor of the Laplacian with a unit on the diagonal of each root.
fn factor(zones: usize, edges: &[Edge], order: &[(usize, Option<usize>)]) -> Vec<Vec<f64>> {
    let mut laplacian = vec![vec![0.0; zones]; zones];
    for (root, _) in order.iter().filter(|(_, parent)| parent.is_none()) {
        laplacian[*root][*root] = 1.0;
    }
    for edge in edges {
        laplacian[edge.from][edge.from] += edge.ease;
        laplacian[edge.to][edge.to] += edge.ease;
        laplacian[edge.from][edge.to] -= edge.ease;
        laplacian[edge.to][edge.from] -= edge.ease;
    }
    for col in 0..zones {
        let below: f64 = (0..col).map(|k| laplacian[col][k] * laplacian[col][k]).sum();
        // Each component is grounded, so the pivot is positive but for rounding.
        let pivot = (laplacian[col][col] - below).max(1e-12).sqrt();
        laplacian[col][col] = pivot;
        for row in col + 1..zones {
            let known: f64 = (0..col).map(|k| laplacian[row][k] * laplacian[col][k]).sum();
            laplacian[row][col] = (laplacian[row][col] - known) / pivot;
        }
    }
    laplacian
}
