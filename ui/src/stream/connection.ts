// The page's one event stream: it connects, resumes after the last frame it took, and starts anew on `reset`.
// Not here: what frames mean (state/reduce.ts), how a lost connection looks (panels/Lost.svelte).
// Invariant: between two views every frame is handed over once, in order; a silent connection counts as lost.
import { readFrames, type Frame } from './sse';

/** No byte for so long means the connection is dead: the server's clock speaks at least once a second. */
export const DEAD_AFTER_MS = 4000;
/** Waits between attempts, ms; the last one repeats. */
export const WAITS_MS: readonly number[] = [250, 500, 1000, 2000];
/** Wait before asking for a new view after `reset`, ms: a server that resets at once is not stormed. */
export const ANEW_WAIT_MS = 100;

export type Link =
  | { state: 'connecting' }
  | { state: 'open' }
  | { state: 'lost'; attempts: number };

export interface StreamEnds {
  /** A frame arrived. */
  frame(frame: Frame): void;
  /** The connection changed. */
  link(link: Link): void;
  /** The site itself changed, so everything must be asked for again. */
  site(): void;
}

/** What the connection needs from the outside; tests give their own. */
export interface StreamWorld {
  fetch(url: string, init: RequestInit): Promise<Response>;
  wait(ms: number): Promise<void>;
  /** Calls `then` after `ms`; returns how to call it off. */
  after(ms: number, then: () => void): () => void;
}

export const browserWorld: StreamWorld = {
  fetch: (url, init) => fetch(url, init),
  wait: (ms) => new Promise((done) => setTimeout(done, ms)),
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

/** Runs the stream until `stop` is aborted. */
export class Connection {
  private lastId: string | null = null;
  private attempts = 0;
  private opened = false;
  private anew = false;
  private current: AbortController | null = null;

  constructor(
    private readonly url: string,
    private readonly ends: StreamEnds,
    private readonly world: StreamWorld = browserWorld,
  ) {}

  async run(stop: AbortSignal): Promise<void> {
    stop.addEventListener('abort', () => this.current?.abort());
    this.ends.link({ state: 'connecting' });
    while (!stop.aborted) {
      const anew = await this.once();
      this.opened = false;
      if (stop.aborted) return;
      if (anew) {
        await this.world.wait(ANEW_WAIT_MS);
        continue;
      }
      this.attempts += 1;
      this.ends.link({ state: 'lost', attempts: this.attempts });
      await this.world.wait(WAITS_MS[Math.min(this.attempts, WAITS_MS.length) - 1] ?? 0);
    }
  }

  /** One connection from start to end; true when the server asked for a new view. */
  private async once(): Promise<boolean> {
    const abort = new AbortController();
    this.current = abort;
    let callOff = (): void => {};
    const alive = (): void => {
      callOff();
      callOff = this.world.after(DEAD_AFTER_MS, () => abort.abort());
    };
    alive();
    try {
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (this.lastId !== null) headers['last-event-id'] = this.lastId;
      const answer = await this.world.fetch(this.url, { headers, signal: abort.signal, cache: 'no-store' });
      if (answer.ok && answer.body) await readFrames(answer.body, (frame) => this.take(frame), alive);
    } catch {
      // A broken connection and one that never was are the same to the officer: lost.
    } finally {
      callOff();
      abort.abort();
    }
    const anew = this.anew;
    this.anew = false;
    return anew;
  }

  private take(frame: Frame): void {
    if (this.anew) return;
    if (!this.opened) this.ends.link({ state: 'open' });
    this.opened = true;
    this.attempts = 0;
    this.anew = frame.event === 'reset' || frame.event === 'site';
    this.lastId = this.anew ? null : (frame.id ?? this.lastId);
    if (frame.event === 'site') this.ends.site();
    else this.ends.frame(frame);
    if (this.anew) this.current?.abort();
  }
}
