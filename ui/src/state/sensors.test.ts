import { describe, expect, test } from 'vitest';
import type { DatastreamJson } from '../api/types';
import { finding, stream } from './examples';
import type { Picture } from './picture';
import { attention, healthOf, markOf, troublesAt, troublesOf } from './sensors';
import type { Site } from './site';

const at = (minute: number) => `2019-10-02T10:${String(minute).padStart(2, '0')}:00Z`;
const pictureOf = (...items: DatastreamJson[]) => ({ datastreams: { items, at: new Map(items.map((of, i) => [of.id, i])) } }) as unknown as Picture;
const well = stream('well', { health: 'speaking' });
const silent = stream('silent', { health: 'silent', since: at(5), result_time: at(3) });
const stuck = stream('stuck', { health: 'speaking', findings: [finding({ since: at(1) })] });
const checked = stream('checked', { health: 'speaking', findings: [finding({ kind: 'bias', since: at(9) }), finding({ kind: 'jump', response: 'check', since: at(0) })] });

describe('sensors', () => {
  test('a silent sensor is in trouble since its last word, found or not', () => {
    expect(troublesOf(silent)).toEqual([{ datastream: 'silent', kind: 'silent', since: at(3), finding: null }]);
    const found = finding({ kind: 'silent' });
    expect(troublesOf({ ...silent, findings: [found] })).toHaveLength(1);
    expect(troublesOf(well)).toEqual([]);
  });

  test('what asks for a person comes first, then the silent, then the doubted', () => {
    const listed = attention(pictureOf(well, stuck, silent, checked));
    expect(listed.map(([first]) => first?.datastream)).toEqual(['checked', 'silent', 'stuck']);
    expect(listed[0]?.map((trouble) => trouble.kind)).toEqual(['jump', 'bias']);
  });

  test('a zone names the troubles of the sensors that tell of it', () => {
    const site = { tellers: new Map([['a', ['well', 'stuck', 'gone']], ['b', ['well']]]) } as unknown as Site;
    const picture = pictureOf(well, stuck, silent);
    expect(troublesAt(site, picture, 'a').map((trouble) => trouble.datastream)).toEqual(['stuck']);
    expect(troublesAt(site, picture, 'b')).toEqual([]);
    expect(troublesAt(site, picture, 'nowhere')).toEqual([]);
  });

  test('silence and doubt are marked differently, and each sensor is counted once', () => {
    expect([well, silent, stuck, checked].map(markOf)).toEqual([null, 'silent', 'doubted', 'doubted']);
    expect(markOf({ ...stuck, health: 'silent' })).toBe('silent');
    expect(healthOf(pictureOf(well, silent, stuck, checked, stream('new')))).toEqual({ speaking: 1, waiting: 1, silent: 1, doubted: 2, all: 5 });
  });
});
