// MapLibre with its worker served from the page's own origin.
// Not here: the map itself (city-map.ts).
// Invariant: nothing is fetched from anywhere else.
import { AttributionControl, Map, ScaleControl, setWorkerUrl } from 'maplibre-gl';
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import 'maplibre-gl/dist/maplibre-gl.css';

setWorkerUrl(worker);

export default { AttributionControl, Map, ScaleControl };
