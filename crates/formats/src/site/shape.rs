//! Shapes on the ground: areas, faults of an outline, overlaps and distances, in metres.
//!
//! Not here: which faults matter for which kind of row (`places`).
//! Invariant: everything is measured on a plane that touches the earth near the shape. Over a site of 20 km the error
//! of an area stays below 0.1 %, far below what a hand-drawn outline is good for.

use city::{Polygon, Position};
use geo::algorithm::line_intersection::{LineIntersection, line_intersection};
use geo::{Area, BooleanOps, BoundingRect, Coord, Distance, Euclidean, Intersects, Line, LineString, Point};

/// The most positions of one ring.
pub const MAX_RING_POSITIONS: usize = 2_000;

/// Two zones overlap when they share more than this, m²…
pub const OVERLAP_M2: f64 = 1.0;
/// …and more than this share of the smaller one, so that a common edge drawn twice by hand is no overlap.
pub const OVERLAP_SHARE: f64 = 0.01;

/// A plane that touches the WGS84 ellipsoid at a position: x east, y north, metres.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plane {
    origin: Position,
    m_per_degree_east: f64,
    m_per_degree_north: f64,
}

/// What can be wrong with an outline.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fault {
    Empty,
    TooFew(usize),
    TooMany(usize),
    NotClosed,
    NoArea,
    Crosses(Position),
    HoleOutside,
}

/// An outline on a plane, with its bounds.
pub(super) struct Outline {
    polygon: geo::Polygon,
    bounds: geo::Rect,
}

impl Plane {
    /// The plane at a position. Lengths of a degree after the series of the WGS84 ellipsoid (NIMA TR8350.2).
    pub(super) fn at(origin: Position) -> Self {
        let latitude = origin.lat.to_radians();
        let cos = |times: f64| libm::cos(times * latitude);
        Self {
            origin,
            m_per_degree_east: 111_412.84 * cos(1.0) - 93.5 * cos(3.0) + 0.118 * cos(5.0),
            m_per_degree_north: 111_132.92 - 559.82 * cos(2.0) + 1.175 * cos(4.0) - 0.0023 * cos(6.0),
        }
    }

    fn coord(&self, position: &Position) -> Coord {
        Coord {
            x: (position.lon - self.origin.lon) * self.m_per_degree_east,
            y: (position.lat - self.origin.lat) * self.m_per_degree_north,
        }
    }

    fn position(&self, coord: Coord) -> Position {
        Position {
            lon: self.origin.lon + coord.x / self.m_per_degree_east,
            lat: self.origin.lat + coord.y / self.m_per_degree_north,
        }
    }

    fn line(&self, positions: &[Position]) -> LineString {
        positions.iter().map(|position| self.coord(position)).collect()
    }

    fn polygon(&self, rings: &[Vec<Position>]) -> geo::Polygon {
        let mut rings = rings.iter().map(|ring| self.line(ring));
        let outer = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
        geo::Polygon::new(outer, rings.collect())
    }

    /// The outline of a sound polygon on this plane.
    pub(super) fn outline(&self, polygon: &Polygon) -> Option<Outline> {
        let polygon = self.polygon(&polygon.rings);
        polygon.bounding_rect().map(|bounds| Outline { polygon, bounds })
    }
}

/// The area of a sound polygon, m², to a tenth.
pub(super) fn area_m2(polygon: &Polygon) -> f64 {
    let origin = polygon.rings.first().and_then(|ring| ring.first()).copied().unwrap_or_default();
    let area = Plane::at(origin).polygon(&polygon.rings).unsigned_area();
    (area * 10.0).round() / 10.0
}

/// The first fault of an outline, if it has one.
pub(super) fn fault(rings: &[Vec<Position>]) -> Option<Fault> {
    let Some(outer) = rings.first().filter(|ring| !ring.is_empty()) else { return Some(Fault::Empty) };
    let plane = Plane::at(outer[0]);
    if let Some(fault) = rings.iter().find_map(|ring| ring_fault(ring, &plane)) {
        return Some(fault);
    }
    let outer = plane.polygon(&rings[..1]);
    let outside = |ring: &Vec<Position>| ring.iter().any(|position| !outer.intersects(&plane.coord(position)));
    rings[1..].iter().any(outside).then_some(Fault::HoleOutside)
}

fn ring_fault(ring: &[Position], plane: &Plane) -> Option<Fault> {
    if ring.len() > MAX_RING_POSITIONS {
        return Some(Fault::TooMany(ring.len()));
    }
    if ring.first() != ring.last() {
        return Some(Fault::NotClosed);
    }
    let mut coords: Vec<Coord> = ring.iter().map(|position| plane.coord(position)).collect();
    coords.dedup();
    if coords.len() < 4 {
        return Some(Fault::TooFew(coords.len().saturating_sub(1)));
    }
    if let Some(coord) = crossing(&coords) {
        return Some(Fault::Crosses(plane.position(coord)));
    }
    let area = geo::Polygon::new(LineString::new(coords), Vec::new()).unsigned_area();
    (area < 0.01).then_some(Fault::NoArea)
}

/// Where a closed ring meets itself, other than at the ends that neighbours share.
fn crossing(coords: &[Coord]) -> Option<Coord> {
    let lines: Vec<Line> = coords.windows(2).map(|pair| Line::new(pair[0], pair[1])).collect();
    let west = |line: &Line| line.start.x.min(line.end.x);
    let east = |line: &Line| line.start.x.max(line.end.x);
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|a, b| west(&lines[*a]).total_cmp(&west(&lines[*b])));
    for (rank, &one) in order.iter().enumerate() {
        let reach = east(&lines[one]);
        for &two in order[rank + 1..].iter().take_while(|two| west(&lines[**two]) <= reach) {
            let apart = one.abs_diff(two);
            let neighbours = apart == 1 || apart == lines.len() - 1;
            match line_intersection(lines[one], lines[two]) {
                Some(LineIntersection::Collinear { intersection }) => return Some(intersection.start),
                Some(LineIntersection::SinglePoint { intersection, .. }) if !neighbours => return Some(intersection),
                _ => {}
            }
        }
    }
    None
}

impl Outline {
    /// Its western and eastern bounds, for sweeping.
    pub(super) fn reach(&self) -> (f64, f64) {
        (self.bounds.min().x, self.bounds.max().x)
    }

    /// What two outlines share, m², when it is more than drawing by hand explains.
    pub(super) fn overlap_m2(&self, other: &Self) -> Option<f64> {
        if !self.bounds.intersects(&other.bounds) {
            return None;
        }
        let shared = self.polygon.intersection(&other.polygon).unsigned_area();
        let smaller = self.polygon.unsigned_area().min(other.polygon.unsigned_area());
        (shared > OVERLAP_M2 && shared > OVERLAP_SHARE * smaller).then_some(shared)
    }

    /// How far a line passes from it, m; 0 when they touch.
    pub(super) fn distance_m(&self, line: &[Position], plane: &Plane) -> f64 {
        match line {
            [] => f64::INFINITY,
            [only] => Euclidean.distance(&Point(plane.coord(only)), &self.polygon),
            _ => Euclidean.distance(&plane.line(line), &self.polygon),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(points: &[(f64, f64)]) -> Vec<Position> {
        points.iter().map(|&(lon, lat)| Position { lon, lat }).collect()
    }

    fn square(lon: f64, lat: f64, side: f64) -> Vec<Position> {
        ring(&[(lon, lat), (lon + side, lat), (lon + side, lat + side), (lon, lat + side), (lon, lat)])
    }

    #[test]
    fn an_area_agrees_with_the_ellipsoid() {
        // 0.001° × 0.001° at 31.24° N on WGS84: 95.276 m × 110.866 m (geodesic lengths of the sides).
        let area = area_m2(&Polygon { rings: vec![square(121.49, 31.2395, 0.001)] });
        assert!((area - 10_563.0).abs() < 10.0, "{area}");
    }

    #[test]
    fn a_hole_is_not_walked_on() {
        let whole = area_m2(&Polygon { rings: vec![square(0.0, 0.0, 0.01)] });
        let holed = area_m2(&Polygon { rings: vec![square(0.0, 0.0, 0.01), square(0.002, 0.002, 0.005)] });
        assert!((holed / whole - 0.75).abs() < 1e-6);
    }

    #[test]
    fn each_fault_of_an_outline_is_named() {
        let bow_tie = ring(&[(0.0, 0.0), (0.001, 0.001), (0.001, 0.0), (0.0, 0.001), (0.0, 0.0)]);
        let spike = ring(&[(0.0, 0.0), (0.002, 0.0), (0.001, 0.0), (0.001, 0.001), (0.0, 0.0)]);
        assert_eq!(fault(&[]), Some(Fault::Empty));
        assert_eq!(fault(&[Vec::new()]), Some(Fault::Empty));
        assert_eq!(fault(&[square(0.0, 0.0, 0.001)[..4].to_vec()]), Some(Fault::NotClosed));
        assert_eq!(fault(&[ring(&[(0.0, 0.0), (0.0, 0.0), (0.1, 0.0), (0.0, 0.0)])]), Some(Fault::TooFew(2)));
        assert!(matches!(fault(&[bow_tie]), Some(Fault::Crosses(_))));
        assert!(matches!(fault(&[spike]), Some(Fault::Crosses(_))));
        assert_eq!(fault(&[square(0.0, 0.0, 1e-9)]), Some(Fault::NoArea));
        assert_eq!(fault(&[square(0.0, 0.0, 0.001), square(0.002, 0.0, 0.001)]), Some(Fault::HoleOutside));
        assert_eq!(fault(&[square(0.0, 0.0, 0.001)]), None);
    }

    #[test]
    fn neighbours_that_share_an_edge_do_not_overlap() {
        let plane = Plane::at(Position::default());
        let outline = |lon: f64| plane.outline(&Polygon { rings: vec![square(lon, 0.0, 0.001)] }).unwrap();
        assert_eq!(outline(0.0).overlap_m2(&outline(0.001)), None);
        assert!(outline(0.0).overlap_m2(&outline(0.0005)).is_some_and(|shared| shared > 6_000.0));
    }

    #[test]
    fn a_line_that_crosses_an_outline_touches_it() {
        let plane = Plane::at(Position::default());
        let outline = plane.outline(&Polygon { rings: vec![square(0.0, 0.0, 0.001)] }).unwrap();
        assert!(outline.distance_m(&ring(&[(-0.001, 0.0005), (0.0005, 0.0005)]), &plane).abs() < f64::EPSILON);
        let away = outline.distance_m(&ring(&[(0.002, 0.0), (0.003, 0.0)]), &plane);
        assert!((away - 111.3).abs() < 1.0, "{away}");
    }
}
