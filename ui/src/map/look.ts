// How a zone or a sensor looks on the map: one look, chosen from what the server said of it.
// Not here: colours (app.css), MapLibre (style.ts).
// Invariant: what is unknown never looks normal, and a raised level is never hidden by anything.
import type { DatastreamJson, IndicatorLevels, Level, ZoneJson } from '../api/types';
import { RANK } from '../state/warnings';

/** What a stream's value is by its own past, in the order of its levels: unusual, but nothing dangerous was measured. */
export const OWN_PAST = {
  above: ['high', 'very-high', 'extremely-high'], below: ['low', 'very-low', 'extremely-low'],
} as const;
export type OwnPast = (typeof OWN_PAST)['above' | 'below'][number];
export type Look = Level | OwnPast | 'unknown' | 'closed';
export interface ZoneLook { look: Look; doubt: boolean; wide: boolean }
export interface SensorLook { look: Look; size: number }

export const PLAIN: ZoneLook = { look: 'unknown', doubt: false, wide: false };

/** An interval as long as this share of its estimate is shown as wide: beyond ±20 % a level can be one off. */
export const WIDE_SHARE = 0.4;
/** A shorter one is never called wide: where hardly anyone is, a few people are a large share. */
export const WIDE_PEOPLE = 30;

/** Whether so much may be wrong with a number of people that the number alone would mislead. */
export function isWide({ people, p05, p95 }: Pick<ZoneJson, 'people' | 'p05' | 'p95'>): boolean {
  if (people === null || p05 === null || p95 === null) return false;
  return p95 - p05 >= Math.max(WIDE_PEOPLE, WIDE_SHARE * people);
}

export function zoneLook(zone: ZoneJson): ZoneLook {
  const wide = isWide(zone);
  // Words from the street can raise a level where nothing measures: the level shows, the doubt too.
  if (zone.level !== 'normal') return { look: zone.level, doubt: zone.knowledge !== 'known', wide };
  if (!zone.open) return { look: 'closed', doubt: false, wide: false };
  if (zone.knowledge === 'unknown') return { look: 'unknown', doubt: false, wide: false };
  return { look: 'normal', doubt: zone.knowledge === 'partial', wide };
}

/** How a level of a stream is shown: thresholds from its own past only say what is unusual for it. */
export function levelLook(level: Level, levels: Pick<IndicatorLevels, 'purpose' | 'side'> | null): Look {
  if (levels?.purpose !== 'colour') return level;
  return OWN_PAST[levels.side][RANK[level] - 1] ?? 'normal';
}

/** How far a look stands before others: unknown before normal, then what is unusual, then every raised level. */
export function rankOf(look: Look): number {
  if (look === 'closed') return 0;
  if (look === 'unknown') return 0.5;
  for (const looks of Object.values(OWN_PAST)) {
    const step = (looks as readonly Look[]).indexOf(look);
    if (step >= 0) return 0.6 + step / 10;
  }
  return RANK[look as Level];
}

/** Steps of a circle's size: fewer steps, fewer repaints. */
const SIZE_STEPS = 12;

export function sensorLook(stream: DatastreamJson, levels: IndicatorLevels | null): SensorLook {
  const look: Look = stream.health !== 'speaking' || stream.result === null ? 'unknown' : levelLook(stream.level, levels);
  if (stream.result === null || !levels || levels.side === 'below' || levels.critical <= 0) return { look, size: 0.3 };
  const share = Math.min(1.2, Math.max(0, stream.result / levels.critical));
  // The area of the circle, not its radius, follows the value.
  return { look, size: Math.round(Math.sqrt(share) * SIZE_STEPS) / SIZE_STEPS };
}

/** Index and new item of everything whose identity changed between two pictures. */
export function* changed<T>(before: readonly T[] | null, after: readonly T[]): Generator<[number, T]> {
  for (let i = 0; i < after.length; i++) {
    const item = after[i] as T;
    if (!before || before[i] !== item) yield [i, item];
  }
}
