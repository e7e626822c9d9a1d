import { describe, expect, test } from 'vitest';
import type { ViewJson } from '../api/types';
import { finding, stream, warning, zone } from './examples';
import { changeOf, reduce, type Change } from './reduce';
import { find } from './picture';

const view = (of: Partial<ViewJson> = {}): ViewJson => ({
  seq: 7, stream_id: 'e-1', site_time: '2019-10-02T10:00:00Z', mode: 'simulated', speed: 60, paused: false, zones: [zone('a'), zone('b')],
  groups: [], datastreams: [stream('s')], measures: [{ id: 'm', state: 'off', since: null }], warnings: [], humans: [], ...of,
});
const start: Change = { event: 'view', data: view() };
const fold = (...changes: Change[]) => {
  const picture = reduce(null, [start, ...changes]);
  if (!picture) throw new Error('no picture');
  return picture;
};

describe('reducer', () => {
  test('nothing is shown before the first view', () => {
    expect(reduce(null, [{ event: 'clock', data: { site_time: '2019-10-02T10:00:00Z', speed: 1, paused: false } }])).toBeNull();
  });

  test('folding in pieces is folding at once', () => {
    const changes: Change[] = [
      { event: 'values', data: { seq: 8, site_time: '2019-10-02T10:01:00Z', zones: [zone('b', { people: 50 })], groups: [], datastreams: [] } },
      { event: 'warning', data: { seq: 9, change: 'raised', at: '2019-10-02T10:01:00Z', warning: warning(1) } },
      { event: 'feed', data: { seq: 10, datastream: 's', health: 'silent', since: '2019-10-02T10:00:30Z' } },
    ];
    expect(changes.reduce((picture, change) => reduce(picture, [change]), reduce(null, [start]))).toEqual(fold(...changes));
  });

  test('values replace only what they name, and the rest keeps its identity', () => {
    const before = fold();
    const after = reduce(before, [{ event: 'values', data: { seq: 8, site_time: '2019-10-02T10:01:00Z', zones: [zone('b', { people: 50 })], groups: [], datastreams: [] } }]);
    expect(after?.zones.items[0]).toBe(before.zones.items[0]);
    expect(after && find(after.zones, 'b')?.people).toBe(50);
    expect(after?.groups).toBe(before.groups);
    expect(before.zones.items[1]?.people).toBe(10);
  });

  test('a closed warning leaves the picture', () => {
    const raised = fold({ event: 'warning', data: { seq: 8, change: 'raised', at: '2019-10-02T10:01:00Z', warning: warning(1) } });
    expect(raised.warnings.size).toBe(1);
    const closed = warning(1, { closed_at: '2019-10-02T10:05:00Z' });
    expect(reduce(raised, [{ event: 'warning', data: { seq: 9, change: 'closed', at: '2019-10-02T10:05:00Z', warning: closed } }])?.warnings.size).toBe(0);
  });

  test('a measure, a human observation and the clock change their own place', () => {
    const human = { id: 1, at: '2019-10-02T10:00:00Z', until: '2019-10-02T10:15:00Z', place: 'zone/a', role: 'post-1', saying: 'pressed', reason: 'seen' } as const;
    const picture = fold(
      { event: 'measure', data: { seq: 8, id: 'm', state: 'in-force', at: '2019-10-02T10:02:00Z' } },
      { event: 'human', data: { seq: 9, human, expired: false } },
      { event: 'clock', data: { site_time: '2019-10-02T10:03:00Z', speed: 300, paused: true } },
    );
    expect(find(picture.measures, 'm')?.state).toBe('in-force');
    expect(picture.humans).toHaveLength(1);
    expect(picture).toMatchObject({ speed: 300, paused: true, siteTime: '2019-10-02T10:03:00Z', seq: 9 });
    expect(reduce(picture, [{ event: 'human', data: { seq: 10, human, expired: true } }])?.humans).toHaveLength(0);
  });

  test('a finding stands at its sensor until it is over, one of a kind', () => {
    const found = (of: Parameters<typeof finding>[0], change: 'found' | 'ended' = 'found', datastream = 's'): Change =>
      ({ event: 'finding', data: { seq: 8, datastream, change, at: '2019-10-02T10:02:00Z', finding: finding(of) } });
    const picture = fold(found({}), found({ kind: 'bias' }), found({ response: 'check' }), found({ kind: 'silent' }, 'found', 'nowhere'));
    expect(find(picture.datastreams, 's')?.findings.map((of) => [of.kind, of.response])).toEqual([['bias', 'unweighted'], ['stuck', 'check']]);
    expect(picture.siteTime).toBe('2019-10-02T10:02:00Z');
    const after = reduce(picture, [found({}, 'ended'), found({ kind: 'jump' }, 'ended')]);
    expect(after && find(after.datastreams, 's')?.findings.map((of) => of.kind)).toEqual(['bias']);
    expect(find(picture.datastreams, 's')?.findings).toHaveLength(2);
  });

  test('places the site does not have change nothing', () => {
    const picture = fold({ event: 'values', data: { seq: 8, site_time: '2019-10-02T10:00:00Z', zones: [zone('nowhere')], groups: [], datastreams: [] } });
    expect(picture.zones.items.map((of) => of.id)).toEqual(['a', 'b']);
  });

  test('a second view replaces everything', () => {
    const picture = fold(
      { event: 'warning', data: { seq: 8, change: 'raised', at: '2019-10-02T10:01:00Z', warning: warning(1) } },
      { event: 'view', data: view({ seq: 3, site_time: '2019-10-02T09:00:00Z' }) },
    );
    expect(picture).toMatchObject({ seq: 3, siteTime: '2019-10-02T09:00:00Z' });
    expect(picture.warnings.size).toBe(0);
  });

  test('an event the page does not know is no change', () => {
    expect(changeOf('correction', '{}')).toBeNull();
    expect(changeOf('reset', '{"why":"epoch"}')).toBeNull();
  });
});
