// Short texts that several panels share: names of places, a warning's figures, ages.
// Not here: words (words/).
// Invariant: a figure never stands without its unit.
import type { WarningJson } from '../api/types';
import { speech } from '../words/language.svelte';
import type { Site } from './site';

/** The name of a place, or its id when it has none. */
export function placeName(site: Site, place: string): string {
  return speech.name(site.names.get(place), place.slice(place.indexOf('/') + 1));
}

/** A warning's value and threshold in their unit; null where words or silence raised it. */
export function valueText(site: Site, warning: WarningJson): { value: string; threshold: string } | null {
  const { value, threshold, cause } = warning;
  if (value === null || threshold === null) return null;
  const write = (v: number): string => {
    if (cause.kind === 'density') return `${speech.value(Math.round(v * 100) / 100)} ${speech.words.per_m2}`;
    if (cause.kind === 'people') return `${speech.count(v)} ${speech.words.people}`;
    if (cause.kind === 'surge') return speech.words.members_of(Math.round(v));
    const unit = site.datastreams.get(cause.place.replace(/^datastream\//, ''))?.unit ?? '';
    return `${speech.value(v)} ${unitText(unit)}`.trim();
  };
  return { value: write(value), threshold: write(threshold) };
}

/** A unit as people write it. */
export function unitText(unit: string): string {
  const written: Readonly<Record<string, string>> = { ...speech.words.unit, people: speech.words.people, '1': '', m3: 'm³', m2: 'm²', 'm3/s': 'm³/s', Cel: '°C', Hour: 'h' };
  return written[unit] ?? unit;
}
