// All places that can be looked at, worst first: zones, and sensors that judge themselves.
// Not here: levels, which the server gives.
// Invariant: every zone and every indicator with levels is in it once, whether or not it is on the map.
import type { Bilingual } from '../api/types';
import { rankOf, sensorLook, zoneLook, type Look } from '../map/look';
import { densest } from './density';
import type { Picture } from './picture';
import type { Site } from './site';
import { RANK } from './warnings';

export interface Place {
  id: string;
  kind: 'zone' | 'datastream';
  name: Bilingual;
  look: Look;
  rank: number;
  value: number | null;
  /** The value is a density rather than people. */
  dense: boolean;
  unit: string;
  /** Share of the critical threshold; what sorts within a level. */
  share: number;
}

/** Places whose name in either language contains the text, worst first. */
export function ranked(site: Site, picture: Picture, sought: string): Place[] {
  const text = sought.trim().toLowerCase();
  const matches = (name: Bilingual, id: string): boolean =>
    text === '' || name['zh-CN'].toLowerCase().includes(text) || name.en.toLowerCase().includes(text) || id.toLowerCase().includes(text);
  const places: Place[] = [];
  for (const zone of picture.zones.items) {
    const of = site.zones.get(zone.id);
    const name = of?.name ?? { 'zh-CN': zone.id, en: zone.id };
    if (!matches(name, zone.id)) continue;
    const dense = zone.peak_density_per_m2 !== null;
    const value = densest(site, picture, zone)?.per_m2 ?? zone.people;
    places.push({
      id: `zone/${zone.id}`, kind: 'zone', name, look: zoneLook(zone).look, rank: RANK[zone.level], value, dense, unit: 'people',
      share: dense ? (value ?? 0) / (of?.drawn?.ladder.critical ?? 4) : 0,
    });
  }
  for (const stream of picture.datastreams.items) {
    const of = site.datastreams.get(stream.id);
    if (!of?.levels || !matches(of.name, stream.id)) continue;
    const { look, size } = sensorLook(stream, of.levels);
    places.push({
      id: `datastream/${stream.id}`, kind: 'datastream', name: of.name, look, rank: look === 'unknown' ? 0 : rankOf(look),
      value: stream.result, dense: false, unit: of.unit, share: size * size,
    });
  }
  return places.sort((a, b) => b.rank - a.rank || b.share - a.share || a.id.localeCompare(b.id));
}
