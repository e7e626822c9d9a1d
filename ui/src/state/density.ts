// How dense a zone is judged to be: by its estimate or, if higher, by an area count that speaks.
// Not here: levels, which the server gives; this only says the number that its level rests on.
// Invariant: a count that shows more danger than the estimate is never hidden behind it.
import type { ZoneJson } from '../api/types';
import { find, type Picture } from './picture';
import type { Site } from './site';

export interface Densest {
  /** Of the densest part, people/m². */
  per_m2: number;
  /** The datastream that counts more than the estimate; null when the estimate decides. */
  by: string | null;
}

/** The density a zone's level rests on; null where it has none. */
export function densest(site: Pick<Site, 'zones' | 'tellers' | 'datastreams'>, picture: Pick<Picture, 'datastreams'>, zone: ZoneJson): Densest | null {
  const drawn = site.zones.get(zone.id)?.drawn;
  if (zone.peak_density_per_m2 === null) return null;
  let most: Densest = { per_m2: zone.peak_density_per_m2, by: null };
  if (!drawn?.area_m2) return most;
  for (const id of site.tellers.get(zone.id) ?? []) {
    const role = site.datastreams.get(id)?.role;
    const stream = role && 'area' in role ? find(picture.datastreams, id) : undefined;
    if (!stream || stream.health !== 'speaking' || stream.result === null) continue;
    const per_m2 = (stream.result / drawn.area_m2) * drawn.peak_factor;
    if (per_m2 > most.per_m2) most = { per_m2, by: id };
  }
  return most;
}
