import { describe, expect, test } from 'vitest';
import type { DatastreamOfSite, ZoneJson } from '../api/types';
import { finding, stream, zone } from '../state/examples';
import { table, type Picture } from '../state/picture';
import type { Site } from '../state/site';
import { labels, signs, type Speaker } from './labels';

const count = (value: number): string => new Intl.NumberFormat('en').format(Math.round(value));
const speak: Speaker = {
  name: (of) => of?.en ?? '', count, density: (v) => v.toFixed(1), value: String, level: (level) => level, perM2: '/m²', attribution: '',
};
const name = { 'zh-CN': '堤', en: 'Levee' };
const role = { area: 'a' };
const site = {
  zones: new Map([['a', { id: 'a', name, kind: 'standing', centre: [1, 2], drawn: { area_m2: 100 } }]]),
  datastreams: new Map(['cam', 'cam2', 'well', 'phone'].map((id) => [id, { id, name, role, position: null, levels: null } as unknown as DatastreamOfSite])),
  tellers: new Map(), sensors: new Map([['cam', [1, 2]], ['cam2', [1, 2]], ['well', [1, 2]]]), json: { layout: 'geographic' },
} as unknown as Site;
const picture = (zones: ZoneJson[], streams = [stream('well', { health: 'speaking' })]) => ({ zones: table(zones), datastreams: table(streams) }) as unknown as Picture;
const labelOf = (of: Partial<ZoneJson>) => labels(site, picture([zone('a', of)]), speak).features[0]?.properties;

describe('labels', () => {
  test('a number of people never stands without its interval', () => {
    expect(labelOf({ people: 3120, p05: 2850, p95: 3400 })).toMatchObject({ text: 'Levee', note: '3,120', far: '3,120', span: '(2,850‒3,400)' });
    expect(labelOf({ people: 3120, p05: 2850, p95: 3400, level: 'warning', peak_density_per_m2: 3.14 })).toMatchObject({
      note: 'warning 3.1/m²', span: '3,120 (2,850‒3,400)',
    });
  });

  test('where nothing is known no number is written', () => {
    expect(labelOf({ knowledge: 'unknown', people: null, p05: null, p95: null })).toMatchObject({ note: '', span: '', far: '', level: 'unknown' });
    expect(labelOf({ open: false })).toMatchObject({ note: '', span: '' });
  });
});

describe('signs', () => {
  test('silent and doubted sensors are signed side by side; a healthy one is not, nor one that is nowhere', () => {
    const all = signs(site, picture([], [
      stream('well', { health: 'speaking' }), stream('cam', { health: 'silent' }), stream('cam2', { health: 'speaking', findings: [finding()] }),
      stream('phone', { health: 'silent' }),
    ])).features.map((of) => of.properties);
    expect(all.map((of) => [of?.id, of?.mark])).toEqual([['cam', 'silent'], ['cam2', 'doubted']]);
    expect(all[0]?.offset).not.toEqual(all[1]?.offset);
  });
});
