// The page's only way to change its picture: frames of the event stream, folded in order.
// Not here: the connection (stream/), what is drawn (map/, panels/).
// Invariant: pure and total; a frame the page does not know changes nothing; what did not change keeps its identity.
import type {
  ClockJson, FeedEventJson, FindingEventJson, HumanEventJson, MeasureEventJson, ValuesJson, ViewJson, WarningEventJson,
} from '../api/types';
import { find, fromView, type Picture, type Table } from './picture';

/** A frame as the reducer takes it: parsed, and named as on the wire. */
export type Change =
  | { event: 'view'; data: ViewJson }
  | { event: 'values'; data: ValuesJson }
  | { event: 'warning'; data: WarningEventJson }
  | { event: 'measure'; data: MeasureEventJson }
  | { event: 'feed'; data: FeedEventJson }
  | { event: 'finding'; data: FindingEventJson }
  | { event: 'human'; data: HumanEventJson }
  | { event: 'clock'; data: ClockJson };

const KNOWN: ReadonlySet<string> = new Set(['view', 'values', 'warning', 'measure', 'feed', 'finding', 'human', 'clock']);

/** The change a frame carries, or null for a frame that changes no picture. */
export function changeOf(event: string, data: string): Change | null {
  return KNOWN.has(event) ? ({ event, data: JSON.parse(data) } as Change) : null;
}

/** Folds changes into a picture; before the first view there is none, and other frames wait for it. */
export function reduce(picture: Picture | null, changes: readonly Change[]): Picture | null {
  let next = picture;
  for (const change of changes) {
    if (change.event === 'view') next = fromView(change.data);
    else if (next) next = step(next, change);
  }
  return next;
}

function step(picture: Picture, change: Exclude<Change, { event: 'view' }>): Picture {
  switch (change.event) {
    case 'values':
      return values(picture, change.data);
    case 'warning':
      return warning(picture, change.data);
    case 'measure': {
      const { id, state, at } = change.data;
      return { ...picture, ...moved(picture, change.data.seq, at), measures: put(picture.measures, [{ id, state, since: at }]) };
    }
    case 'feed':
      return feed(picture, change.data);
    case 'finding':
      return finding(picture, change.data);
    case 'human': {
      const { human, expired } = change.data;
      const others = picture.humans.filter((other) => other.id !== human.id);
      return { ...picture, ...moved(picture, change.data.seq), humans: expired ? others : [...others, human] };
    }
    case 'clock':
      return { ...picture, siteTime: change.data.site_time, speed: change.data.speed, paused: change.data.paused };
  }
}

/** Sequence and site time never go back within a stream. */
function moved(picture: Picture, seq: number, time = picture.siteTime): Pick<Picture, 'seq' | 'siteTime'> {
  const later = Date.parse(time) > Date.parse(picture.siteTime);
  return { seq: Math.max(picture.seq, seq), siteTime: later ? time : picture.siteTime };
}

function values(picture: Picture, data: ValuesJson): Picture {
  return {
    ...picture,
    ...moved(picture, data.seq, data.site_time),
    zones: put(picture.zones, data.zones),
    groups: put(picture.groups, data.groups),
    datastreams: put(picture.datastreams, data.datastreams),
  };
}

function warning(picture: Picture, data: WarningEventJson): Picture {
  const warnings = new Map(picture.warnings);
  const id = String(data.warning.id);
  if (data.warning.closed_at === null) warnings.set(id, data.warning);
  else warnings.delete(id);
  return { ...picture, ...moved(picture, data.seq, data.at), warnings };
}

function feed(picture: Picture, data: FeedEventJson): Picture {
  const old = find(picture.datastreams, data.datastream);
  if (!old) return picture;
  const next = { ...old, health: data.health, since: data.since };
  return { ...picture, ...moved(picture, data.seq), datastreams: put(picture.datastreams, [next]) };
}

/** A sensor has at most one finding of a kind. */
function finding(picture: Picture, { seq, at, datastream, change, finding: news }: FindingEventJson): Picture {
  const old = find(picture.datastreams, datastream);
  if (!old) return picture;
  const others = old.findings.filter((one) => one.kind !== news.kind);
  const next = { ...old, findings: change === 'ended' ? others : [...others, news] };
  return { ...picture, ...moved(picture, seq, at), datastreams: put(picture.datastreams, [next]) };
}

/** The table with these items in their places; items of unknown id are left out, for the site does not have them. */
function put<T extends { id: string }>(table: Table<T>, news: readonly T[] | undefined): Table<T> {
  if (!news || news.length === 0) return table;
  const items = table.items.slice();
  for (const item of news) {
    const at = table.at.get(item.id);
    if (at !== undefined) items[at] = item;
  }
  return { items, at: table.at };
}
