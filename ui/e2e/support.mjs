// What several end-to-end tests ask of the page.
// Not here: servers, browsers.
// Invariant: the page is judged by what it shows and by its own trace, never by its insides.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Asserts that axe finds nothing on the page as it is. */
export async function axeFindsNothing(page, where) {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return violations.map((of) => `${of.id}: ${of.nodes.map((node) => `${node.target.join(' ')} — ${node.failureSummary}`).join(' | ')}`);
  });
  assert.deepEqual(found, [], where);
}

export const frames = (page) => page.evaluate(() => window.__yiwang.frames);

export async function waitFor(what, check, { timeout = 20_000 } = {}) {
  const end = Date.now() + timeout;
  for (;;) {
    const got = await check();
    if (got) return got;
    assert.ok(Date.now() < end, `waited ${timeout} ms for: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** The frames after the last view: their ids count up by one, none missing and none twice. */
export function assertNoGap(frames) {
  const last = frames.findLastIndex((frame) => frame.event === 'view');
  assert.ok(last >= 0, 'a view came');
  let [epoch, n] = parts(frames[last].id);
  for (const frame of frames.slice(last + 1)) {
    const [of, next] = parts(frame.id);
    assert.equal(of, epoch, `one epoch until a new view: ${frame.id}`);
    assert.equal(next, n + 1, `after ${epoch}-${n} came ${frame.id}`);
    n = next;
  }
  return frames.length - last - 1;
}

function parts(id) {
  const dash = String(id).lastIndexOf('-');
  return [id.slice(0, dash), Number(id.slice(dash + 1))];
}

export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
