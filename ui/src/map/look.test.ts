import { describe, expect, test } from 'vitest';
import type { IndicatorLevels } from '../api/types';
import { stream, zone } from '../state/examples';
import { changed, isWide, levelLook, rankOf, sensorLook, zoneLook } from './look';

const levels: IndicatorLevels = { caution: 60, warning: 80, critical: 100, side: 'above', purpose: 'warn', source: '' };
const speaking = { health: 'speaking' } as const;

describe('looks', () => {
  test('an unknown zone never looks normal', () => {
    expect(zoneLook(zone('a', { knowledge: 'unknown', people: null }))).toEqual({ look: 'unknown', doubt: false, wide: false });
    expect(zoneLook(zone('a', { knowledge: 'partial' }))).toEqual({ look: 'normal', doubt: true, wide: false });
  });

  test('a level raised by words shows where nothing measures', () => {
    expect(zoneLook(zone('a', { knowledge: 'unknown', level: 'critical' }))).toEqual({ look: 'critical', doubt: true, wide: false });
    expect(zoneLook(zone('a', { open: false, level: 'warning' })).look).toBe('warning');
  });

  test('an interval looks wide by its share of the estimate, and never for a handful of people', () => {
    const wide = (people: number, p05: number, p95: number) => zoneLook(zone('a', { people, p05, p95 })).wide;
    expect([wide(1000, 900, 1100), wide(1000, 800, 1240), wide(10, 4, 20), wide(0, 0, 400)]).toEqual([false, true, false, true]);
    expect(isWide({ people: null, p05: null, p95: null })).toBe(false);
    expect(zoneLook(zone('a', { open: false, people: 10, p05: 0, p95: 500 })).wide).toBe(false);
    expect(zoneLook(zone('a', { level: 'warning', people: 10, p05: 0, p95: 500 }))).toEqual({ look: 'warning', doubt: false, wide: true });
  });

  test('a road not opened to people looks closed', () => {
    expect(zoneLook(zone('a', { open: false })).look).toBe('closed');
  });

  test('a silent sensor looks unknown whatever it said last', () => {
    expect(sensorLook(stream('s', { health: 'silent', level: 'critical', result: 120 }), levels).look).toBe('unknown');
    expect(sensorLook(stream('s', { ...speaking, result: null }), levels).look).toBe('unknown');
  });

  test('levels from a stream’s own past are never called dangerous', () => {
    const own: IndicatorLevels = { ...levels, purpose: 'colour' };
    const looks = (of: IndicatorLevels) => (['normal', 'caution', 'warning', 'critical'] as const).map((level) => levelLook(level, of));
    expect(looks(own)).toEqual(['normal', 'high', 'very-high', 'extremely-high']);
    expect(looks({ ...own, side: 'below' })).toEqual(['normal', 'low', 'very-low', 'extremely-low']);
    expect(looks(levels)).toEqual(['normal', 'caution', 'warning', 'critical']);
    expect(sensorLook(stream('s', { ...speaking, level: 'critical', result: 120 }), own).look).toBe('extremely-high');
  });

  test('what is merely unusual stands behind every raised level and before what is unknown', () => {
    expect(rankOf('extremely-high')).toBeLessThan(rankOf('caution'));
    expect(rankOf('high')).toBeGreaterThan(rankOf('unknown'));
    expect(rankOf('unknown')).toBeGreaterThan(rankOf('normal'));
  });

  test('the area of a circle follows its value', () => {
    const [quarter, full] = [25, 100].map((result) => sensorLook(stream('s', { ...speaking, result }), levels).size);
    expect(full).toBe(1);
    expect(quarter).toBeCloseTo(0.5, 1);
  });

  test('only what changed is painted', () => {
    const [a, b] = [zone('a'), zone('b')];
    expect([...changed([a, b], [a, { ...b }])].map(([i]) => i)).toEqual([1]);
    expect([...changed(null, [a, b])]).toHaveLength(2);
  });
});
