// The picture of the city that the page shows: the latest value of everything, and the open warnings.
// Not here: how frames change it (reduce.ts), what never changes about the site (site.ts).
// Invariant: it holds only what the server said; no level, warning or state is judged here.
import type {
  ClockJson, DatastreamJson, GroupJson, HumanJson, MeasureJson, Mode, ViewJson, WarningJson, ZoneJson,
} from '../api/types';

/** Values of one kind with the place of each by id; `items` is replaced whole, never changed. */
export interface Table<T> { readonly items: readonly T[]; readonly at: ReadonlyMap<string, number> }

export interface Picture {
  readonly seq: number;
  /** ISO 8601 UTC. */
  readonly siteTime: string;
  readonly mode: Mode;
  readonly speed: number | null;
  readonly paused: boolean;
  readonly zones: Table<ZoneJson>;
  readonly groups: Table<GroupJson>;
  readonly datastreams: Table<DatastreamJson>;
  readonly measures: Table<MeasureJson>;
  readonly humans: readonly HumanJson[];
  /** Open warnings by id. */
  readonly warnings: ReadonlyMap<string, WarningJson>;
}

export function table<T extends { id: string }>(items: readonly T[]): Table<T> {
  return { items, at: new Map(items.map((item, i) => [item.id, i])) };
}

export function find<T>(of: Table<T>, id: string): T | undefined {
  const at = of.at.get(id);
  return at === undefined ? undefined : of.items[at];
}

/** What a view says, as a picture. */
export function fromView(view: ViewJson): Picture {
  return {
    seq: view.seq,
    siteTime: view.site_time,
    mode: view.mode,
    speed: view.speed,
    paused: view.paused,
    zones: table(view.zones),
    groups: table(view.groups),
    datastreams: table(view.datastreams),
    measures: table(view.measures),
    humans: view.humans,
    warnings: new Map(view.warnings.filter((w) => w.closed_at === null).map((w) => [String(w.id), w])),
  };
}

export type Clock = Pick<ClockJson, 'speed' | 'paused'>;
