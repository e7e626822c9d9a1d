// A small riverside site for end-to-end tests: a square with a camera and a gate, a stair, a terrace, counters between them.
// Not here: servers and browsers, what is tested.
// Invariant: `yiwang check` finds no error in it; every number of the file is made from a seed of its own.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const WEST = 121.49;
const SOUTH = 31.235;
const DEG_PER_M_NORTH = 1 / 111_320;
const DEG_PER_M_EAST = DEG_PER_M_NORTH / Math.cos((SOUTH * Math.PI) / 180);
const at = (east, north) => [WEST + east * DEG_PER_M_EAST, SOUTH + north * DEG_PER_M_NORTH];
const box = (e, n, w, h) => [[at(e, n), at(e + w, n), at(e + w, n + h), at(e, n + h), at(e, n)]];
const named = (zh, en) => ({ 'zh-CN': zh, en });

/** When the file begins. */
export const START = Date.parse('2026-05-01T10:00:00Z');
/** Every sensor says a number so often, s, and is silent after three of them. */
export const EVERY_S = 30;
export const PEOPLE = 500;

const HEAD = `schema = 1
id = "riverside"
name = { zh-CN = "河滨", en = "Riverside" }
timezone = "Asia/Shanghai"

[[department]]
id = "police"
name = { zh-CN = "公安", en = "Public security" }

[[post]]
id = "post-3"
name = { zh-CN = "三号岗", en = "Post 3" }
zone = "square"
`;

/** Counters that miss much, so that what the camera says matters. */
const COUNTERS = [
  ['west/in', '西口 进入', 'West gate, in', 'gate = "west", flow = "in"'], ['west/out', '西口 离开', 'West gate, out', 'gate = "west", flow = "out"'],
  ['foot/up', '台阶下口 上行', 'Stair foot, up', 'link = "foot", flow = "forward"'], ['foot/down', '台阶下口 下行', 'Stair foot, down', 'link = "foot", flow = "backward"'],
  ['head/up', '台阶上口 上行', 'Stair head, up', 'link = "head", flow = "forward"'], ['head/down', '台阶上口 下行', 'Stair head, down', 'link = "head", flow = "backward"'],
  ['top/in', '平台口 进入', 'Terrace gate, in', 'gate = "top", flow = "in"'], ['top/out', '平台口 离开', 'Terrace gate, out', 'gate = "top", flow = "out"'],
];

function toml() {
  const streams = COUNTERS.map(([id, zh, en, role]) => `
[[datastream]]
id = "${id}"
name = { zh-CN = "${zh}", en = "${en}" }
department = "police"
unit = "people"
interval_s = ${EVERY_S}
reorder_s = 0
role = { ${role} }
detection_rate = { mean = 0.85, sd = 0.1, source = "assumption: a test" }
`);
  return `${HEAD}
[[datastream]]
id = "square/camera"
name = { zh-CN = "广场摄像头", en = "Square camera" }
department = "police"
unit = "people"
interval_s = ${EVERY_S}
reorder_s = 0
role = { area = "square" }
multiplier = { mean = 1, sd = 0.03, source = "assumption: a test" }
error_share = 0.03
${streams.join('')}`;
}

function geojson() {
  const feature = (id, geometry, properties) => ({ type: 'Feature', id, geometry, properties });
  const zone = (id, name, kind, ring, people, of = {}) => feature(id, { type: 'Polygon', coordinates: ring }, {
    is: 'zone', name, kind, peak_factor: 1, initial: { people, sd: people / 4 + 5, source: 'assumption: a test' }, unmeasured_share: 0.1, ...of,
  });
  const stair = (id, name, from, to, line) => feature(id, { type: 'LineString', coordinates: line }, {
    is: 'link', name, from, to, kind: { stair: { rise_m: 2, flights: 1 } }, width_m: 4, source: 'assumption: a test',
  });
  return {
    type: 'FeatureCollection',
    features: [
      zone('square', named('广场', 'Square'), 'standing', box(0, 0, 60, 50), PEOPLE, { unmeasured_share: 0.5 }),
      zone('stair', named('台阶', 'Stair'), 'stair', box(60, 20, 10, 8), 20),
      zone('terrace', named('平台', 'Terrace'), 'standing', box(70, 0, 40, 50), 200),
      stair('foot', named('台阶下口', 'Stair foot'), 'square', 'stair', [at(57, 24), at(63, 24)]),
      stair('head', named('台阶上口', 'Stair head'), 'stair', 'terrace', [at(67, 24), at(73, 24)]),
      feature('west', { type: 'Point', coordinates: at(0, 25) }, { is: 'gate', name: named('西口', 'West gate'), zone: 'square', kind: 'street' }),
      feature('top', { type: 'Point', coordinates: at(110, 25) }, { is: 'gate', name: named('平台口', 'Terrace gate'), zone: 'terrace', kind: 'street' }),
    ],
  };
}

/** A small generator of numbers between 0 and 1, the same on every run. */
function chance(seed) {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/** People per minute on each counter unless a test says otherwise. */
const USUAL = { 'west/in': 300, 'west/out': 295, 'foot/up': 40, 'foot/down': 38, 'head/up': 39, 'head/down': 38, 'top/in': 20, 'top/out': 21 };

/**
 * The rows of a file of so many minutes. `camera(minute, usual)` is what the camera says, null for nothing at all;
 * `rate(counter, minute, usual)` how many pass in a minute.
 */
export function rows(minutes, { camera = (_, usual) => usual, rate = (_, __, usual) => usual } = {}) {
  const next = chance(7);
  const near = (value, share) => Math.max(0, Math.round(value * (1 + share * (next() - 0.5))));
  const lines = [];
  for (let s = 0; s < minutes * 60; s += EVERY_S) {
    const [start, end] = [s, s + EVERY_S].map((offset) => new Date(START + offset * 1000).toISOString());
    const row = (id, value) => lines.push(`${start},${id},${value},${end}`);
    for (const [id] of COUNTERS) row(id, near((rate(id, s / 60, USUAL[id]) * EVERY_S) / 60, 0.15));
    const said = camera(s / 60, near(PEOPLE, 0.06));
    if (said !== null) row('square/camera', said);
  }
  return `phenomenonTime,datastream,result,resultTime\n${lines.join('\n')}\n`;
}

/** Writes the site and a file of observations into a folder; returns their paths. */
export async function writeSite(folder, observations) {
  const site = join(folder, 'site');
  await mkdir(site, { recursive: true });
  await writeFile(join(site, 'site.toml'), toml());
  await writeFile(join(site, 'site.geojson'), JSON.stringify(geojson()));
  const file = join(folder, 'observations.csv');
  await writeFile(file, observations);
  return { site, file };
}
