// Evidence in words: the numbers of a finding or of a warning, and what a warning's value is now.
// Not here: the words themselves (words/), whether a number is dangerous (the engine).
// Invariant: every figure the server names is written, in its order and with its unit; one without bound says so.
import type { FigureJson, FigureKind, FindingJson, WarningJson } from '../api/types';
import { speech } from '../words/language.svelte';
import { densest } from './density';
import { find, type Picture } from './picture';
import { split, type Site } from './site';
import { placeName, unitOf, withUnit } from './tell';

/** Between the texts of one line. */
const BETWEEN = ' · ';
/** Rates are said per minute, as counters count and officers think. */
const PER_SECOND: ReadonlySet<FigureKind> = new Set(['arriving_per_s', 'capacity_per_s', 'passing_per_s', 'forward_per_s', 'backward_per_s']);
const READINGS: ReadonlySet<FigureKind> = new Set(['reading', 'expected', 'expected_p05', 'expected_p95']);

/** What a precursor expects is what usually passes. */
function flowTexts(figures: readonly FigureJson[]): string[] {
  const { words } = speech;
  return figures.flatMap((figure) => {
    if (figure.value !== null && figure.kind === 'expected') return [words.usual_flow(speech.count(figure.value * 60))];
    if (figure.value !== null && figure.kind === 'share') return [words.share_of_usual(write('share', figure.value, ''))];
    return figureTexts([figure], '');
  });
}

/** The figures as short texts; readings in the unit of their sensor. */
export function figureTexts(figures: readonly FigureJson[], unit: string): string[] {
  const { words } = speech;
  const bounds = boundsOf(figures);
  return figures.flatMap(({ kind, value }) => {
    // A span that has only begun says nothing.
    if (kind === 'for_s' && value === 0) return [];
    if (bounds && (kind === 'expected_p05' || kind === 'expected_p95')) return kind === 'expected_p05' && !bounds.around ? [words.expected_between(bounds.low, withUnit(bounds.high, unit))] : [];
    if (bounds && kind === 'expected' && value !== null) return [words.expected_within(withUnit(reading(value), unit), bounds.low, bounds.high)];
    if (kind === 'skew_s' && value !== null) return [(value < 0 ? words.clock_behind : words.clock_ahead)(speech.age(Math.abs(value) * 1000))];
    return [words.figure[kind](value === null ? '∞' : write(kind, value, unit))];
  });
}

/** The interval of what was expected, and whether its middle is named too. */
function boundsOf(figures: readonly FigureJson[]): { low: string; high: string; around: boolean } | null {
  const of = (kind: FigureKind): number | null => figures.find((figure) => figure.kind === kind)?.value ?? null;
  const [low, high] = [of('expected_p05'), of('expected_p95')];
  return low === null || high === null ? null : { low: reading(low), high: reading(high), around: of('expected') !== null };
}

function write(kind: FigureKind, value: number, unit: string): string {
  if (READINGS.has(kind)) return withUnit(reading(value), unit);
  if (PER_SECOND.has(kind)) return speech.count(value * 60);
  if (kind.endsWith('_s') && !kind.endsWith('_m_s')) return speech.age(value * 1000);
  if (kind === 'share') return `${speech.count(value * 100)} %`;
  if (kind === 'count' || kind === 'waiting_people') return speech.count(value);
  return kind === 'deviations' ? speech.coarse(value) : speech.density(value);
}

/** A reading without digits that nobody needs. */
function reading(value: number): string {
  return speech.value(Math.abs(value) >= 20 ? Math.round(value) : Math.round(value * 100) / 100);
}

/** What a finding rests on, in one line. */
export function findingText(site: Site, datastream: string, finding: FindingJson): string {
  const texts = figureTexts(finding.evidence, unitOf(site, datastream));
  if (finding.other !== null) texts.push(speech.words.compared_with(placeName(site, `datastream/${finding.other}`)));
  return texts.join(BETWEEN);
}

/** The numbers of a precursor or a check, in one line; empty when it names none. */
export function warningFigures(site: Site, warning: WarningJson): string {
  const { cause, evidence } = warning;
  if (cause.kind !== 'check') return flowTexts(evidence.figures).join(BETWEEN);
  const [kind, id] = split(cause.place);
  const sensor = kind === 'datastream' ? id : evidence.observations[0]?.datastream;
  return figureTexts(evidence.figures, sensor === undefined ? '' : unitOf(site, sensor)).join(BETWEEN);
}

/** How a warning's value stands to the threshold of its level, now: null where there is none to compare. */
export function standing(site: Site, picture: Picture, warning: WarningJson): { value: number; below: boolean; eased: boolean } | null {
  const { threshold, value: raised } = warning;
  const value = presentValue(site, picture, warning);
  if (threshold === null || value === null) return null;
  const [kind, id] = split(warning.cause.place);
  const falling = kind === 'datastream' && site.datastreams.get(id)?.levels?.side === 'below';
  const under = (v: number): boolean => (falling ? v > threshold : v < threshold);
  return { value, below: under(value), eased: raised !== null && under(raised) };
}

/** The value a warning is about, as the picture has it. */
function presentValue(site: Site, picture: Picture, { cause }: WarningJson): number | null {
  const [, id] = split(cause.place);
  switch (cause.kind) {
    case 'density': {
      const zone = find(picture.zones, id);
      return zone ? (densest(site, picture, zone)?.per_m2 ?? null) : null;
    }
    case 'people':
      return find(picture.groups, id)?.people ?? null;
    case 'indicator':
      return find(picture.datastreams, id)?.result ?? null;
    default:
      return null;
  }
}
