import { describe, expect, test } from 'vitest';
import type { WarningJson } from '../api/types';
import { warning } from './examples';
import { sections, soundings } from './warnings';

const by = { by: 'local', at: '2019-10-02T10:00:00Z' };
const ids = (list: { warning: WarningJson }[]) => list.map((of) => of.warning.id);

describe('sections', () => {
  test('unacknowledged come by level, then the newest', () => {
    const listed = sections([
      warning(1), warning(2, { level: 'critical' }), warning(3, { level_at: '2019-10-02T10:09:00Z' }), warning(4, { level: 'warning' }),
      warning(5, { level: 'critical', acknowledged: by }),
    ]);
    expect(ids(listed.waiting)).toEqual([2, 4, 3, 1]);
    expect(ids(listed.acknowledged)).toEqual([5]);
  });

  test('shelved and out of service stand aside', () => {
    const shelved = { ...by, why: 'works', until: '2019-10-02T11:00:00Z' };
    expect(ids(sections([warning(1, { shelved }), warning(2, { service: 'out' }), warning(3)]).aside)).toEqual([1, 2]);
  });

  test('members are under their grouped warning, a critical and an orphan by themselves', () => {
    const listed = sections([
      warning(1, { cause: { place: 'site', kind: 'surge' }, level: 'warning' }), warning(2, { grouped_in: 1 }),
      warning(3, { grouped_in: 1, level: 'critical' }), warning(4, { grouped_in: 99 }),
    ]);
    expect(ids(listed.waiting)).toEqual([3, 1, 4]);
    expect(listed.waiting[1]?.members.map((of) => of.id)).toEqual([2]);
  });
});

describe('soundings', () => {
  const open = (...warnings: WarningJson[]) => new Map(warnings.map((of) => [String(of.id), of]));

  test('the highest new one sounds, and once', () => {
    const first = soundings(new Map(), open(warning(1), warning(2, { level: 'critical' })));
    expect(first.sound?.id).toBe(2);
    expect(soundings(first.heard, open(warning(1), warning(2, { level: 'critical' }))).sound).toBeNull();
  });

  test('it sounds again when its soundings grow', () => {
    const first = soundings(new Map(), open(warning(1)));
    expect(soundings(first.heard, open(warning(1, { soundings: 2 }))).sound?.id).toBe(1);
  });

  test('what was raised while the connection was lost sounds after it', () => {
    const before = soundings(new Map(), open(warning(1)));
    expect(soundings(before.heard, open(warning(1), warning(9))).sound?.id).toBe(9);
  });

  test('an acknowledged one and a returned one are quiet', () => {
    expect(soundings(new Map(), open(warning(1, { acknowledged: by }), warning(2, { activity: 'returned' }))).sound).toBeNull();
  });
});
