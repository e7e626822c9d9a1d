import { describe, expect, test } from 'vitest';
import type { DatastreamOfSite, IndicatorLevels, MapJson, SiteJson } from '../api/types';
import { judged, siteOf, type ZoneOfSite } from './site';
import { lookable } from './tell';

const levels = (of: Partial<IndicatorLevels>): IndicatorLevels => ({ caution: 60, warning: 80, critical: 100, side: 'above', purpose: 'colour', source: '', ...of });
const siteWith = (...all: IndicatorLevels[]) => ({
  json: { groups: [] },
  zones: new Map<string, ZoneOfSite>([['network', { id: 'network', name: { 'zh-CN': '', en: '' }, kind: 'network', centre: null, drawn: null }]]),
  datastreams: new Map(all.map((of, i) => [`s${i}`, { id: `s${i}`, levels: of } as DatastreamOfSite])),
});

describe('scales', () => {
  test('a site whose streams only colour has no scale of warnings', () => {
    expect(judged(siteWith(levels({})))).toEqual({ warn: false, own: ['above'] });
  });

  test('a mixed site has both', () => {
    expect(judged(siteWith(levels({}), levels({ purpose: 'warn' }), levels({ side: 'below' })))).toEqual({ warn: true, own: ['above', 'below'] });
  });

  test('a site without any levels explains those that warn', () => {
    expect(judged(siteWith())).toEqual({ warn: true, own: [] });
  });
});

describe('where sensors are', () => {
  const name = { 'zh-CN': '', en: '' };
  const feature = (is: string, id: string, geometry: object, more: object = {}) => ({ type: 'Feature', id: 0, geometry, properties: { is, id, name, ...more } });
  const square = { type: 'Polygon', coordinates: [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]] };
  const map = {
    type: 'FeatureCollection',
    features: [
      feature('zone', 'a', square, { kind: 'standing' }), feature('gate', 'g', { type: 'Point', coordinates: [5, 6] }, { zone: 'a' }),
      feature('link', 'l', { type: 'LineString', coordinates: [[0, 0], [4, 2]] }, { from: 'a', to: 'b' }),
      feature('post', 'p', { type: 'Point', coordinates: [1, 1] }, { zone: 'a' }),
    ],
  } as unknown as MapJson;
  const stream = (id: string, role: object | null, zones: string[], position: number[] | null = null) => ({ id, name, role, zones, position, levels: null }) as unknown as DatastreamOfSite;
  const json = { groups: [], departments: [], posts: [{ id: 'p', name, zone: 'a', position: null }] } as unknown as SiteJson;
  const site = siteOf(json, map, { type: 'FeatureCollection', features: [] }, [
    stream('own', { area: 'a' }, ['a'], [9, 9]), stream('gate', { gate: 'g', flow: 'in' }, ['a']), stream('link', { link: 'l', flow: 'forward' }, ['a', 'b']),
    stream('area', { area: 'a' }, ['a']), stream('phone', { group: 'all' }, ['a', 'b']), stream('stage', null, []),
  ]);

  test('at their own position, else at what they count; a count of a group is nowhere', () => {
    expect([...site.sensors]).toEqual([['own', [9, 9]], ['gate', [5, 6]], ['link', [2, 1]], ['area', [1, 1]]]);
  });

  test('a zone knows the sensors that tell of it', () => {
    expect(site.tellers.get('a')).toEqual(['own', 'gate', 'link', 'area', 'phone']);
    expect(site.tellers.get('b')).toEqual(['link', 'phone']);
  });

  test('a link and a gate are looked at by their zone', () => {
    expect(['link/l', 'gate/g', 'zone/a', 'link/gone'].map((place) => lookable(site, place))).toEqual(['zone/a', 'zone/a', 'zone/a', 'link/gone']);
    expect(site.names.has('post/p')).toBe(true);
  });
});
