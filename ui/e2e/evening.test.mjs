// The page against the real server: the simulated evening at the Bund.
// Not here: what the page does whatever the server (page.test.mjs).
// Invariant: every wait is for something the page shows; the server is killed for real.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, SIZES } from './browser.mjs';
import { evening } from './server.mjs';
import { assertNoGap, axeFindsNothing, frames, waitFor } from './support.mjs';

let browser;
let city;
before(async () => {
  browser = await launch();
  city = await evening({ speed: 60 });
});
after(async () => {
  await browser?.close();
  await city?.stop();
});

const highest = (list) => list.reduce((most, frame) => Math.max(most, frame.seq ?? 0), 0);
const openWarnings = async () => (await city.view()).warnings.filter((warning) => warning.closed_at === null);

test('the evening unfolds: site time runs, people gather, a warning comes', async () => {
  const { page, context, problems } = await open(browser, city.url);
  await page.locator('.band.simulated').waitFor();
  await page.getByRole('heading', { level: 1, name: 'The Bund' }).waitFor();
  const clock = page.locator('header time');
  const first = await clock.textContent();
  await waitFor('the clock to move', async () => (await clock.textContent()) !== first);
  await page.getByRole('button', { name: /Waterfront core/ }).waitFor();
  await city.clock({ speed: 600 });
  await page.locator('article[data-warning]').first().waitFor({ timeout: 60_000 });
  await city.clock({ speed: 60 });
  assertNoGap(await frames(page));
  assert.deepEqual(problems, []);
  await context.close();
});

test('a group shows its last hours, with their interval', async () => {
  const { page, context, problems } = await open(browser, city.url);
  await page.getByRole('button', { name: /Waterfront core/ }).click();
  const chart = page.locator('section.place figure');
  await chart.getByText('Last 3 h', { exact: true }).waitFor();
  const { points, unit } = await fetch(`${city.url}v1/history?series=group/waterfront`).then((answer) => answer.json());
  assert.equal(unit, 'people');
  assert.ok(points.length > 0 && points.every((point) => point.p05 <= point.people && point.people <= point.p95));
  await waitFor('the chart', () => chart.locator('canvas').count());
  assert.deepEqual(problems, []);
  await context.close();
});

test('a warning is acknowledged and stays so after a reload and a kill', async () => {
  const { page, context } = await open(browser, city.url);
  await waitFor('a warning to acknowledge', async () => (await openWarnings()).some((warning) => !warning.acknowledged), { timeout: 60_000 });
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  const id = await page.locator('article.waiting').first().getAttribute('data-warning');
  const article = page.locator(`[data-warning="${id}"]`);
  await article.getByRole('button', { name: 'Acknowledge' }).click();
  await article.getByText('Acknowledged by local').waitFor();
  await page.reload();
  await article.getByText('Acknowledged by local').waitFor();
  await city.kill();
  await city.start();
  await page.reload();
  const kept = await waitFor('the warning after the kill', async () => (await city.view()).warnings.find((warning) => String(warning.id) === id));
  assert.equal(kept.acknowledged?.by, 'local');
  await context.close();
});

test('a server that stops answering is said, and the stream resumes after the last frame', async () => {
  await city.clock({ paused: false, speed: 60 });
  const { page, context } = await open(browser, city.url);
  await waitFor('values', async () => (await frames(page)).length > 20);
  city.signal('SIGSTOP');
  await page.locator('[role=alertdialog] [data-age]').waitFor({ timeout: 20_000 });
  city.signal('SIGCONT');
  await page.locator('[role=alertdialog]').waitFor({ state: 'detached', timeout: 20_000 });
  const before = (await frames(page)).length;
  await waitFor('more frames', async () => (await frames(page)).length > before + 20);
  const seen = await frames(page);
  assert.equal(seen.filter((frame) => frame.event === 'view').length, 1, 'it resumed: no second view was needed');
  assertNoGap(seen);
  await context.close();
});

test('the server is killed and restarted: the page says so, then resumes with no gap', async () => {
  const { page, context } = await open(browser, city.url);
  await waitFor('values', async () => (await frames(page)).length > 20);
  await city.kill();
  const age = page.locator('[role=alertdialog] [data-age]');
  await age.waitFor({ timeout: 20_000 });
  const before = await frames(page);
  await city.start();
  await page.locator('[role=alertdialog]').waitFor({ state: 'detached', timeout: 30_000 });
  await waitFor('frames after the restart', async () => (await frames(page)).length > before.length + 10);
  const after = (await frames(page)).slice(before.length);
  const view = after.find((frame) => frame.event === 'view');
  assert.ok(view, 'another epoch means a new view');
  assert.ok(view.seq >= highest(before), `the view at ${view.seq} holds all that was seen up to ${highest(before)}`);
  assertNoGap(await frames(page));
  await context.close();
});

for (const [name, size] of Object.entries(SIZES)) {
  for (const [lang, title] of [['en', 'The Bund'], ['zh-CN', '外滩']]) {
    test(`the evening in ${lang} at ${name} size: axe finds nothing`, async () => {
      const { page, context } = await open(browser, city.url, { size, lang });
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      await axeFindsNothing(page, 'first screen');
      if (name === 'tablet') await page.locator('.tabs button').nth(1).click();
      await page.locator('section[aria-labelledby=places-title] li button').first().click();
      await page.locator('section.place').waitFor();
      await axeFindsNothing(page, 'a place chosen');
      await context.close();
    });
  }
}
