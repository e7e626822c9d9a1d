import { describe, expect, test } from 'vitest';
import type { DatastreamOfSite, IndicatorLevels } from '../api/types';
import { judged, type ZoneOfSite } from './site';

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
