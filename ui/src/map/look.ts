// How a zone or a sensor looks on the map: one look, chosen from what the server said of it.
// Not here: colours (app.css), MapLibre (style.ts).
// Invariant: what is unknown never looks normal, and a raised level is never hidden by anything.
import type { DatastreamJson, IndicatorLevels, Level, ZoneJson } from '../api/types';

export type Look = Level | 'unknown' | 'closed';
export interface ZoneLook { look: Look; doubt: boolean }
export interface SensorLook { look: Look; size: number }

export const PLAIN: ZoneLook = { look: 'unknown', doubt: false };

export function zoneLook(zone: ZoneJson): ZoneLook {
  // Words from the street can raise a level where nothing measures: the level shows, the doubt too.
  if (zone.level !== 'normal') return { look: zone.level, doubt: zone.knowledge !== 'known' };
  if (!zone.open) return { look: 'closed', doubt: false };
  if (zone.knowledge === 'unknown') return { look: 'unknown', doubt: false };
  return { look: 'normal', doubt: zone.knowledge === 'partial' };
}

/** Steps of a circle's size: fewer steps, fewer repaints. */
const SIZE_STEPS = 12;

export function sensorLook(stream: DatastreamJson, levels: IndicatorLevels | null): SensorLook {
  const look: Look = stream.health !== 'speaking' || stream.result === null ? 'unknown' : stream.level;
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
