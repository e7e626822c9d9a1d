// Short texts that several panels share: names of places, a warning's figures, ages.
// Not here: words (words/).
// Invariant: a figure never stands without its unit.
import type { WarningJson } from '../api/types';
import { speech } from '../words/language.svelte';
import { split, type Site } from './site';

/** The name of a place, or its id when it has none. */
export function placeName(site: Site, place: string): string {
  return speech.name(site.names.get(place), split(place)[1] || place);
}

/** A warning's value and threshold in their unit; null where words or silence raised it. */
export function valueText(site: Site, warning: WarningJson): { value: string; threshold: string } | null {
  const { value, threshold, cause } = warning;
  if (value === null || threshold === null || !COMPARED.has(cause.kind)) return null;
  return { value: inUnit(site, cause, value), threshold: inUnit(site, cause, threshold) };
}

/** Causes with one number and its threshold; the others rest on several figures. */
const COMPARED: ReadonlySet<string> = new Set(['density', 'people', 'surge', 'indicator']);

/** A number in the unit of a cause. */
export function inUnit(site: Site, cause: WarningJson['cause'], value: number): string {
  if (cause.kind === 'density') return `${speech.value(Math.round(value * 100) / 100)} ${speech.words.per_m2}`;
  if (cause.kind === 'people') return `${speech.count(value)} ${speech.words.people}`;
  if (cause.kind === 'surge') return speech.words.members_of(Math.round(value));
  return withUnit(speech.value(value), unitOf(site, split(cause.place)[1]));
}

/** What can be looked at for a place: a link is shown by the zone it starts in, a gate by the zone behind it. */
export function lookable(site: Site, place: string): string {
  for (const { properties: of } of site.map.features) {
    if (of.is === 'link' && place === `link/${of.id}`) return `zone/${of.from}`;
    if (of.is === 'gate' && place === `gate/${of.id}`) return `zone/${of.zone}`;
  }
  return place;
}

/** An interval as written beside its estimate. */
export function spanText(low: number, high: number): string {
  return `${speech.count(low)}–${speech.count(high)}`;
}

/** The unit of a datastream as people write it; that of a count is people. */
export function unitOf(site: Site, datastream: string): string {
  return unitText(site.datastreams.get(datastream)?.unit ?? '');
}

/** A figure with its unit, if it has one. */
export const withUnit = (figure: string, unit: string): string => `${figure} ${unit}`.trim();

/** A unit as people write it. */
export function unitText(unit: string): string {
  const written: Readonly<Record<string, string>> = { ...speech.words.unit, people: speech.words.people, '1': '', m3: 'm³', m2: 'm²', 'm3/s': 'm³/s', Cel: '°C', Hour: 'h' };
  return written[unit] ?? unit;
}
