// The wire types of the HTTP API and its event stream, as the page uses them.
// Not here: how they are fetched (client.ts) or folded into a picture (state/).
// Invariant: nothing the server does not send; every time is ISO 8601 UTC text.

export interface Bilingual { 'zh-CN': string; en: string }
export type Level = 'normal' | 'caution' | 'warning' | 'critical';
export type Knowledge = 'unknown' | 'partial' | 'known';
export type Mode = 'live' | 'replay' | 'simulated';
export type FeedHealth = 'waiting' | 'speaking' | 'silent';
export type MeasureState = 'off' | 'planned' | 'ordered' | 'in-force';
export type CauseKind = 'density' | 'people' | 'indicator' | 'word' | 'silent' | 'surge';
export type LevelOfService = 'A' | 'B' | 'C' | 'D' | 'E' | 'F';

export interface Ladder { caution: number; warning: number; critical: number; source?: string }
export interface IndicatorLevels extends Ladder { side: 'above' | 'below'; purpose: 'warn' | 'colour' }

export interface SiteJson {
  id: string;
  name: Bilingual;
  timezone: string;
  layout: 'geographic' | 'schematic';
  attribution: string;
  mode: Mode;
  departments: { id: string; name: Bilingual }[];
  consoles: { id: string; name: Bilingual; role: 'duty' | 'commander'; departments: string[] }[];
  groups: { id: string; name: Bilingual; members: string[]; people?: Ladder | null }[];
  measures: MeasureOfSite[];
  rules: WarningRules;
  bounds: [number, number, number, number];
  engine: string;
}

export interface MeasureOfSite {
  id: string;
  name: Bilingual;
  kind: string;
  targets: string[];
  department: string;
  setup_s: number;
  staff: number;
  disruption: Bilingual;
  scheduled?: { from: string; to?: string | null } | null;
}

export interface WarningRules { shelve_max_s: number; shelve_critical_max_s: number; quiet_s: number }

export interface ZoneJson {
  id: string;
  knowledge: Knowledge;
  people: number | null;
  p05: number | null;
  p95: number | null;
  density_per_m2: number | null;
  peak_density_per_m2: number | null;
  level_of_service: LevelOfService | null;
  level: Level;
  in_per_min: number;
  out_per_min: number;
  as_of: string | null;
  open: boolean;
  officer: { lower: number; upper: number; at: string; until: string } | null;
}

export interface GroupJson {
  id: string;
  knowledge: Knowledge;
  people: number | null;
  p05: number | null;
  p95: number | null;
  level: Level;
  unknown_members: number;
}

export interface DatastreamJson {
  id: string;
  phenomenon_time: string | null;
  result_time: string | null;
  result: number | null;
  level: Level;
  health: FeedHealth;
  since: string | null;
}

export interface MeasureJson { id: string; state: MeasureState; since: string | null }

export interface WarningJson {
  id: string | number;
  cause: { place: string; kind: CauseKind };
  level: Level;
  worst: Level;
  activity: 'active' | 'returned';
  acknowledged: { by: string; at: string } | null;
  shelved: { by: string; at: string; why: string; until: string } | null;
  service: 'in' | 'out';
  raised_at: string;
  level_at: string;
  returned_at: string | null;
  closed_at: string | null;
  value: number | null;
  threshold: number | null;
  console: string;
  escalation: 'first' | 'next-console' | 'commander';
  soundings: number;
  members: string[];
  grouped_in: string | number | null;
}

export interface HumanJson {
  id: string | number;
  at: string;
  until: string;
  place: string;
  role: string;
  saying: unknown;
  reason: string;
}

export interface ViewJson {
  seq: number;
  stream_id: string;
  site_time: string;
  mode: Mode;
  speed: number | null;
  paused: boolean;
  zones: ZoneJson[];
  groups: GroupJson[];
  datastreams: DatastreamJson[];
  measures: MeasureJson[];
  warnings: WarningJson[];
  humans: HumanJson[];
}

export interface ValuesJson {
  seq: number;
  site_time: string;
  zones?: ZoneJson[];
  groups?: GroupJson[];
  datastreams?: DatastreamJson[];
}

export interface WarningEventJson { seq: number; change: string; at: string; warning: WarningJson }
export interface MeasureEventJson { seq: number; id: string; state: MeasureState; at: string }
export interface FeedEventJson { seq: number; datastream: string; health: FeedHealth; since: string }
export interface ClockJson { site_time: string; speed: number | null; paused: boolean }

export interface DatastreamOfSite {
  id: string;
  name: Bilingual;
  department: string;
  unit: string;
  interval_s: number;
  role: unknown;
  position: [number, number] | null;
  levels: IndicatorLevels | null;
}

export interface PointJson {
  time: string;
  value?: number | null;
  people?: number | null;
  p05?: number | null;
  p95?: number | null;
  mean?: number | null;
}

export interface HistoryJson { series: string; unit: string; window_s: number | null; points: PointJson[]; more: boolean }

/** problem+json of a refused request. */
export interface ProblemJson { title: string; status: number; detail?: string; remedy?: string }

/** Properties of a feature of /v1/map; which ones are there depends on `is`. */
export interface MapProperties {
  is: 'zone' | 'link' | 'gate' | 'sensor' | 'scenery';
  id?: string;
  name?: Bilingual;
  kind?: string;
  area_m2?: number | null;
  peak_factor?: number;
  ladder?: Ladder;
  access?: 'pedestrian' | 'vehicle-until-opened';
}
