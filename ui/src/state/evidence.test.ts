import { describe, expect, test } from 'vitest';
import type { FigureJson, IndicatorLevels } from '../api/types';
import { finding, stream, warning, zone } from './examples';
import { figureTexts, findingText, standing, warningFigures } from './evidence';
import { table, type Picture } from './picture';
import type { Site } from './site';
import { en } from '../words/en';
import { zh } from '../words/zh';

const levels: IndicatorLevels = { caution: 3, warning: 2, critical: 1, side: 'below', purpose: 'warn', source: '' };
const site = {
  zones: new Map(), tellers: new Map(), names: new Map([['datastream/cam', { 'zh-CN': '摄像头', en: 'Camera' }]]),
  datastreams: new Map([['cam', { id: 'cam', unit: 'people' }], ['stage', { id: 'stage', unit: 'm', levels }]]),
} as unknown as Site;
const picture = {
  zones: table([zone('z1', { peak_density_per_m2: 1.57 })]), groups: table([]), datastreams: table([stream('stage', { result: 2.4 })]),
} as unknown as Picture;
const of = (figures: Partial<Record<FigureJson['kind'], number | null>>): FigureJson[] =>
  Object.entries(figures).map(([kind, value]) => ({ kind: kind as FigureJson['kind'], value }));

describe('evidence in words', () => {
  test('each figure is written in its order and with its unit', () => {
    expect(figureTexts(of({ arriving_per_s: 7.5, capacity_per_s: 5, for_s: 150, density_per_m2: 3.456, waiting_people: 820.4 }), '')).toEqual([
      '450/min want to pass', '300/min can pass', 'for 2 min', 'density 3.46 /m²', '820 people wait',
    ]);
    expect(figureTexts(of({ outflow_per_m_s: 0.62, rise_per_m2_min: 0.31, share: 0.42 }), '')).toEqual([
      '0.62 people get out per metre and second', 'rises by 0.31 /m² a minute', '42 % of its results',
    ]);
  });

  test('bounds of what was expected are one interval, a skew says its direction, and what has no bound says so', () => {
    expect(figureTexts(of({ reading: 412, expected_p05: 655.4, expected_p95: 790 }), 'people')).toEqual(['reads 412 people', 'expected 655–790 people']);
    expect(figureTexts(of({ expected: 720.2, expected_p05: 655.4, expected_p95: 790 }), 'people')).toEqual(['expected 720 people (655–790)']);
    expect(figureTexts(of({ expected_p95: 790 }), 'people')).toEqual(['expected at most 790 people']);
    expect(figureTexts(of({ skew_s: -95 }), '')).toEqual(['clock 1 min behind']);
    expect(figureTexts(of({ deviations: null }), '')).toEqual(['∞ standard deviations off']);
  });

  test('a finding names the sensor it was compared with', () => {
    expect(findingText(site, 'cam', finding({ other: 'cam' }))).toBe('reads 412 people · 8 results bear it out · compared with Camera');
  });

  test('a warning without figures says none, a check has its sensor’s unit', () => {
    expect(warningFigures(site, warning(1))).toBe('');
    const check = warning(2, { cause: { place: 'datastream/cam', kind: 'check' }, evidence: { observations: [], human: null, figures: of({ reading: 2900 }), post: null } });
    expect(warningFigures(site, check)).toBe('reads 2,900 people');
  });

  test('what a precursor expects is what usually passes', () => {
    const figures = of({ forward_per_s: 0.1, backward_per_s: 0.05, expected: 2.1, share: 0.07, density_per_m2: 2.9 });
    const lock = warning(3, { cause: { place: 'zone/stair', kind: 'lock-up' }, evidence: { observations: [], human: null, figures, post: null } });
    expect(warningFigures(site, lock)).toBe('6/min one way · 3/min the other way · 126/min is usual · 7 % of the usual pass · density 2.90 /m²');
  });

  test('every kind of figure, finding and response has words in both languages', () => {
    for (const words of [en, zh]) {
      for (const write of Object.values(words.figure)) expect(write('7')).toContain('7');
      expect(Object.keys(words.finding)).toHaveLength(7);
      expect(Object.keys(words.response)).toHaveLength(4);
    }
  });
});

describe('how a warning stands now', () => {
  test('one that holds a level it is below says so, and whether it eased into it', () => {
    expect(standing(site, picture, warning(1, { value: 2.41, threshold: 2.2 }))).toEqual({ value: 1.57, below: true, eased: false });
    expect(standing(site, picture, warning(1, { value: 1.9, threshold: 2.2 }))).toEqual({ value: 1.57, below: true, eased: true });
    expect(standing(site, picture, warning(1, { value: 1.6, threshold: 1.5 }))).toEqual({ value: 1.57, below: false, eased: false });
  });

  test('where low is dangerous, below is above', () => {
    const low = warning(2, { cause: { place: 'datastream/stage', kind: 'indicator' }, value: 1.9, threshold: 2 });
    expect(standing(site, picture, low)).toEqual({ value: 2.4, below: true, eased: false });
  });

  test('words, silence and precursors have nothing to compare', () => {
    expect(standing(site, picture, warning(3, { cause: { place: 'zone/z1', kind: 'word' }, value: null, threshold: null }))).toBeNull();
    expect(standing(site, picture, warning(4, { cause: { place: 'zone/z1', kind: 'stagnation' }, value: 0.5, threshold: 0.8 }))).toBeNull();
  });
});
