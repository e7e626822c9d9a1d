import { describe, expect, test } from 'vitest';
import type { DatastreamJson } from '../api/types';
import { densest } from './density';
import { stream, zone } from './examples';
import { table } from './picture';
import type { Site } from './site';

const site = {
  zones: new Map([['a', { id: 'a', drawn: { area_m2: 100, peak_factor: 2 } }]]), tellers: new Map([['a', ['cam', 'gate']]]),
  datastreams: new Map([['cam', { id: 'cam', role: { area: 'a' } }], ['gate', { id: 'gate', role: { gate: 'g', flow: 'in' } }]]),
} as unknown as Site;
const at = (of: Partial<DatastreamJson>, peak: number | null = 3) =>
  densest(site, { datastreams: table([stream('cam', of), stream('gate', { health: 'speaking', result: 9000 })]) }, zone('a', { peak_density_per_m2: peak }));

describe('the density a level rests on', () => {
  test('a speaking camera that counts more decides, and is named', () => {
    expect(at({ health: 'speaking', result: 200 })).toEqual({ per_m2: 4, by: 'cam' });
    expect(at({ health: 'speaking', result: 120 })).toEqual({ per_m2: 3, by: null });
  });

  test('a silent one or one that says missing does not', () => {
    expect(at({ health: 'silent', result: 200 })).toEqual({ per_m2: 3, by: null });
    expect(at({ health: 'speaking', result: null })).toEqual({ per_m2: 3, by: null });
  });

  test('where no density is known there is none', () => {
    expect(at({ health: 'speaking', result: 200 }, null)).toBeNull();
  });
});
