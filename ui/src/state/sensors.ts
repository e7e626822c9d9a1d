// What is wrong with sensors: which need attention, which of a zone's are unhealthy, and how each is marked on the map.
// Not here: how a finding is made (the engine), how it is said (words/, state/tell.ts).
// Invariant: a silent sensor is always in trouble, whether or not a finding says so.
import type { DatastreamJson, FindingJson, FindingKind } from '../api/types';
import { find, type Picture } from './picture';
import type { Site } from './site';

export interface Trouble {
  datastream: string;
  kind: FindingKind;
  /** ISO 8601; null when nobody can tell. */
  since: string | null;
  /** What the server found; null for a silence it only reports as health. */
  finding: FindingJson | null;
}

/** A sensor says nothing, or what it says is doubted: each has its own shape. */
export type Mark = 'silent' | 'doubted';

/** What asks for a person first; then what hides most. */
const URGENCY: readonly FindingKind[] = ['silent', 'stuck', 'jump', 'dropout', 'duplicate', 'skew', 'bias'];

const rank = ({ kind, finding }: Trouble): number => (finding?.response === 'check' ? -1 : URGENCY.indexOf(kind));
const at = (since: string | null): number => (since === null ? 0 : Date.parse(since));

/** Everything wrong with a sensor, the most urgent first. */
export function troublesOf(stream: DatastreamJson): Trouble[] {
  const troubles: Trouble[] = stream.findings.map((finding) => ({ datastream: stream.id, kind: finding.kind, since: finding.since, finding }));
  if (stream.health === 'silent' && !troubles.some((trouble) => trouble.kind === 'silent')) {
    troubles.push({ datastream: stream.id, kind: 'silent', since: stream.result_time ?? stream.since, finding: null });
  }
  return troubles.sort(byUrgency);
}

/** Sensors that need attention, the most urgent first, then the newest. */
export function attention(picture: Picture): Trouble[][] {
  const all: Trouble[][] = [];
  for (const stream of picture.datastreams.items) if (isTroubled(stream)) all.push(troublesOf(stream));
  return all.sort(([a], [b]) => (a && b ? byUrgency(a, b) : 0));
}

function byUrgency(a: Trouble, b: Trouble): number {
  return rank(a) - rank(b) || at(b.since) - at(a.since) || a.datastream.localeCompare(b.datastream);
}

/** The troubles of the sensors that tell of a zone. */
export function troublesAt(site: Site, picture: Picture, zone: string): Trouble[] {
  const streams = (site.tellers.get(zone) ?? []).flatMap((id) => find(picture.datastreams, id) ?? []);
  return streams.filter(isTroubled).flatMap(troublesOf).sort(byUrgency);
}

export function isTroubled(stream: DatastreamJson): boolean {
  return stream.health === 'silent' || stream.findings.length > 0;
}

/** How a sensor is marked; null for one that does as it should. */
export function markOf(stream: DatastreamJson): Mark | null {
  if (stream.health === 'silent' || stream.findings.some((finding) => finding.kind === 'silent')) return 'silent';
  return stream.findings.length > 0 ? 'doubted' : null;
}

export interface Health { speaking: number; waiting: number; silent: number; doubted: number; all: number }

/** How many sensors speak, wait, are silent or are doubted; a doubted one that speaks counts as doubted. */
export function healthOf(picture: Picture): Health {
  const health: Health = { speaking: 0, waiting: 0, silent: 0, doubted: 0, all: picture.datastreams.items.length };
  for (const stream of picture.datastreams.items) health[markOf(stream) ?? stream.health] += 1;
  return health;
}
