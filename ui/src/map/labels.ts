// What is written on the map: names of places, with a figure and its interval where it helps, and signs of unhealthy sensors.
// Not here: how it is set in type (style.ts).
// Invariant: a raised level is always written out, so that colour is never the only sign.
import type { Feature, FeatureCollection, Geometry, Point } from 'geojson';
import type { Bilingual, Level, MapJson } from '../api/types';
import type { Picture } from '../state/picture';
import { densest } from '../state/density';
import { markOf } from '../state/sensors';
import { centreOf, pair, type Site } from '../state/site';
import { rankOf, sensorLook, zoneLook, type Look } from './look';

/** What the labels need of the language. */
export interface Speaker {
  name(of: Bilingual | undefined): string;
  count(value: number): string;
  density(value: number): string;
  value(value: number): string;
  level(level: Level): string;
  perM2: string;
  /** Said before the site's own words on where its map comes from. */
  attribution: string;
}

/** Above so many places only the raised ones get a figure. */
const FIGURES_UP_TO = 200;

/** Unlike the dash between words, the map does not break a line at it. */
const FIGURE_DASH = '\u2012';

interface Label { text: string; note: string; span: string; far: string; level: Look; rank: number; weight: number; anchor: string; offset: [number, number] }

export function labels(site: Site, picture: Picture, speak: Speaker): FeatureCollection<Point, Label> {
  const features = [...zoneLabels(site, picture, speak), ...sensorLabels(site, picture, speak)];
  return { type: 'FeatureCollection', features };
}

function signOf(look: Look): Pick<Label, 'level' | 'rank'> {
  return { level: look, rank: rankOf(look) };
}

const CENTRED: Pick<Label, 'anchor' | 'offset'> = { anchor: 'center', offset: [0, 0] };
/** Beside the level's symbol. */
const BESIDE: Pick<Label, 'anchor' | 'offset'> = { anchor: 'left', offset: [1.1, 0] };

function* zoneLabels(site: Site, picture: Picture, speak: Speaker): Generator<Feature<Point, Label>> {
  const figures = picture.zones.items.length <= FIGURES_UP_TO;
  for (const zone of picture.zones.items) {
    const of = site.zones.get(zone.id);
    if (!of?.centre) continue;
    const peak = densest(site, picture, zone)?.per_m2 ?? null;
    const shown = figures && zone.people !== null && zone.open;
    const people = shown ? speak.count(zone.people ?? 0) : '';
    const span = shown && zone.p05 !== null && zone.p95 !== null ? `(${speak.count(zone.p05)}${FIGURE_DASH}${speak.count(zone.p95)})` : '';
    const sign = signOf(zoneLook(zone).look);
    const raised = peak === null ? speak.level(zone.level) : `${speak.level(zone.level)} ${speak.density(peak)}${speak.perM2}`;
    yield point(of.centre, {
      text: speak.name(of.name), far: people, ...sign,
      ...(zone.level === 'normal' ? { note: people, span } : { note: raised, span: `${people} ${span}`.trim() }),
      weight: of.drawn?.area_m2 ?? 0, ...(sign.rank === 0 ? CENTRED : BESIDE),
    });
  }
}

/** From afar: beside zones nothing; on a drawing, whose scenery already has the names, the figure. */
function farText(site: Site, alone: boolean, name: string, note: string): string {
  if (!alone) return '';
  return site.json.layout === 'schematic' ? note : `${name}\n${note}`;
}

/** A site without zones on the map: its sensors are what there is to see. */
export function sensorsAlone(site: Site): boolean {
  return ![...site.zones.values()].some((zone) => zone.centre);
}

function* sensorLabels(site: Site, picture: Picture, speak: Speaker): Generator<Feature<Point, Label>> {
  const figures = site.datastreams.size <= FIGURES_UP_TO;
  const alone = sensorsAlone(site);
  for (const stream of picture.datastreams.items) {
    const of = site.datastreams.get(stream.id);
    const at = pair(of?.position);
    if (!of || !at) continue;
    const { look, size } = sensorLook(stream, of.levels);
    const sign = signOf(look);
    const value = stream.result === null ? '' : speak.value(stream.result);
    const note = look !== 'unknown' && (figures || sign.rank > 0) ? value : '';
    yield point(at, {
      text: speak.name(of.name), note, span: '', far: farText(site, alone, speak.name(of.name), note), ...sign,
      weight: stream.result ?? 0, anchor: 'top', offset: [0, 0.5 + size * (alone ? 1.3 : 0.5)],
    });
  }
}

/** How far apart signs at one position stand, and how far a zone's own camera stands above its label, px. */
const SIGN_STEP_PX = 20;
const ABOVE_LABEL_PX = 30;

/** The sensors that are silent or doubted, each by a sign of its own shape. */
export function signs(site: Site, picture: Picture): FeatureCollection<Point> {
  const taken = new Map<string, number>();
  const features = picture.datastreams.items.flatMap((stream): Feature<Point>[] => {
    const mark = markOf(stream);
    const at = mark && site.sensors.get(stream.id);
    if (!at) return [];
    const key = at.join();
    const n = taken.get(key) ?? 0;
    taken.set(key, n + 1);
    const role = site.datastreams.get(stream.id)?.role;
    const offset = [n * SIGN_STEP_PX, role && 'area' in role && !site.datastreams.get(stream.id)?.position ? -ABOVE_LABEL_PX : 0];
    return [{ type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties: { id: stream.id, mark, offset } }];
  });
  return { type: 'FeatureCollection', features };
}

function point(coordinates: [number, number], properties: Label): Feature<Point, Label> {
  return { type: 'Feature', geometry: { type: 'Point', coordinates }, properties };
}

/** Names of the scenery in one language. */
export function names(map: MapJson, speak: Speaker): FeatureCollection {
  const features = map.features.flatMap((feature): Feature[] => {
    if (feature.properties.is !== 'scenery') return [];
    const { name, kind } = feature.properties;
    const text = speak.name(name);
    const geometry = text && feature.geometry ? anchorOf(feature.geometry as Geometry) : null;
    return geometry ? [{ type: 'Feature', geometry, properties: { text, kind } }] : [];
  });
  return { type: 'FeatureCollection', features };
}

function anchorOf(geometry: Geometry): Geometry | null {
  if (geometry.type !== 'Polygon') return geometry;
  const centre = centreOf(geometry.coordinates[0] ?? []);
  return centre && { type: 'Point', coordinates: centre };
}
