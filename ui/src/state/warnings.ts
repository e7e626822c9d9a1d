// The order in which open warnings are listed, and which of them must sound.
// Not here: when warnings are raised, escalated or grouped (the engine), how they look (panels/).
// Invariant: every open warning is in exactly one section or under its grouped warning.
import type { Level, WarningJson } from '../api/types';

export const RANK: Readonly<Record<Level, number>> = { normal: 0, caution: 1, warning: 2, critical: 3 };

export interface Listed { warning: WarningJson; members: WarningJson[] }
export interface Sections { waiting: Listed[]; acknowledged: Listed[]; aside: Listed[] }

/** Unacknowledged first, then by level, then the newest; shelved and out-of-service ones aside. */
export function sections(warnings: Iterable<WarningJson>): Sections {
  const all = [...warnings];
  const open = new Set(all.map((w) => String(w.id)));
  const members = new Map<string, WarningJson[]>();
  const result: Sections = { waiting: [], acknowledged: [], aside: [] };
  const tops: WarningJson[] = [];
  for (const warning of all) {
    const into = warning.grouped_in === null ? null : String(warning.grouped_in);
    // A critical is always listed by itself, whatever speaks for it.
    if (into !== null && open.has(into) && warning.level !== 'critical') {
      members.set(into, [...(members.get(into) ?? []), warning]);
    } else tops.push(warning);
  }
  for (const warning of tops.sort(byUrgency)) {
    const listed = { warning, members: (members.get(String(warning.id)) ?? []).sort(byUrgency) };
    if (warning.shelved || warning.service === 'out') result.aside.push(listed);
    else if (warning.acknowledged) result.acknowledged.push(listed);
    else result.waiting.push(listed);
  }
  return result;
}

function byUrgency(a: WarningJson, b: WarningJson): number {
  return (
    RANK[b.level] - RANK[a.level] ||
    Date.parse(b.level_at) - Date.parse(a.level_at) ||
    String(a.id).localeCompare(String(b.id), 'en', { numeric: true })
  );
}

/** How often each warning had sounded when the page last looked. */
export type Heard = ReadonlyMap<string, number>;

/** The highest level that must sound now, and what has been heard after it. */
export function soundings(heard: Heard, warnings: ReadonlyMap<string, WarningJson>): { sound: WarningJson | null; heard: Heard } {
  const after = new Map<string, number>();
  let sound: WarningJson | null = null;
  for (const [id, warning] of warnings) {
    after.set(id, warning.soundings);
    const grown = warning.soundings > (heard.get(id) ?? 0);
    const due = grown && warning.acknowledged === null && warning.activity === 'active';
    if (due && (!sound || RANK[warning.level] > RANK[sound.level])) sound = warning;
  }
  return { sound, heard: after };
}
