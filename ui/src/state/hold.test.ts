import { describe, expect, test } from 'vitest';
import { warning } from './examples';
import { held } from './hold';
import { sections, type Listed } from './warnings';

const by = { by: 'local', at: '2019-10-02T10:00:00Z' };
const ids = (list: Listed[]) => list.map((of) => of.warning.id);

describe('a held list', () => {
  test('keeps its order when worse ones come, and counts them', () => {
    const shown = sections([warning(1), warning(2)]);
    const now = held(shown, sections([warning(1), warning(2), warning(3, { level: 'critical' })]));
    expect(ids(now.sections.waiting)).toEqual(ids(shown.waiting));
    expect(now.news).toBe(1);
  });

  test('shows the latest of each in its old place, acknowledged or grouped as it may be', () => {
    const shown = sections([warning(1), warning(2)]);
    const surge = warning(9, { cause: { place: 'site', kind: 'surge' } });
    const now = held(shown, sections([warning(1, { acknowledged: by }), warning(2, { grouped_in: 9, value: 7 }), surge]));
    expect(ids(now.sections.waiting)).toEqual(ids(shown.waiting));
    expect(now.sections.waiting.find((of) => of.warning.id === 1)?.warning.acknowledged).toEqual(by);
    expect(now.sections.waiting.find((of) => of.warning.id === 2)?.warning.value).toBe(7);
    expect(now.news).toBe(1);
  });

  test('keeps a closed one where it was', () => {
    const shown = sections([warning(1), warning(2)]);
    expect(ids(held(shown, sections([warning(2)])).sections.waiting)).toEqual(ids(shown.waiting));
  });
});
