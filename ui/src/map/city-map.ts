// The map: MapLibre with the site's geometry, painted from pictures.
// Not here: what a look means (look.ts), layers (style.ts), text (labels.ts).
// Invariant: only what changed is painted; text is laid out at most once a second.
import maplibregl from './maplibre';
import type { AttributionControl, GeoJSONSource, Map as MapLibre, MapMouseEvent } from 'maplibre-gl';
import type { FeatureCollection } from 'geojson';
import type { Picture } from '../state/picture';
import { boundsOf, split, type Site } from '../state/site';
import { labels, names, sensorsAlone, signs, type Speaker } from './labels';
import { changed, sensorLook, zoneLook } from './look';
import { palette } from './palette';
import { drawings } from './patterns';
import { styleOf } from './style';

/** Text is laid out again at most this often, ms: numbers that flicker cannot be read. */
const LABELS_EVERY_MS = 1000;
/** Half the side of the square in which a touch finds a place, px. */
const REACH_PX = 10;
/** Room left around the site, px. */
const MARGIN_PX = 36;
/** Radius of a sensor at its critical threshold, px: the most alone on the map, and beside zones. */
const SENSORS_ALONE_PX = 20;
const SENSORS_BESIDE_PX = 8;
/** Share of a sensor's room on the map that its radius may take, so that neighbours do not hide each other. */
const SENSOR_SHARE = 0.2;
const CLICKABLE = ['signs', 'sensors', 'posts', 'gates', 'zones-fill'];

export interface MapEnds {
  chosen(place: string | null): void;
  drawn(): void;
  /** A source of texts or signs was laid out anew. */
  wrote(source: string, data: FeatureCollection): void;
}

export class CityMap {
  private readonly map: MapLibre;
  private readonly bounds: [number, number, number, number];
  private readonly zoneIds: Map<string, number>;
  private readonly sensorIds: Map<string, number>;
  private readonly painted = new Map<string, string>();
  private before: Picture | null = null;
  private readonly clickable: string[];
  private ready = false;
  private speak: Speaker;
  private readonly written = new Map<string, string>();
  private labelsAt = 0;
  private labelsDue: ReturnType<typeof setTimeout> | null = null;
  private attribution: AttributionControl | null = null;
  private marked: { source: string; id: number } | null = null;

  constructor(private readonly site: Site, into: HTMLElement, speak: Speaker, private readonly ends: MapEnds) {
    this.speak = speak;
    this.bounds = boundsOf(site);
    this.zoneIds = idsOf(site, 'zone');
    this.sensorIds = idsOf(site, 'sensor');
    const schematic = site.json.layout === 'schematic';
    this.clickable = schematic ? CLICKABLE.filter((layer) => layer !== 'gates') : CLICKABLE;
    this.map = new maplibregl.Map({
      container: into, style: styleOf({ map: site.map, colours: palette(), sensorRadius_px: sensorRadius_px(site, into), schematic }), bounds: this.bounds,
      fitBoundsOptions: { padding: MARGIN_PX }, attributionControl: false, dragRotate: false, pitchWithRotate: false,
      touchPitch: false, maxZoom: 21, fadeDuration: 0, renderWorldCopies: false,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.attribute();
    if (!schematic) this.map.addControl(new maplibregl.ScaleControl({ maxWidth: 120 }), 'bottom-left');
    for (const drawn of drawings(palette())) this.map.addImage(drawn.name, drawn.image, { pixelRatio: drawn.pixelRatio });
    this.map.on('click', (event) => this.click(event));
    this.map.on('mousemove', (event) => this.hover(event));
    this.map.on('load', () => {
      this.ready = true;
      this.speakOf(this.speak);
      if (this.before) this.repaint(this.before);
      this.map.once('idle', () => ends.drawn());
    });
  }

  /** Paints what changed since the last picture. */
  paint(picture: Picture): void {
    const before = this.before;
    this.before = picture;
    if (!this.ready) return;
    for (const [, zone] of changed(before?.zones.items ?? null, picture.zones.items)) {
      this.state('zones', this.zoneIds.get(zone.id), zoneLook(zone));
    }
    if (this.sensorIds.size > 0) {
      for (const [, stream] of changed(before?.datastreams.items ?? null, picture.datastreams.items)) {
        const id = this.sensorIds.get(stream.id);
        if (id !== undefined) this.state('sensors', id, sensorLook(stream, this.site.datastreams.get(stream.id)?.levels ?? null));
      }
    }
    this.label();
  }

  private repaint(picture: Picture): void {
    this.before = null;
    this.paint(picture);
  }

  private state(source: string, id: number | undefined, state: object): void {
    if (id === undefined) return;
    const [key, text] = [`${source} ${id}`, JSON.stringify(state)];
    if (this.painted.get(key) === text) return;
    this.painted.set(key, text);
    this.map.setFeatureState({ source, id }, state);
  }

  private label(): void {
    if (this.labelsDue !== null) return;
    const wait = Math.max(0, this.labelsAt + LABELS_EVERY_MS - performance.now());
    this.labelsDue = setTimeout(() => {
      this.labelsDue = null;
      this.labelsAt = performance.now();
      if (!this.before) return;
      this.set('labels', labels(this.site, this.before, this.speak));
      this.set('signs', signs(this.site, this.before));
    }, wait);
  }

  /** Lays out a source again if it says anything new. */
  private set(source: string, data: FeatureCollection): void {
    const text = JSON.stringify(data);
    if (text === this.written.get(source)) return;
    this.written.set(source, text);
    this.ends.wrote(source, data);
    void this.map.getSource<GeoJSONSource>(source)?.setData(data);
  }

  /** Writes the map anew in a language. */
  speakOf(speak: Speaker): void {
    this.speak = speak;
    this.attribute();
    if (!this.ready) return;
    this.set('names', names(this.site.map, speak));
    this.labelsAt = 0;
    this.label();
  }

  /** Says where the site's map comes from: the site's own words, with what they are in the reader's language. */
  private attribute(): void {
    if (this.attribution) this.map.removeControl(this.attribution);
    const text = this.site.json.attribution;
    this.attribution = new maplibregl.AttributionControl({ compact: false, customAttribution: text ? escaped(`${this.speak.attribution}: ${text}`) : '' });
    this.map.addControl(this.attribution, 'bottom-right');
  }

  /** Marks a place, and moves it into sight when it is out of it. */
  mark(place: string | null): void {
    const [kind, id] = split(place);
    const at = kind === 'zone' ? this.zoneIds.get(id) : kind === 'datastream' ? this.sensorIds.get(id) : undefined;
    if (this.marked) this.map.removeFeatureState(this.marked, 'chosen');
    this.marked = at === undefined ? null : { source: kind === 'zone' ? 'zones' : 'sensors', id: at };
    if (this.marked) this.map.setFeatureState(this.marked, { chosen: true });
    const where = kind === 'zone' ? this.site.zones.get(id)?.centre : this.site.sensors.get(id);
    if (where && !this.map.getBounds().contains(where)) this.map.easeTo({ center: where });
  }

  zoom(by: 1 | -1): void {
    if (by === 1) this.map.zoomIn();
    else this.map.zoomOut();
  }

  fit(): void {
    this.map.fitBounds(this.bounds, { padding: MARGIN_PX });
  }

  resize(): void {
    this.map.resize();
  }

  remove(): void {
    if (this.labelsDue !== null) clearTimeout(this.labelsDue);
    this.map.remove();
  }

  private click(event: MapMouseEvent): void {
    this.ends.chosen(this.placeAt(event));
  }

  private hover(event: MapMouseEvent): void {
    const over = this.map.queryRenderedFeatures(event.point, { layers: this.clickable }).length > 0;
    this.map.getCanvas().style.cursor = over ? 'pointer' : '';
  }

  private placeAt({ point: { x, y } }: MapMouseEvent): string | null {
    const options = { layers: this.clickable };
    const exact = this.map.queryRenderedFeatures([x, y], options);
    const near = exact.length > 0 ? exact : this.map.queryRenderedFeatures([[x - REACH_PX, y - REACH_PX], [x + REACH_PX, y + REACH_PX]], options);
    const hit = near[0];
    if (!hit) return null;
    const id = String(hit.properties.id ?? '');
    if (hit.layer.id === 'sensors' || hit.layer.id === 'signs') return `datastream/${id}`;
    if (hit.layer.id === 'gates' || hit.layer.id === 'posts') return `zone/${String(hit.properties.zone)}`;
    return `zone/${id}`;
  }
}

/** The radius at which the site's sensors fit side by side into the map. */
function sensorRadius_px(site: Site, into: HTMLElement): number {
  if (!sensorsAlone(site)) return SENSORS_BESIDE_PX;
  const sensors = Math.max(1, site.map.features.filter((feature) => feature.properties.is === 'sensor').length);
  const room_px = Math.sqrt((into.clientWidth * into.clientHeight) / sensors);
  return Math.min(SENSORS_ALONE_PX, Math.max(SENSORS_BESIDE_PX, room_px * SENSOR_SHARE));
}

function idsOf(site: Site, is: 'zone' | 'sensor'): Map<string, number> {
  const ids = new Map<string, number>();
  for (const { id, properties } of site.map.features) if (properties.is === is) ids.set(properties.id, id);
  return ids;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
