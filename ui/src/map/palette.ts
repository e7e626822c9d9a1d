// The page's colours as the map needs them: read from the style sheet, which alone defines them.
// Not here: which colour means what (style.ts, app.css).
// Invariant: the map and the rest of the page never differ in a colour.
const NAMES = {
  land: '--map-land', water: '--map-water', green: '--map-green', building: '--map-building', road: '--map-road',
  zone: '--map-zone', zoneLine: '--map-zone-line', caution: '--caution', warning: '--warning', critical: '--critical',
  unusual: '--unusual', veryUnusual: '--very-unusual', extreme: '--extreme',
  unknown: '--unknown', closed: '--map-closed', ink: '--ink', soft: '--ink-soft', paper: '--panel', chosen: '--chosen',
} as const;

export type Palette = Readonly<Record<keyof typeof NAMES, string>>;

export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = Object.entries(NAMES).map(([name, variable]) => [name, style.getPropertyValue(variable).trim()]);
  return Object.fromEntries(read) as Palette;
}
