// The map's layers: which sign lies over which.
// Not here: the browser that draws them (e2e/).
// Invariant: no expectation depends on a colour.
import { describe, expect, test } from 'vitest';
import type { Palette } from './palette';
import { styleOf } from './style';

const colours = new Proxy({}, { get: () => '#000000' }) as Palette;

describe('layers', () => {
  test('of signs at one place the worst is drawn last', () => {
    const { layers } = styleOf({ map: { type: 'FeatureCollection', features: [] }, colours, sensorRadius_px: 8, schematic: false });
    const raised = layers.filter((layer) => layer.type === 'symbol' && layer.source === 'labels' && layer.layout?.['icon-image']);
    const last = raised.at(-1);
    expect(last?.layout).toMatchObject({ 'symbol-sort-key': ['get', 'rank'], 'icon-allow-overlap': true });
  });
});
