import { describe, expect, test } from 'vitest';
import { Connection, DEAD_AFTER_MS, WAITS_MS, type Link, type StreamWorld } from './connection';

type Serve = (lastId: string | undefined) => { text: string; stays?: boolean } | null;

/** Runs a connection against answers served one by one; it stops when they run out. */
async function check(serve: Serve[]): Promise<{ ids: (string | null)[]; asked: (string | undefined)[]; links: Link[]; waits: number[]; sites: number }> {
  const stop = new AbortController();
  const seen = { ids: [] as (string | null)[], asked: [] as (string | undefined)[], links: [] as Link[], waits: [] as number[], sites: 0 };
  let turn = 0;
  const world: StreamWorld = {
    fetch: (_url, init) => {
      const lastId = (init.headers as Record<string, string>)['last-event-id'];
      const next = serve[turn++];
      if (!next) {
        stop.abort();
        return Promise.reject(new Error('stopped'));
      }
      seen.asked.push(lastId);
      const answer = next(lastId);
      if (!answer) return Promise.reject(new Error('refused'));
      const body = new ReadableStream<Uint8Array>({
        start(c) {
          c.enqueue(new TextEncoder().encode(answer.text));
          if (answer.stays) init.signal?.addEventListener('abort', () => c.error(new Error('aborted')));
          else c.close();
        },
      });
      return Promise.resolve(new Response(body));
    },
    wait: (ms) => {
      seen.waits.push(ms);
      return Promise.resolve();
    },
    after: (ms, then) => {
      expect(ms).toBe(DEAD_AFTER_MS);
      const timer = setTimeout(then, 20);
      return () => clearTimeout(timer);
    },
  };
  const ends = {
    frame: (frame: { id: string | null }) => seen.ids.push(frame.id),
    link: (link: Link) => seen.links.push(link),
    site: () => { seen.sites += 1; },
  };
  await new Connection('/v1/events', ends, world).run(stop.signal);
  return seen;
}

const event = (id: string, name = 'values'): string => `id: ${id}\nevent: ${name}\ndata: {}\n\n`;

describe('connection', () => {
  test('it resumes after the last frame it took', async () => {
    const seen = await check([() => ({ text: event('a-1', 'view') + event('a-2') }), () => ({ text: event('a-3') })]);
    expect(seen.asked).toEqual([undefined, 'a-2']);
    expect(seen.ids).toEqual(['a-1', 'a-2', 'a-3']);
  });

  test('a reset starts anew without a last id and without counting as lost', async () => {
    const seen = await check([
      () => ({ text: event('a-1', 'view') }),
      () => ({ text: 'event: reset\ndata: {"why":"epoch"}\n\n' + event('never') }),
      () => ({ text: event('b-1', 'view') }),
    ]);
    expect(seen.asked).toEqual([undefined, 'a-1', undefined]);
    expect(seen.ids).toEqual(['a-1', 'a-1', 'b-1'].map((id, i) => (i === 1 ? null : id)));
  });

  test('a refused connection is tried again with growing waits', async () => {
    const refuse: Serve = () => null;
    const seen = await check([refuse, refuse, refuse, refuse, refuse]);
    expect(seen.waits.slice(0, 5)).toEqual([...WAITS_MS, WAITS_MS.at(-1)]);
    expect(seen.links.at(1)).toEqual({ state: 'lost', attempts: 1 });
  });

  test('a connection that falls silent is given up and resumed', async () => {
    const seen = await check([() => ({ text: event('a-1', 'view'), stays: true }), () => ({ text: event('a-2') })]);
    expect(seen.asked).toEqual([undefined, 'a-1']);
    expect(seen.ids).toEqual(['a-1', 'a-2']);
  });

  test('a changed site is told and viewed anew', async () => {
    const seen = await check([() => ({ text: event('a-1', 'site'), stays: true }), () => ({ text: event('a-2', 'view') })]);
    expect(seen.sites).toBe(1);
    expect(seen.asked).toEqual([undefined, undefined]);
    expect(seen.ids).toEqual(['a-2']);
  });
});
