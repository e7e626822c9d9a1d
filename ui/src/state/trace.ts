// What the page did with the stream, for tests and for anyone who asks in the browser's console.
// Not here: anything the page itself needs.
// Invariant: bounded; it never holds more than LIMIT frames or flushes.
import type { Frame } from '../stream/sse';

/** The most frames and flushes kept. */
const LIMIT = 20_000;

export interface SeenFrame { id: string | null; event: string; seq: number | null; at: number }
export interface SeenFlush { changes: number; waited_ms: number; seq: number; at: number }

declare global {
  interface Window { __yiwang?: Trace }
}

export class Trace {
  frames: SeenFrame[] = [];
  flushes: SeenFlush[] = [];
  /** What is written and signed on the map, by source. */
  map: Record<string, unknown> = {};
  /** True once the map has drawn the site. */
  drawn = false;
  /** How long the page took to draw, ms from a flush to the frame after it. */
  paints: number[] = [];
  /** Sounds played or held back, by level. */
  sounds: string[] = [];

  frame(frame: Frame): void {
    const seq = /"seq":(\d+)/.exec(frame.data.slice(0, 4096))?.[1];
    keep(this.frames, {
      id: frame.id, event: frame.event, seq: seq === undefined ? null : Number(seq), at: performance.now(),
    });
  }

  flush(changes: number, waited_ms: number, seq: number): void {
    const at = performance.now();
    keep(this.flushes, { changes, waited_ms, seq, at });
    requestAnimationFrame(() => keep(this.paints, performance.now() - at));
  }
}

function keep<T>(list: T[], item: T): void {
  if (list.length >= LIMIT) list.splice(0, LIMIT / 2);
  list.push(item);
}
