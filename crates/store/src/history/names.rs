//! The names of the site in force: from the positions in a warning to ids as it is issued, and back as it is read.
//!
//! Not here: series, which are found by name on their own (open).
//! Invariant: a position read back is of the thing the warning named, or outside every table.

use std::collections::HashMap;

use city::{
    ConsoleIx, DatastreamIx, GateIx, GroupIx, IssuedWarning, LinkIx, Place, PostId, PostIx, Site, Warning, WarningIds,
    ZoneIx,
};

/// A position outside every table: a site has at most some ten thousand of anything.
pub(super) const NOWHERE: u32 = u32::MAX;

/// The ids of a site, both ways.
#[derive(Debug, Default)]
pub(super) struct Names {
    site: Site,
    places: HashMap<String, Place>,
    consoles: HashMap<String, ConsoleIx>,
}

impl Names {
    pub(super) fn new(site: &Site) -> Self {
        let mut names = Self { site: site.clone(), ..Self::default() };
        let zones = (0..site.zones.len()).map(|ix| Place::Zone(ix.into()));
        let groups = (0..site.groups.len()).map(|ix| Place::Group(ix.into()));
        let links = (0..site.links.len()).map(|ix| Place::Link(ix.into()));
        let gates = (0..site.gates.len()).map(|ix| Place::Gate(ix.into()));
        let streams = (0..site.datastreams.len()).map(|ix| Place::Datastream(ix.into()));
        let places = zones.chain(groups).chain(links).chain(gates).chain(streams);
        names.places = places.map(|place| (site.place_id(place), place)).collect();
        let consoles = site.consoles.iter().enumerate();
        names.consoles = consoles.map(|(ix, console)| (console.id.to_string(), ix.into())).collect();
        names
    }

    /// The warning with the ids of what it names.
    pub(super) fn issue(&self, warning: &Warning) -> IssuedWarning {
        IssuedWarning { warning: warning.clone(), ids: Some(WarningIds::new(&self.site, warning)) }
    }

    /// The warning with its positions in this site; without ids it stays as it was written.
    pub(super) fn resolve(&self, mut issued: IssuedWarning) -> IssuedWarning {
        let Some(ids) = &issued.ids else { return issued };
        let warning = &mut issued.warning;
        warning.cause.place = self.place(warning.cause.place, Some(&ids.place));
        warning.console = self.consoles.get(&ids.console).copied().unwrap_or(ConsoleIx(NOWHERE));
        for (n, member) in warning.members.iter_mut().enumerate() {
            *member = self.place(*member, ids.members.get(n));
        }
        for (n, (stream, _)) in warning.evidence.observations.iter_mut().enumerate() {
            let id = ids.datastreams.get(n).map(|id| format!("datastream/{id}"));
            if let Place::Datastream(ix) = self.place(Place::Datastream(*stream), id.as_ref()) {
                *stream = ix;
            }
        }
        let post = ids.post.as_deref().and_then(|id| self.site.post_ix(&PostId::from(id)));
        warning.evidence.post = warning.evidence.post.map(|_| post.unwrap_or(PostIx(NOWHERE)));
        issued
    }

    /// The place with this id, of the same kind as `was`.
    fn place(&self, was: Place, id: Option<&String>) -> Place {
        let found = id.and_then(|id| self.places.get(id)).copied();
        let nowhere = match was {
            Place::Site => return Place::Site,
            Place::Zone(_) => Place::Zone(ZoneIx(NOWHERE)),
            Place::Group(_) => Place::Group(GroupIx(NOWHERE)),
            Place::Link(_) => Place::Link(LinkIx(NOWHERE)),
            Place::Gate(_) => Place::Gate(GateIx(NOWHERE)),
            Place::Datastream(_) => Place::Datastream(DatastreamIx(NOWHERE)),
        };
        found.filter(|place| std::mem::discriminant(place) == std::mem::discriminant(&was)).unwrap_or(nowhere)
    }
}
