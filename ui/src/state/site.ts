// What the page knows of the site itself: names of places, kinds, levels, who owns what.
// Not here: live values (picture.ts), words of the page (words/).
// Invariant: loaded whole or not at all; a place without a name is called by its id.
import type { Bilingual, DatastreamOfSite, MapJson, SiteJson, ZoneProperties, ZonesJson } from '../api/types';

export interface ZoneOfSite {
  id: string;
  name: Bilingual;
  kind: string;
  centre: [number, number] | null;
  /** What the map says of it; null for a network, which is nowhere. */
  drawn: ZoneProperties | null;
}

export interface Site {
  json: SiteJson;
  map: MapJson;
  zones: ReadonlyMap<string, ZoneOfSite>;
  datastreams: ReadonlyMap<string, DatastreamOfSite>;
  departments: ReadonlyMap<string, Bilingual>;
  /** The datastreams that tell of a zone, by its id. */
  tellers: ReadonlyMap<string, readonly string[]>;
  /** Where a sensor is drawn: at its own position, else at the gate, link or zone it counts. */
  sensors: ReadonlyMap<string, [number, number]>;
  /** Names of all places by place id, such as `zone/levee-3`. */
  names: ReadonlyMap<string, Bilingual>;
}

/** The kind of place a feature of the map stands for. */
const KINDS = { zone: 'zone', link: 'link', gate: 'gate', sensor: 'datastream', post: 'post' } as const;

export function siteOf(json: SiteJson, map: MapJson, live: ZonesJson, streams: DatastreamOfSite[]): Site {
  const zones = new Map<string, ZoneOfSite>();
  const names = new Map<string, Bilingual>([['site', json.name]]);
  for (const { properties } of live.features) {
    const { id, name, kind } = properties;
    zones.set(id, { id, name, kind, centre: null, drawn: null });
    names.set(`zone/${id}`, name);
  }
  for (const { properties: of, geometry } of map.features) {
    if (of.is === 'scenery') continue;
    names.set(`${KINDS[of.is]}/${of.id}`, of.name);
    if (of.is !== 'zone') continue;
    const centre = geometry?.type === 'Polygon' ? centreOf(geometry.coordinates[0] ?? []) : null;
    zones.set(of.id, { id: of.id, name: of.name, kind: of.kind, centre, drawn: of });
  }
  for (const group of json.groups) names.set(`group/${group.id}`, group.name);
  for (const stream of streams) names.set(`datastream/${stream.id}`, stream.name);
  for (const post of json.posts) names.set(`post/${post.id}`, post.name);
  return {
    json,
    map,
    zones,
    names,
    tellers: tellersOf(streams),
    sensors: sensorsOf(map, zones, streams),
    datastreams: new Map(streams.map((stream) => [stream.id, stream])),
    departments: new Map(json.departments.map((department) => [department.id, department.name])),
  };
}

function tellersOf(streams: readonly DatastreamOfSite[]): Map<string, string[]> {
  const tellers = new Map<string, string[]>();
  for (const stream of streams) {
    for (const zone of stream.zones) {
      const those = tellers.get(zone);
      if (those) those.push(stream.id);
      else tellers.set(zone, [stream.id]);
    }
  }
  return tellers;
}

/** A count of a whole group stands nowhere. */
function sensorsOf(map: MapJson, zones: ReadonlyMap<string, ZoneOfSite>, streams: readonly DatastreamOfSite[]): Map<string, [number, number]> {
  const ends = new Map<string, [number, number]>();
  for (const { properties: of, geometry } of map.features) {
    const at = geometry?.type === 'Point' ? pair(geometry.coordinates) : geometry?.type === 'LineString' ? middleOf(geometry.coordinates) : null;
    if (at && (of.is === 'gate' || of.is === 'link')) ends.set(`${of.is}/${of.id}`, at);
  }
  const sensors = new Map<string, [number, number]>();
  for (const { id, role, position } of streams) {
    const place = !role || 'group' in role ? null : 'gate' in role ? ends.get(`gate/${role.gate}`) : 'link' in role ? ends.get(`link/${role.link}`) : zones.get(role.area)?.centre;
    const at = pair(position) ?? place;
    if (at) sensors.set(id, at);
  }
  return sensors;
}

/** The middle of a line of a few positions. */
function middleOf(line: readonly (readonly number[])[]): [number, number] | null {
  const [a, b] = [pair(line[Math.floor((line.length - 1) / 2)]), pair(line[Math.ceil((line.length - 1) / 2)])];
  return a && b && (line.length % 2 === 1 ? a : [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
}

export interface Scales { warn: boolean; own: ('above' | 'below')[] }

/** Which scales of levels the site uses: those that warn, and those that only say what is unusual for a stream. */
export function judged(site: Pick<Site, 'zones' | 'datastreams'> & { json: Pick<SiteJson, 'groups'> }): Scales {
  const levels = [...site.datastreams.values()].flatMap((of) => of.levels ?? []);
  const own = (['above', 'below'] as const).filter((side) => levels.some((of) => of.purpose === 'colour' && of.side === side));
  const warn = [...site.zones.values()].some((zone) => zone.drawn) || site.json.groups.some((group) => group.people)
    || levels.some((of) => of.purpose === 'warn');
  return { warn: warn || own.length === 0, own };
}

/** A place's kind and id. */
export function split(place: string | null): [string, string] {
  const slash = place?.indexOf('/') ?? -1;
  return place === null || slash < 0 ? [place ?? '', ''] : [place.slice(0, slash), place.slice(slash + 1)];
}

/** A position of the API as a pair; null when it is none. */
export function pair(position: readonly number[] | null | undefined): [number, number] | null {
  const [x, y] = position ?? [];
  return x === undefined || y === undefined ? null : [x, y];
}

/** The centroid of a ring; good enough for a label. */
export function centreOf(ring: readonly (readonly number[])[]): [number, number] | null {
  let [area, x, y] = [0, 0, 0];
  const [ox = 0, oy = 0] = ring[0] ?? [];
  for (let i = 0; i + 1 < ring.length; i++) {
    const [ax = 0, ay = 0] = ring[i] ?? [];
    const [bx = 0, by = 0] = ring[i + 1] ?? [];
    // Relative to the first corner: degrees squared times 1e-8 leave few digits otherwise.
    const cross = (ax - ox) * (by - oy) - (bx - ox) * (ay - oy);
    area += cross;
    x += (ax + bx - 2 * ox) * cross;
    y += (ay + by - 2 * oy) * cross;
  }
  return area === 0 ? null : [ox + x / (3 * area), oy + y / (3 * area)];
}

/** West, south, east, north of what is watched; of everything when nothing watched is on the map. */
export function boundsOf(site: Site): [number, number, number, number] {
  const watched = site.map.features.filter((feature) => feature.properties.is !== 'scenery');
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  const visit = (coordinates: unknown): void => {
    if (!Array.isArray(coordinates)) return;
    const [x, y] = coordinates as unknown[];
    if (typeof x !== 'number' || typeof y !== 'number') return coordinates.forEach(visit);
    [west, south, east, north] = [Math.min(west, x), Math.min(south, y), Math.max(east, x), Math.max(north, y)];
  };
  for (const { geometry } of watched) visit(geometry?.coordinates);
  if (west < east || south < north) return [west, south, east, north];
  const [w = -180, s = -60, e = 180, n = 60] = site.json.bounds ?? [];
  return [w, s, e, n];
}
