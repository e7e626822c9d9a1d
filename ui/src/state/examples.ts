// Examples of what the server sends, for unit tests.
// Not here: the tests.
// Invariant: complete by the API's own types.
import type { DatastreamJson, FindingJson, WarningJson, ZoneJson } from '../api/types';

export const zone = (id: string, of: Partial<ZoneJson> = {}): ZoneJson => ({
  id, knowledge: 'known', people: 10, p05: 8, p95: 12, density_per_m2: 0.1, peak_density_per_m2: 0.1, level_of_service: 'A', level: 'normal',
  in_per_min: 0, out_per_min: 0, as_of: '2019-10-02T10:00:00Z', open: true, officer: null, ...of,
});
export const stream = (id: string, of: Partial<DatastreamJson> = {}): DatastreamJson => ({
  id, phenomenon_time: null, result_time: null, result: null, level: 'normal', health: 'waiting', since: null, findings: [], reads_per_person: null, ...of,
});
export const finding = (of: Partial<FindingJson> = {}): FindingJson => ({
  kind: 'stuck', since: '2019-10-02T09:50:00Z', found_at: '2019-10-02T09:58:00Z', evidence: [{ kind: 'reading', value: 412 }, { kind: 'count', value: 8 }],
  other: null, response: 'unweighted', ...of,
});
export const warning = (id: number, of: Partial<WarningJson> = {}): WarningJson => ({
  id, cause: { place: `zone/z${id}`, kind: 'density' }, level: 'caution', worst: 'caution', worst_at: '2019-10-02T10:00:00Z', worst_value: 2.1, activity: 'active', acknowledged: null, shelved: null,
  service: 'in', raised_at: '2019-10-02T10:00:00Z', level_at: '2019-10-02T10:00:00Z', returned_at: null, closed_at: null, value: 2.1,
  threshold: 2, console: 'duty', escalation: 'first', soundings: 1, members: [], grouped_in: null,
  evidence: { observations: [], human: null, figures: [], post: null }, ...of,
});
