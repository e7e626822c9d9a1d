// What the page knows of the site itself: names of places, kinds, levels, who owns what.
// Not here: live values (picture.ts), words of the page (words/).
// Invariant: loaded whole or not at all; a place without a name is called by its id.
import type { Position } from 'geojson';
import type { SiteMap } from '../api/client';
import type { Bilingual, DatastreamOfSite, MapProperties, MeasureOfSite, SiteJson } from '../api/types';

export interface ZoneOfSite { id: string; name: Bilingual; properties: MapProperties; centre: [number, number] | null }

export interface Site {
  json: SiteJson;
  map: SiteMap;
  zones: ReadonlyMap<string, ZoneOfSite>;
  datastreams: ReadonlyMap<string, DatastreamOfSite>;
  measures: ReadonlyMap<string, MeasureOfSite>;
  departments: ReadonlyMap<string, Bilingual>;
  /** Names of all places by place id, such as `zone/levee-3`. */
  names: ReadonlyMap<string, Bilingual>;
}

/** Table-less id: `zone/levee-3` and `levee-3` are the same zone. */
export function bare(kind: string, id: string): string {
  return id.startsWith(`${kind}/`) ? id.slice(kind.length + 1) : id;
}

export function siteOf(json: SiteJson, map: SiteMap, live: SiteMap, streams: DatastreamOfSite[]): Site {
  const zones = new Map<string, ZoneOfSite>();
  const names = new Map<string, Bilingual>([['site', json.name]]);
  for (const feature of [...live.features, ...map.features]) {
    const { is = 'zone', id, name } = feature.properties;
    if (is === 'scenery' || id === undefined) continue;
    const kind = is === 'sensor' ? 'datastream' : is;
    const place = bare(kind, id);
    if (name) names.set(`${kind}/${place}`, name);
    if (is !== 'zone') continue;
    const centre = feature.geometry?.type === 'Polygon' ? centreOf(feature.geometry.coordinates[0] ?? []) : null;
    const known = zones.get(place);
    zones.set(place, {
      id: place,
      name: name ?? known?.name ?? { 'zh-CN': place, en: place },
      properties: { ...known?.properties, ...feature.properties },
      centre: centre ?? known?.centre ?? null,
    });
  }
  for (const group of json.groups) names.set(`group/${group.id}`, group.name);
  for (const stream of streams) names.set(`datastream/${stream.id}`, stream.name);
  return {
    json,
    map,
    zones,
    names,
    datastreams: new Map(streams.map((stream) => [stream.id, stream])),
    measures: new Map(json.measures.map((measure) => [measure.id, measure])),
    departments: new Map(json.departments.map((department) => [department.id, department.name])),
  };
}

/** The centroid of a ring; good enough for a label. */
export function centreOf(ring: readonly Position[]): [number, number] | null {
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
