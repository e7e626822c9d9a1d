// A reader of text/event-stream: bytes in, frames out.
// Not here: connecting and resuming (connection.ts), what a frame means (state/reduce.ts).
// Invariant: a frame cut anywhere, even inside a character, comes out whole and once.

/** One event of a stream. */
export interface Frame { id: string | null; event: string; data: string }

/** Splits text that comes in pieces into frames, after the HTML standard's event-stream grammar. */
export class FrameReader {
  private rest = '';
  private id: string | null = null;
  private event = '';
  private data: string[] = [];

  /** Takes the next piece of text and returns the frames it completes. */
  push(text: string): Frame[] {
    const frames: Frame[] = [];
    this.rest += text;
    // A carriage return at the very end may be half of a line end: it waits for the next piece.
    const usable = this.rest.endsWith('\r') ? this.rest.length - 1 : this.rest.length;
    let start = 0;
    for (const end of this.rest.slice(0, usable).matchAll(/\r\n|\n|\r/g)) {
      const frame = this.line(this.rest.slice(start, end.index));
      if (frame) frames.push(frame);
      start = end.index + end[0].length;
    }
    this.rest = this.rest.slice(start);
    return frames;
  }

  private line(line: string): Frame | null {
    if (line === '') return this.dispatch();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.event = value;
    else if (field === 'id' && !value.includes('\0')) this.id = value;
    return null;
  }

  private dispatch(): Frame | null {
    const frame = { id: this.id, event: this.event || 'message', data: this.data.join('\n') };
    const empty = this.data.length === 0;
    this.event = '';
    this.data = [];
    return empty ? null : frame;
  }
}

/** Reads a response body to its end, handing over frames as they complete. */
export async function readFrames(
  body: ReadableStream<Uint8Array>, take: (frame: Frame) => void, alive: () => void,
): Promise<void> {
  const reader = new FrameReader();
  const decoder = new TextDecoder();
  const chunks = body.getReader();
  for (;;) {
    const { done, value } = await chunks.read();
    if (done) return;
    alive();
    for (const frame of reader.push(decoder.decode(value, { stream: true }))) take(frame);
  }
}
