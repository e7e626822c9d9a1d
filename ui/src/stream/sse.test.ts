import { describe, expect, test } from 'vitest';
import { FrameReader, readFrames, type Frame } from './sse';

const text = 'id: e-1\nevent: values\ndata: {"a":1}\n\n: ping\r\n\r\nid: e-2\r\ndata: 外\r\ndata: 滩\r\n\r\n';
const frames: Frame[] = [
  { id: 'e-1', event: 'values', data: '{"a":1}' },
  { id: 'e-2', event: 'message', data: '外\n滩' },
];

describe('frame reader', () => {
  test('a stream cut at every place gives the same frames', () => {
    for (let cut = 0; cut <= text.length; cut++) {
      const reader = new FrameReader();
      expect([...reader.push(text.slice(0, cut)), ...reader.push(text.slice(cut))]).toEqual(frames);
    }
  });

  test('one character at a time gives the same frames', () => {
    const reader = new FrameReader();
    expect([...text].flatMap((c) => reader.push(c))).toEqual(frames);
  });

  test('a frame without its blank line is not handed over', () => {
    expect(new FrameReader().push('id: e-3\ndata: half')).toEqual([]);
  });

  test('an id stays until the next one', () => {
    expect(new FrameReader().push('id: e-1\ndata: a\n\ndata: b\n\n').map((f) => f.id)).toEqual(['e-1', 'e-1']);
  });

  test('bytes cut inside a character are read whole', async () => {
    const bytes = new TextEncoder().encode(text);
    const body = new ReadableStream<Uint8Array>({
      start(c) {
        for (const byte of bytes) c.enqueue(Uint8Array.of(byte));
        c.close();
      },
    });
    const got: Frame[] = [];
    await readFrames(body, (f) => got.push(f), () => {});
    expect(got).toEqual(frames);
  });
});
