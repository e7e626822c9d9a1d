// The MapLibre style: the site's own geometry in layers, coloured by feature state.
// Not here: feature states (CityMap.svelte), colours (app.css).
// Invariant: no tile, glyph or sprite server; every text is drawn with the reader's own fonts.
import type { ExpressionSpecification, LayerSpecification, StyleSpecification, SymbolLayerSpecification } from 'maplibre-gl';
import type { FeatureCollection } from 'geojson';
import type { MapJson } from '../api/types';
import type { Look } from './look';
import type { Palette } from './palette';

/** The first name also says the weight; the rest are what machines have. */
const FONTS = ['Segoe UI', 'Helvetica Neue', 'Arial', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans SC', 'Noto Sans CJK SC'];
const REGULAR = ['Noto Sans', ...FONTS];
const BOLD = ['Noto Sans Bold', ...FONTS];

export const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] };

const look: ExpressionSpecification = ['coalesce', ['feature-state', 'look'], 'unknown'];
const when = (is: Look, then: number): ExpressionSpecification => ['case', ['==', look, is], then, 0];
const wide: ExpressionSpecification = ['boolean', ['feature-state', 'wide'], false];
const chosen: ExpressionSpecification = ['boolean', ['feature-state', 'chosen'], false];
const kind = (...kinds: string[]): ExpressionSpecification => ['in', ['get', 'kind'], ['literal', kinds]];

/** One source a kind of thing, because feature ids count within their own table. */
export interface Setting {
  map: MapJson;
  colours: Palette;
  sensorRadius_px: number;
  /** On a drawing, gates stand where their sensors are: only the sensors are drawn. */
  schematic: boolean;
}

export function styleOf({ map, colours, sensorRadius_px, schematic }: Setting): StyleSpecification {
  const only = (is: string): { type: 'geojson'; data: FeatureCollection } => ({
    type: 'geojson',
    data: { type: 'FeatureCollection', features: map.features.filter((f) => f.properties.is === is) } as FeatureCollection,
  });
  return {
    version: 8,
    sources: {
      scenery: only('scenery'), zones: only('zone'), links: only('link'), gates: only('gate'), sensors: only('sensor'), posts: only('post'),
      signs: { type: 'geojson', data: EMPTY },
      labels: { type: 'geojson', data: EMPTY }, names: { type: 'geojson', data: EMPTY },
    },
    layers: [
      { id: 'land', type: 'background', paint: { 'background-color': colours.land } },
      ...scenery(colours), ...zones(colours), ...links(colours), ...(schematic ? [] : gates()), ...sensors(colours, sensorRadius_px), ...posts(), ...texts(colours, schematic), worstOver(), signs(),
    ],
  };
}

function scenery(c: Palette): LayerSpecification[] {
  const area = (name: string, colour: string): LayerSpecification => ({
    id: `scenery-${name}`, type: 'fill', source: 'scenery', filter: ['all', ['==', ['geometry-type'], 'Polygon'], kind(name)],
    paint: { 'fill-color': colour },
  });
  const width: ExpressionSpecification = ['interpolate', ['exponential', 2], ['zoom'], 13, 1.5, 18, 28];
  return [
    area('water', c.water), area('green', c.green), area('road', c.road), area('building', c.building),
    {
      id: 'scenery-roads', type: 'line', source: 'scenery', filter: ['all', ['==', ['geometry-type'], 'LineString'], kind('road')],
      layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': c.road, 'line-width': width },
    },
    {
      id: 'scenery-rails', type: 'line', source: 'scenery', filter: ['all', ['==', ['geometry-type'], 'LineString'], kind('rail')],
      paint: { 'line-color': c.zoneLine, 'line-width': 1.5, 'line-dasharray': [3, 2] },
    },
    {
      id: 'scenery-waters', type: 'line', source: 'scenery', filter: ['all', ['==', ['geometry-type'], 'LineString'], kind('water')],
      paint: { 'line-color': c.water, 'line-width': 4 },
    },
  ];
}

function byLook(c: Palette): ExpressionSpecification {
  return [
    'match', look, 'caution', c.caution, 'warning', c.warning, 'critical', c.critical, 'closed', c.closed, 'normal', c.zone,
    ['high', 'low'], c.unusual, ['very-high', 'very-low'], c.veryUnusual, ['extremely-high', 'extremely-low'], c.extreme, c.paper,
  ];
}

function zones(c: Palette): LayerSpecification[] {
  const hatch = (is: Look, opacity: ExpressionSpecification): LayerSpecification => ({
    id: `zones-${is}`, type: 'fill', source: 'zones', paint: { 'fill-pattern': `hatch-${is}`, 'fill-opacity': opacity },
  });
  const doubt: ExpressionSpecification = ['case', ['any', ['==', look, 'unknown'], ['boolean', ['feature-state', 'doubt'], false]], 1, 0];
  return [
    { id: 'zones-fill', type: 'fill', source: 'zones', paint: { 'fill-color': byLook(c), 'fill-opacity': 0.92 } },
    hatch('closed', when('closed', 1)), hatch('warning', when('warning', 1)), hatch('critical', when('critical', 1)), hatch('unknown', doubt),
    { id: 'zones-wide', type: 'fill', source: 'zones', paint: { 'fill-pattern': 'hatch-wide', 'fill-opacity': ['case', wide, 1, 0] } },
    {
      id: 'zones-line', type: 'line', source: 'zones',
      paint: {
        'line-color': ['match', look, 'critical', c.ink, 'warning', c.ink, 'caution', c.soft, c.zoneLine],
        'line-width': ['match', look, 'critical', 2.5, 'warning', 1.6, 'caution', 1.2, 0.8],
      },
    },
    {
      id: 'zones-line-unsure', type: 'line', source: 'zones',
      paint: { 'line-color': c.soft, 'line-width': 1.4, 'line-dasharray': [2, 2], 'line-opacity': ['case', ['any', ['==', look, 'unknown'], wide], 1, 0] },
    },
    {
      id: 'zones-chosen', type: 'line', source: 'zones',
      paint: { 'line-color': c.chosen, 'line-width': 4, 'line-opacity': ['case', chosen, 1, 0] },
    },
  ];
}

function links(c: Palette): LayerSpecification[] {
  const line = (id: string, filter: ExpressionSpecification, dash: number[] | null): LayerSpecification => ({
    id, type: 'line', source: 'links', minzoom: 14, filter,
    paint: {
      'line-color': c.soft, 'line-opacity': 0.75, 'line-width': ['interpolate', ['linear'], ['zoom'], 14, 0.8, 18, 3],
      ...(dash && { 'line-dasharray': dash }),
    },
  });
  // A link's kind is a word or, when it carries figures, an object: both name a stair "stair".
  const stair: ExpressionSpecification = ['in', 'stair', ['to-string', ['get', 'kind']]];
  return [
    line('links-level', ['!', stair], null), line('links-stair', stair, [1, 0.6]),
  ];
}

function gates(): LayerSpecification[] {
  return [
    {
      id: 'gates', type: 'symbol', source: 'gates', minzoom: 13.5,
      layout: { 'icon-image': 'gate', 'icon-allow-overlap': true, 'icon-size': ['interpolate', ['linear'], ['zoom'], 13.5, 0.7, 17, 1.3] },
    },
  ];
}

function sensors(c: Palette, radius_px: number): LayerSpecification[] {
  const size: ExpressionSpecification = ['coalesce', ['feature-state', 'size'], 0.3];
  const radius: ExpressionSpecification = ['interpolate', ['linear'], size, 0, radius_px / 5, 1, radius_px];
  return [
    {
      id: 'sensors', type: 'circle', source: 'sensors',
      paint: {
        'circle-radius': radius, 'circle-color': byLook(c),
        'circle-opacity': 0.9,
        'circle-stroke-width': ['match', look, 'critical', 3.5, 'warning', 2.5, 'caution', 1.8, 1.2],
        'circle-stroke-color': ['match', look, 'critical', c.ink, 'warning', c.ink, 'unknown', c.soft, c.soft],
      },
    },
    {
      id: 'sensors-chosen', type: 'circle', source: 'sensors',
      paint: {
        'circle-radius': ['+', radius, 5], 'circle-opacity': 0, 'circle-stroke-width': ['case', chosen, 3, 0],
        'circle-stroke-color': c.chosen,
      },
    },
  ];
}

function posts(): LayerSpecification[] {
  return [
    {
      id: 'posts', type: 'symbol', source: 'posts', minzoom: 15,
      layout: { 'icon-image': 'post', 'icon-allow-overlap': true, 'icon-size': ['interpolate', ['linear'], ['zoom'], 15, 0.7, 18, 1.2] },
      paint: { 'icon-opacity': 0.9 },
    },
  ];
}

/** Unhealthy sensors lie over everything: they say which numbers to doubt. */
function signs(): LayerSpecification {
  return {
    id: 'signs', type: 'symbol', source: 'signs',
    layout: {
      'icon-image': ['concat', 'sensor-', ['get', 'mark']], 'icon-allow-overlap': true, 'icon-offset': ['get', 'offset'],
      'icon-size': ['interpolate', ['linear'], ['zoom'], 13, 0.6, 16, 0.9],
    },
  };
}

/** The sign of a raised level, with its size. */
const LEVEL_ICON = {
  'icon-image': ['concat', 'level-', ['get', 'level']], 'icon-size': ['interpolate', ['linear'], ['zoom'], 13, 0.6, 16, 0.95],
} satisfies SymbolLayerSpecification['layout'];
/** From here on signs of levels may overlap. */
const OVERLAP_ZOOM = 14.5;

/** Labels give room to the worst first, which also draws it lowest: where signs overlap, the worst is drawn again over the others. */
function worstOver(): LayerSpecification {
  return {
    id: 'levels-worst-over', type: 'symbol', source: 'labels', filter: ['>', ['get', 'rank'], 0], minzoom: OVERLAP_ZOOM,
    layout: { ...LEVEL_ICON, 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': ['get', 'rank'] },
  };
}

function texts(c: Palette, schematic: boolean): LayerSpecification[] {
  const halo = { 'text-halo-color': 'rgba(255,255,255,0.85)', 'text-halo-width': 1.6 } as const;
  const bold = { 'text-font': ['literal', BOLD] } satisfies object;
  // The interval stands under its estimate, smaller; without one there is no empty line.
  const span: ExpressionSpecification = ['case', ['==', ['get', 'span'], ''], '', ['concat', '\n', ['get', 'span']]];
  const smaller = { 'font-scale': 0.82 };
  const text: ExpressionSpecification = [
    'case', ['==', ['get', 'note'], ''], ['get', 'text'],
    ['format', ['get', 'text'], { 'font-scale': 0.9 }, '\n', {}, ['get', 'note'], bold as never, span, smaller],
  ];
  const far: ExpressionSpecification = ['format', ['get', 'far'], {}, span, smaller];
  return [
    {
      id: 'names', type: 'symbol', source: 'names', filter: ['==', ['geometry-type'], 'Point'],
      layout: {
        'text-field': ['get', 'text'], 'text-font': REGULAR, 'text-size': ['match', ['get', 'kind'], 'label', 14, 'water', 14, 11],
        'text-letter-spacing': 0.06, 'text-max-width': 8, 'text-offset': schematic ? [0, -0.9] : [0, 0],
      },
      paint: { 'text-color': c.soft, 'text-halo-color': 'rgba(255,255,255,0.5)', 'text-halo-width': 1 },
    },
    {
      id: 'names-lines', type: 'symbol', source: 'names', filter: ['==', ['geometry-type'], 'LineString'],
      layout: {
        'text-field': ['get', 'text'], 'text-font': REGULAR, 'text-size': 11, 'symbol-placement': 'line', 'text-letter-spacing': 0.05,
      },
      paint: { 'text-color': c.soft, 'text-halo-color': 'rgba(255,255,255,0.7)', 'text-halo-width': 1 },
    },
    {
      id: 'labels-calm', type: 'symbol', source: 'labels', filter: ['==', ['get', 'rank'], 0], minzoom: 13.5,
      layout: {
        'text-field': ['step', ['zoom'], far, 16.2, text],
        'text-font': REGULAR, 'text-size': 11, 'text-max-width': 7, 'text-padding': 4,
        'text-anchor': ['get', 'anchor'], 'text-offset': ['get', 'offset'], 'symbol-sort-key': ['-', 0, ['get', 'weight']],
      },
      paint: { 'text-color': c.ink, ...halo },
    },
    {
      id: 'labels-raised', type: 'symbol', source: 'labels', filter: ['>', ['get', 'rank'], 0],
      layout: {
        ...LEVEL_ICON, 'icon-allow-overlap': ['step', ['zoom'], false, OVERLAP_ZOOM, true],
        'symbol-sort-key': ['-', 0, ['get', 'rank']],
        'text-field': text,
        'text-font': REGULAR, 'text-size': 12, 'text-anchor': ['get', 'anchor'], 'text-offset': ['get', 'offset'], 'text-justify': 'auto',
        'text-max-width': 12, 'text-optional': true, 'text-padding': 3,
      },
      paint: { 'text-color': c.ink, ...halo },
    },
  ];
}
