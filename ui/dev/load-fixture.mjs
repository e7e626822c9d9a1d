// The load fixture: a made-up riverside of 500 zones that changes five times a second, behind the real API's addresses.
// Not here: any rule of the engine; numbers move by sines, so that a picture can be told from the next one.
// Invariant: no dependency but node; the same stream grammar as the real server, resume and reset included.
//
//   node dev/load-fixture.mjs [--port 4180] [--zones 500] [--rate 5] [--sensors 0] [--mode simulated|replay|live]
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = join(fileURLToPath(new URL('.', import.meta.url)), '..', 'dist');
const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css',
  '.svg': 'image/svg+xml', '.json': 'application/json',
};
/** The stream of before is kept for so many frames. */
const RING = 2000;

function option(name, otherwise) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
}

/** Starts the fixture; returns its address and how to stop it. */
export async function startFixture({ port = 0, zones = 500, rate = 5, sensors = 0, mode = 'simulated', schematic = false } = {}) {
  const city = makeCity({ zones, sensors, mode, schematic });
  const server = createServer((request, response) => void answer(city, request, response));
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  const ticking = setInterval(() => tick(city), 1000 / rate);
  const clock = setInterval(() => publish(city, 'clock', clockOf(city)), 500);
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    city,
    reset(why) {
      publish(city, 'reset', { why });
      for (const client of city.clients) client.end();
      city.ring.length = 0;
      city.epoch += 1;
    },
    /** Raises a warning of its own. */
    raise(level, of = {}) {
      const now = iso(city);
      change(city, 'raised', { ...blank(city), cause: { place: 'zone/z1', kind: 'density' }, level, worst: level, raised_at: now, level_at: now, ...of });
    },
    /** A camera does as it should again. */
    recover(i) {
      city.over.add(i);
      publish(city, 'finding', { seq: (city.seq += 1), datastream: city.streams[i].id, change: 'ended', at: iso(city), finding: findingJson(i) });
    },
    /** Time stands still while the server goes on speaking, as after the last row of a file. */
    end() {
      clearInterval(ticking);
    },
    /** Cuts every stream, as a broken network does. */
    cut() {
      for (const client of city.clients) client.destroy();
    },
    async stop() {
      clearInterval(ticking);
      clearInterval(clock);
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

// The city

/** Datastreams that are cameras, with the zone each watches; what is wrong with them for as long as the fixture runs. */
const CAMERAS = { 28: 'z3', 29: 'z45', 30: 'z83', 31: 'z123' };
const FOUND = {
  28: { kind: 'stuck', evidence: { reading: 412, count: 14, expected_p05: 655, expected_p95: 790 }, response: 'unweighted' },
  29: { kind: 'jump', evidence: { reading: 2900, expected: 640, deviations: 9.4 }, response: 'check' },
  30: { kind: 'bias', evidence: { reads_per_person: 0.71, deviations: null }, response: 'widened', other: 'feed-31' },
};

const WEST = 121.4862;
const SOUTH = 31.2325;
const DEG_PER_M_NORTH = 1 / 111_320;
const DEG_PER_M_EAST = DEG_PER_M_NORTH / Math.cos((31.237 * Math.PI) / 180);
const at = (east, north) => [WEST + east * DEG_PER_M_EAST, SOUTH + north * DEG_PER_M_NORTH];
const box = (e, n, w, h) => [[at(e, n), at(e + w, n), at(e + w, n + h), at(e, n + h), at(e, n)]];
const LADDERS = {
  moving: { caution: 2, warning: 3, critical: 4 },
  standing: { caution: 2, warning: 3, critical: 4.7 },
  stair: { caution: 1.5, warning: 2.2, critical: 2.7 },
};

function makeCity({ zones: count, sensors, mode, schematic }) {
  const zones = [];
  const rows = 20;
  for (let i = 0; i < count && sensors === 0; i++) {
    const column = Math.floor(i / rows);
    const row = i % rows;
    const kind = column === 1 ? 'stair' : column === 0 ? 'standing' : 'moving';
    const names = { stair: ['亲水台阶', 'Levee stair'], standing: ['观景平台', 'Levee'], moving: ['街段', 'Street'] }[kind];
    zones.push({
      id: `z${i}`, kind, names: [`${names[0]}${column}-${row}`, `${names[1]} ${column}-${row}`],
      ring: box(620 - column * 34, 20 + row * 62, kind === 'stair' ? 14 : 30, 56), area: kind === 'stair' ? 95 : 1600,
      access: column === 2 ? 'vehicle-until-opened' : 'pedestrian',
    });
  }
  const streams = [];
  for (let i = 0; i < (sensors || 40); i++) {
    const indicator = sensors > 0 || i >= 32;
    streams.push({
      id: sensors ? `s${i}/entries` : `feed-${i}`,
      name: { 'zh-CN': sensors ? `${i + 1}号站 进站` : `传感器 ${i + 1}`, en: sensors ? `Station ${i + 1} entries` : `Sensor ${i + 1}` },
      department: ['police', 'transport', 'emergency', 'water', 'housing'][i % 5],
      unit: i === 33 ? 'm' : 'people', interval_s: sensors ? 900 : 60,
      role: indicator ? null : CAMERAS[i] ? { area: CAMERAS[i] } : { gate: `g${i}`, flow: i % 2 ? 'in' : 'out' },
      zones: indicator ? [] : [CAMERAS[i] ?? `z${480 + i}`],
      position: sensors ? at(60 + (i % 10) * 90, 60 + Math.floor(i / 10) * 90) : indicator ? at(680, 200 + (i - 32) * 110) : null,
      levels: indicator ? { caution: 60, warning: 80, critical: 95, side: 'above', purpose: sensors ? 'colour' : 'warn', source: 'fixture' } : null,
    });
  }
  return {
    zones, streams, mode, schematic, seq: 1, epoch: 1, n: 0, at: Date.parse('2019-10-02T10:00:00Z'), speed: mode === 'live' ? 1 : 60,
    paused: false, warnings: new Map(), nextWarning: 1, ring: [], sentAt: new Map(), clients: new Set(), ticks: 0, levels: new Map(), over: new Set(), humans: [],
  };
}

function siteJson(city) {
  const id = (name, zh, en) => ({ id: name, name: { 'zh-CN': zh, en } });
  return {
    id: 'fixture', name: { 'zh-CN': '负载试验河滨', en: 'Load fixture riverside' }, timezone: 'Asia/Shanghai',
    layout: city.schematic ? 'schematic' : 'geographic', attribution: 'Made up for tests', mode: city.mode,
    departments: [
      id('police', '公安', 'Public security'), id('transport', '交通', 'Transportation'), id('emergency', '应急', 'Emergency management'),
      id('water', '水务', 'Water'), id('housing', '住建', 'Housing and construction'),
    ],
    consoles: [
      { ...id('duty', '值守席', 'Duty desk'), role: 'duty', departments: ['police'] },
      { ...id('commander', '指挥席', 'Commander'), role: 'commander', departments: [] },
    ],
    groups: city.zones.length === 0 ? [] : [
      { ...id('waterfront', '滨水区', 'Waterfront'), members: city.zones.slice(0, 40).map((z) => z.id), people: { caution: 60000, warning: 72000, critical: 85000, source: 'fixture' } },
      { ...id('greater', '大范围', 'Greater area'), members: city.zones.map((z) => z.id), people: { caution: 600000, warning: 700000, critical: 800000, source: 'fixture' } },
    ],
    measures: [
      { ...id('open-road', '滨江大道让给行人', 'Give the river road to pedestrians'), kind: 'open-road', targets: ['zone/z40'], department: 'police', setup_s: 900, staff: 60, disruption: { 'zh-CN': '车辆绕行', en: 'Traffic diverted' }, scheduled: null },
      { ...id('skip-stop', '地铁跳站', 'Metro skips the station'), kind: 'skip-stop', targets: ['gate/g1'], department: 'transport', setup_s: 300, staff: 4, disruption: { 'zh-CN': '下一站下车', en: 'Riders get off one stop later' }, scheduled: { from: '2019-10-02T08:30:00Z', to: '2019-10-02T14:00:00Z' } },
      { ...id('one-way', '台阶只下不上', 'Stairs down only'), kind: 'one-way', targets: ['zone/z21'], department: 'police', setup_s: 300, staff: 12, disruption: { 'zh-CN': '绕行', en: 'A detour' }, scheduled: null },
    ],
    posts: city.zones.length === 0 ? [] : [
      { ...id('post-12', '十二号岗', 'Post 12'), zone: 'z3', position: at(640, 230) }, { ...id('post-7', '七号岗', 'Post 7'), zone: 'z45', position: null },
    ],
    rules: { word_holds_s: 900, shelve_max_s: 28800, shelve_critical_max_s: 600, quiet_s: 600 },
    bounds: [...at(-260, 0), ...at(900, 1290)], engine: 'fixture',
  };
}

function mapJson(city) {
  const scenery = (kind, geometry, name) => ({ type: 'Feature', id: undefined, geometry, properties: { is: 'scenery', kind, ...(name && { name: { 'zh-CN': name[0], en: name[1] } }) } });
  const features = [
    scenery('water', { type: 'Polygon', coordinates: box(665, -400, 420, 2200) }),
    scenery('label', { type: 'Point', coordinates: at(860, 650) }, ['黄浦江', 'Huangpu River']),
    scenery('green', { type: 'Polygon', coordinates: box(560, 1300, 90, 150) }, ['公园', 'Park']),
    scenery('road', { type: 'LineString', coordinates: [at(-300, 640), at(650, 640)] }, ['南京东路', 'Nanjing East Road']),
    ...Array.from({ length: 12 }, (_, i) => scenery('building', { type: 'Polygon', coordinates: box(-420, i * 110, 120, 80) })),
  ];
  city.zones.forEach((zone, i) => features.push({ type: 'Feature', id: i, geometry: { type: 'Polygon', coordinates: zone.ring }, properties: zoneProperties(zone) }));
  city.streams.forEach((stream, i) => stream.position && features.push({ type: 'Feature', id: i, geometry: { type: 'Point', coordinates: stream.position }, properties: { is: 'sensor', id: stream.id, name: stream.name, kind: 'indicator' } }));
  siteJson(city).posts.forEach(({ id, name, zone, position }, i) => position && features.push({ type: 'Feature', id: i, geometry: { type: 'Point', coordinates: position }, properties: { is: 'post', id, name, zone } }));
  for (let i = 0; i < 12 && city.zones.length > 0; i++) {
    features.push({ type: 'Feature', id: i, geometry: { type: 'Point', coordinates: at(-240, 40 + i * 100) }, properties: { is: 'gate', id: `g${i}`, kind: i % 3 ? 'street' : 'metro', zone: `z${480 + i}`, name: { 'zh-CN': `出入口 ${i}`, en: `Gate ${i}` } } });
  }
  return { type: 'FeatureCollection', features };
}

const zoneProperties = (zone) => ({
  is: 'zone', id: zone.id, name: { 'zh-CN': zone.names[0], en: zone.names[1] }, kind: zone.kind, area_m2: zone.area,
  peak_factor: zone.area > 1000 ? 2.5 : 1, ladder: { ...LADDERS[zone.kind], source: 'fixture' }, access: zone.access,
});

// Live values

function zoneJson(city, i) {
  const zone = city.zones[i];
  const wave = 0.5 + 0.5 * Math.sin(city.at / 1.6e6 + i / 23) * Math.cos(i / 7 + city.at / 4.1e6);
  const peak = 0.2 + 2.6 * wave ** 3 + (i % 97 === 13 ? 1.8 * wave : 0);
  const factor = zone.area > 1000 ? 2.5 : 1;
  const density = peak / factor;
  const people = density * zone.area;
  const ladder = LADDERS[zone.kind];
  const unknown = i % 61 === 17;
  const level = unknown ? 'normal' : peak >= ladder.critical ? 'critical' : peak >= ladder.warning ? 'warning' : peak >= ladder.caution ? 'caution' : 'normal';
  return {
    id: zone.id, knowledge: unknown ? 'unknown' : i % 53 === 5 ? 'partial' : 'known',
    people: unknown ? null : people, p05: unknown ? null : people * (i % 29 === 3 ? 0.5 : 0.88), p95: unknown ? null : people * (i % 29 === 3 ? 1.7 : 1.13),
    density_per_m2: unknown ? null : density, peak_density_per_m2: unknown ? null : peak,
    level_of_service: unknown ? null : 'ABCDEF'[[0.31, 0.43, 0.72, 1.08, 2.17].filter((b) => density >= b).length],
    level, in_per_min: 40 + 30 * wave, out_per_min: 38 + 22 * wave, as_of: unknown ? null : new Date(city.at - 45_000).toISOString(),
    open: zone.access === 'pedestrian' || city.ticks > 300, officer: i === 3 ? { lower: 700, upper: 900, at: new Date(city.at - 6e5).toISOString(), until: new Date(city.at + 6e5).toISOString() } : null,
  };
}

function streamJson(city, i) {
  const stream = city.streams[i];
  const silent = i % 19 === 7;
  const result = Math.round(50 + 48 * Math.sin(city.at / 2.2e6 + i * 1.7));
  const level = !stream.levels || silent ? 'normal' : result >= 95 ? 'critical' : result >= 80 ? 'warning' : result >= 60 ? 'caution' : 'normal';
  const age = silent ? 14 * 60_000 : stream.interval_s * 1000;
  return {
    id: stream.id, phenomenon_time: new Date(city.at - age).toISOString(), result_time: new Date(city.at - age + 5000).toISOString(),
    result, level, health: silent ? 'silent' : 'speaking', since: new Date(city.at - age).toISOString(),
    findings: city.zones.length > 0 && FOUND[i] && !city.over.has(i) ? [findingJson(i)] : [], reads_per_person: stream.role ? { value: 0.91, p05: 0.86, p95: 0.97 } : null,
  };
}

function findingJson(i) {
  const { kind, evidence, response, other = null } = FOUND[i];
  return {
    kind, since: '2019-10-02T09:41:00Z', found_at: '2019-10-02T09:55:00Z', other, response,
    evidence: Object.entries(evidence).map(([figure, value]) => ({ kind: figure, value })),
  };
}

function groupsJson(city, zones) {
  return siteJson(city).groups.map((group) => {
    const members = zones.slice(0, group.members.length);
    const people = members.reduce((sum, zone) => sum + (zone.people ?? 0), 0);
    const worst = ['critical', 'warning', 'caution', 'normal'].find((level) => members.some((zone) => zone.level === level));
    return { id: group.id, knowledge: 'partial', people, p05: people * 0.94, p95: people * 1.07, level: worst, unknown_members: members.filter((z) => z.people === null).length };
  });
}

function valuesOf(city) {
  const zones = city.zones.map((_, i) => zoneJson(city, i));
  return { zones, groups: groupsJson(city, zones), datastreams: city.streams.map((_, i) => streamJson(city, i)) };
}

const iso = (city) => new Date(city.at).toISOString();
const clockOf = (city) => ({ site_time: iso(city), speed: city.speed, paused: city.paused });
const measuresOf = () => [
  { id: 'open-road', state: 'ordered', since: '2019-10-02T09:55:00Z' }, { id: 'skip-stop', state: 'in-force', since: '2019-10-02T08:30:00Z' },
  { id: 'one-way', state: 'off', since: null },
];

function viewOf(city) {
  return {
    seq: city.seq, stream_id: `${city.epoch}-${city.n}`, mode: city.mode, ...clockOf(city), ...valuesOf(city),
    measures: measuresOf(), warnings: [...city.warnings.values()],
    humans: [...(city.zones.length ? [{ id: 1, at: '2019-10-02T09:58:00Z', until: '2019-10-02T10:13:00Z', place: 'zone/z3', role: 'post-12', saying: 'not-moving', reason: 'seen' }] : []), ...city.humans],
  };
}

function tick(city) {
  if (city.paused) return;
  city.ticks += 1;
  city.at += (1000 / 5) * city.speed;
  city.seq += 1;
  const values = valuesOf(city);
  publish(city, 'values', { seq: city.seq, site_time: iso(city), ...values });
  // A few places raise and clear warnings, so that the list lives.
  for (let i = 3; i < values.zones.length; i += 41) judge(city, values.zones[i]);
}

const blank = (city) => ({
  id: city.nextWarning++, activity: 'active', acknowledged: null, shelved: null, service: 'in', returned_at: null, closed_at: null,
  value: null, threshold: null, worst_at: null, worst_value: null, console: 'duty', escalation: 'first', soundings: 1, members: [], grouped_in: null,
  evidence: { observations: [], human: null, figures: [], post: null },
});

function judge(city, zone) {
  const was = city.levels.get(zone.id) ?? 'normal';
  if (was === zone.level) return;
  city.levels.set(zone.id, zone.level);
  const open = [...city.warnings.values()].find((w) => w.cause.place === `zone/${zone.id}`);
  const now = iso(city);
  if (!open && zone.level !== 'normal') {
    const threshold = LADDERS[city.zones[Number(zone.id.slice(1))].kind][zone.level];
    const warning = { ...blank(city), cause: { place: `zone/${zone.id}`, kind: 'density' }, level: zone.level, worst: zone.level, worst_at: now, worst_value: zone.peak_density_per_m2, raised_at: now, level_at: now, value: zone.peak_density_per_m2, threshold };
    change(city, 'raised', warning);
  } else if (open && zone.level === 'normal') {
    const over = open.acknowledged ? now : null;
    change(city, over ? 'closed' : 'returned', { ...open, activity: 'returned', returned_at: now, closed_at: over });
  } else if (open) {
    change(city, 'worsened', { ...open, level: zone.level, level_at: now, activity: 'active', acknowledged: null, soundings: open.soundings + 1, value: zone.peak_density_per_m2 });
  }
}

function change(city, what, warning) {
  city.seq += 1;
  if (warning.closed_at) city.warnings.delete(warning.id);
  else city.warnings.set(warning.id, warning);
  publish(city, 'warning', { seq: city.seq, change: what, at: iso(city), warning });
}

// The stream and the answers

function publish(city, event, data) {
  city.n += 1;
  if (data.seq) city.sentAt.set(data.seq, Date.now());
  const frame = { n: city.n, text: `id: ${city.epoch}-${city.n}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n` };
  city.ring.push(frame);
  if (city.ring.length > RING) city.ring.shift();
  for (const client of city.clients) client.write(frame.text);
}

function stream(city, request, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const last = /^(\d+)-(\d+)$/.exec(request.headers['last-event-id'] ?? '');
  if (last) {
    const known = Number(last[1]) === city.epoch && Number(last[2]) >= (city.ring[0]?.n ?? Infinity) - 1;
    if (!known) return void response.end('event: reset\ndata: {"why":"too old"}\n\n');
    for (const frame of city.ring) if (frame.n > Number(last[2])) response.write(frame.text);
  } else {
    response.write(`id: ${city.epoch}-${city.n}\nevent: view\ndata: ${JSON.stringify(viewOf(city))}\n\n`);
  }
  city.clients.add(response);
  response.on('close', () => city.clients.delete(response));
}

function historyOf(city, query) {
  const [from, to] = ['from', 'to'].map((name) => Date.parse(query.get(name)));
  const zone = city.zones.findIndex((z) => `zone/${z.id}` === query.get('series'));
  const points = [];
  for (let t = Math.ceil(from / 60_000) * 60_000; t <= to && points.length < 2000; t += 60_000) {
    const then = { ...city, at: t };
    const time = new Date(t).toISOString();
    if (zone >= 0) {
      const { people, p05, p95 } = zoneJson(then, zone);
      points.push({ time, people, p05, p95 });
    } else points.push({ time, value: 50 + 48 * Math.sin(t / 2.2e6) });
  }
  return { series: query.get('series'), unit: 'people', window_s: null, points, more: false };
}

function command(city, id, verb, body) {
  const warning = city.warnings.get(Number(id));
  if (!warning) return null;
  const by = { by: 'local', at: iso(city) };
  if (verb === 'acknowledge') {
    const over = warning.activity === 'returned' ? iso(city) : null;
    change(city, 'acknowledged', { ...warning, acknowledged: by, closed_at: over });
  } else if (verb === 'shelve') change(city, 'shelved', { ...warning, shelved: { ...by, why: body.why, until: body.until } });
  else if (verb === 'service') change(city, 'service-changed', { ...warning, service: body.service });
  else change(city, 'unshelved', { ...warning, shelved: null });
  return { seq: city.seq, warning: city.warnings.get(Number(id)) ?? warning };
}

/** What an officer says: kept as it was sent, and a warning where words warn. */
function hear(city, said) {
  const human = { ...said, id: city.humans.length + 2, at: iso(city), until: said.expires ?? new Date(city.at + 9e5).toISOString() };
  city.humans.push(human);
  publish(city, 'human', { seq: (city.seq += 1), human, expired: false });
  const level = { 'not-moving': 'warning', pressed: 'critical', fallen: 'critical' }[said.saying];
  const cause = { place: said.place, kind: 'word' };
  if (level) change(city, 'raised', { ...blank(city), cause, level, worst: level, raised_at: iso(city), level_at: iso(city) });
  return { seq: city.seq, human };
}

async function bodyOf(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return text ? JSON.parse(text) : {};
}

async function answer(city, request, response) {
  const url = new URL(request.url, 'http://fixture');
  const json = (body, status = 200) => {
    response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' });
    response.end(JSON.stringify(body));
  };
  const asked = /^\/v1\/warnings\/(\d+)\/(acknowledge|shelve|unshelve|service)$/.exec(url.pathname);
  if (asked && request.method === 'POST') {
    const done = command(city, asked[1], asked[2], await bodyOf(request));
    return done ? json(done) : json({ title: 'No such warning', status: 404, detail: 'There is no such warning, or it is closed.' }, 404);
  }
  switch (url.pathname) {
    case '/v1/site': return json(siteJson(city));
    case '/v1/map': return json(mapJson(city));
    case '/v1/view': return json(viewOf(city));
    case '/v1/zones': return json({ type: 'FeatureCollection', features: city.zones.map((zone, i) => ({ type: 'Feature', id: i, geometry: { type: 'Polygon', coordinates: zone.ring }, properties: { ...zoneProperties(zone), ...zoneJson(city, i) } })) });
    case '/v1/datastreams': return json(city.streams);
    case '/v1/history': return json(historyOf(city, url.searchParams));
    case '/v1/events': return stream(city, request, response);
    case '/v1/human-observations': return json(hear(city, await bodyOf(request)), 201);
    case '/v1/clock': {
      const body = await bodyOf(request);
      Object.assign(city, { speed: body.speed ?? city.speed, paused: body.paused ?? city.paused });
      publish(city, 'clock', clockOf(city));
      return json(clockOf(city));
    }
    default: return file(url.pathname, response);
  }
}

async function file(path, response) {
  const name = normalize(path === '/' ? '/index.html' : path);
  try {
    const bytes = await readFile(join(DIST, name));
    response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' });
    response.end(bytes);
  } catch {
    response.writeHead(404).end('not found');
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fixture = await startFixture({
    port: Number(option('port', 4180)), zones: Number(option('zones', 500)), rate: Number(option('rate', 5)),
    sensors: Number(option('sensors', 0)), mode: option('mode', 'simulated'), schematic: Number(option('sensors', 0)) > 0,
  });
  console.log(`load fixture at ${fixture.url}`);
}
