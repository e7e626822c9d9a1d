// The live state of the page: frames collected as they come, folded into the picture once a frame of the screen.
// Not here: what a frame changes (reduce.ts), how it is drawn.
// Invariant: the picture is replaced at most once a screen frame, and always from frames in order.
import * as api from '../api/client';
import { Connection, type Link } from '../stream/connection';
import type { Frame } from '../stream/sse';
import { changeOf, reduce, type Change } from './reduce';
import type { Picture } from './picture';
import { siteOf, type Site } from './site';
import { Trace } from './trace';

/** A hidden tab draws no frames but must still sound: it folds this often, ms. */
const HIDDEN_FLUSH_MS = 250;

export class Live {
  picture = $state.raw<Picture | null>(null);
  site = $state.raw<Site | null>(null);
  link = $state.raw<Link>({ state: 'connecting' });
  /** When the last frame came, ms of the browser's own clock (performance.now). */
  heardAt = $state.raw(0);
  /** When site time last moved, ms of the browser's own clock. */
  movedAt = $state.raw(0);
  /** Why the site could not be loaded. */
  trouble = $state.raw<string | null>(null);

  readonly trace = new Trace();
  private queue: Change[] = [];
  private oldest = 0;
  private due = false;
  private loading = false;

  /** Loads the site and follows the stream until `stop` is aborted. */
  start(stop: AbortSignal): void {
    this.loading = true;
    void this.load(stop);
    const connection = new Connection('/v1/events', {
      frame: (frame) => this.take(frame),
      link: (link) => { this.link = link; },
      site: () => {
        this.loading = true;
        void this.load(stop);
      },
    });
    void connection.run(stop);
  }

  private async load(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      try {
        const [json, map, zones, streams] = await Promise.all([api.site(), api.map(), api.zones(), api.datastreams()]);
        this.site = siteOf(json, map, zones, streams);
        this.trouble = null;
        this.loading = false;
        this.schedule();
        return;
      } catch (error) {
        this.trouble = api.reasonOf(error);
        await new Promise((done) => setTimeout(done, 1000));
      }
    }
  }

  private take(frame: Frame): void {
    this.trace.frame(frame);
    const change = changeOf(frame.event, frame.data);
    const now = performance.now();
    if (this.queue.length === 0) this.oldest = now;
    if (change) this.queue.push(change);
    this.schedule();
  }

  private schedule(): void {
    if (this.due || this.loading) return;
    this.due = true;
    if (document.hidden) setTimeout(() => this.flush(), HIDDEN_FLUSH_MS);
    else requestAnimationFrame(() => this.flush());
  }

  private flush(): void {
    this.due = false;
    if (this.queue.length === 0) return;
    const started = performance.now();
    const changes = this.queue;
    this.queue = [];
    const before = this.picture?.siteTime;
    this.picture = reduce(this.picture, changes);
    if (this.picture?.siteTime !== before || this.picture?.paused) this.movedAt = started;
    this.heardAt = started;
    this.trace.flush(changes.length, started - this.oldest, this.picture?.seq ?? 0);
  }
}
