// The page against the load fixture: what it must do whatever the server.
// Not here: the evening and the real server (evening.test.mjs).
// Invariant: needs only node and Chromium.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startFixture } from '../dev/load-fixture.mjs';
import { launch, open, SIZES } from './browser.mjs';
import { assertNoGap, axeFindsNothing, frames, quantile, waitFor } from './support.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });

/** Runs against a fixture of its own. */
async function withPage(of, run) {
  const fixture = await startFixture(of.fixture ?? {});
  const opened = await open(browser, fixture.url, of);
  try {
    await run({ fixture, ...opened });
  } finally {
    await opened.context.close();
    await fixture.stop();
  }
}

const chooseFirstPlace = async (page, size) => {
  if (size === SIZES.tablet) await page.locator('.tabs button').nth(1).click();
  await page.locator('section[aria-labelledby=places-title] li button').first().click();
  await page.locator('section.place').waitFor();
};
/** A precursor with its numbers and the nearest post. */
const HELD_BACK = {
  cause: { place: 'zone/z21', kind: 'held-back' },
  evidence: {
    observations: [{ datastream: 'feed-28', phenomenon_time: '2019-10-02T10:00:00Z' }], human: null,
    figures: [{ kind: 'arriving_per_s', value: 7.5 }, { kind: 'capacity_per_s', value: 5 }, { kind: 'waiting_people', value: 820 }],
    post: { id: 'post-12', name: { 'zh-CN': '十二号岗', en: 'Post 12' } },
  },
};
/** The one zone that an officer has bounded and reported from. */
const REPORTED_ZONE = 'Levee 0-3';
const chooseReportedZone = async (page) => {
  await page.locator('input[type=search]').fill(REPORTED_ZONE);
  await page.locator('section[aria-labelledby=places-title] li button').first().click();
  await page.locator('section.place .officer').waitFor();
};

for (const [name, size] of Object.entries(SIZES)) {
  for (const lang of ['en', 'zh-CN']) {
    test(`axe finds nothing at ${name} size in ${lang}`, () => withPage({ size, lang }, async ({ fixture, page, problems }) => {
      await waitFor('a warning', async () => fixture.city.warnings.size > 0);
      assert.equal(await page.getAttribute('html', 'lang'), lang);
      fixture.raise('warning', HELD_BACK);
      await page.locator('[data-figures]').waitFor();
      await axeFindsNothing(page, 'first screen');
      await page.locator('article button').nth(2).click();
      await axeFindsNothing(page, 'shelving');
      await chooseFirstPlace(page, size);
      await axeFindsNothing(page, 'a place chosen');
      await chooseReportedZone(page);
      await axeFindsNothing(page, 'a zone with an officer’s count');
      await page.locator('section.place .say').click();
      await page.locator('form[data-say] label.word').nth(4).click();
      await axeFindsNothing(page, 'the form of what an officer sees');
      await page.keyboard.press('Escape');
      await page.locator('form[data-say]').waitFor({ state: 'detached' });
      if (size === SIZES.tablet) {
        for (const tab of [2, 3]) {
          await page.locator('.tabs button').nth(tab).click();
          await axeFindsNothing(page, `tab ${tab}`);
        }
      }
      fixture.city.clients.forEach((client) => client.destroy());
      await fixture.stop();
      await page.locator('[role=alertdialog]').waitFor({ timeout: 15_000 });
      await axeFindsNothing(page, 'connection lost');
      assert.deepEqual(problems.filter((problem) => !problem.includes('ERR_')), []);
    }));
  }
}

test('every control on the tablet is at least 44 px high', () => withPage({ size: SIZES.tablet }, async ({ fixture, page }) => {
  await waitFor('a warning', async () => fixture.city.warnings.size > 0);
  const small = await page.locator('button:visible, select:visible, input:visible').evaluateAll((nodes) =>
    nodes.filter((node) => node.getBoundingClientRect().height < 44 && !node.classList.contains('place')).map((node) => node.outerHTML.slice(0, 120)));
  assert.deepEqual(small, []);
}));

test('the language changes everywhere and is remembered', () => withPage({ lang: 'en' }, async ({ page, fixture }) => {
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('heading', { name: '告警' }).waitFor();
  await page.goto(fixture.url);
  await page.getByRole('heading', { name: '告警' }).waitFor();
  assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
}));

test('a warning acknowledged by keyboard stays so after a reload', () => withPage({}, async ({ fixture, page }) => {
  await waitFor('a warning', async () => fixture.city.warnings.size > 0);
  await page.evaluate(() => { document.querySelector('#side').focus(); });
  const button = page.getByRole('button', { name: 'Acknowledge' }).first();
  const id = await page.locator('article.waiting').first().getAttribute('data-warning');
  for (let presses = 0; presses < 10 && !(await button.evaluate((node) => node === document.activeElement)); presses++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const article = page.locator(`[data-warning="${id}"]`);
  await article.getByText('Acknowledged by local').waitFor();
  await page.reload();
  await article.getByText('Acknowledged by local').waitFor();
}));

test('a warning shelved says why and until when, and comes back', () => withPage({}, async ({ fixture, page }) => {
  await waitFor('a warning', async () => fixture.city.warnings.size > 0);
  const id = await page.locator('article').first().getAttribute('data-warning');
  const article = page.locator(`[data-warning="${id}"]`);
  await article.getByRole('button', { name: 'Shelve…' }).click();
  await page.keyboard.type('counted by hand');
  await article.getByRole('button', { name: 'Shelve this warning' }).click();
  await article.getByText(/Shelved until .*counted by hand/).waitFor();
  await article.getByRole('button', { name: 'Unshelve' }).click();
  await article.getByRole('button', { name: 'Shelve…' }).waitFor();
}));

test('a precursor says its numbers and the nearest post', () => withPage({}, async ({ fixture, page }) => {
  fixture.raise('warning', HELD_BACK);
  const article = page.locator('article', { hasText: 'More people arrive than can pass' });
  await article.getByText('450/min want to pass · 300/min can pass · 820 people wait').waitFor();
  await article.getByText('Nearest post: Post 12').waitFor();
  await article.getByText('Rests on Sensor 29').waitFor();
}));

test('a finding leaves the list and the map when the sensor does as it should again', () => withPage({}, async ({ fixture, page }) => {
  const camera = page.locator('[data-feed="feed-28"]');
  await camera.getByText('reads 412 people · 14 results bear it out · expected 655–790 people').waitFor();
  await page.locator('button.feeds', { hasText: '3 doubted' }).waitFor();
  fixture.recover(28);
  await camera.waitFor({ state: 'detached' });
  await page.locator('button.feeds', { hasText: '2 doubted' }).waitFor();
  await waitFor('its sign to go', () => page.evaluate(() => !window.__yiwang.map.signs.features.some((of) => of.properties.id === 'feed-28')));
}));

test('a warning kept below its threshold says what it came to and when', () => withPage({}, async ({ fixture, page }) => {
  await page.getByRole('button', { name: 'Pause' }).click();
  fixture.raise('warning', { value: 1.57, threshold: 90, worst_value: 92.4, worst_at: '2019-10-02T10:00:00Z' });
  await page.locator('article.warning [data-reached]').getByText('reached 92.4 /m² at 18:00', { exact: true }).waitFor();
}));

test('a warning is taken out of service and put back', () => withPage({}, async ({ fixture, page }) => {
  await page.getByRole('button', { name: 'Pause' }).click();
  fixture.raise('warning');
  const article = page.locator('article.warning').first();
  await article.getByRole('button', { name: 'Shelve…' }).click();
  await page.keyboard.type('works on the counter');
  await article.getByRole('button', { name: 'Take out of service' }).click();
  await article.getByRole('button', { name: 'Put back in service' }).click();
  await article.getByRole('button', { name: 'Shelve…' }).waitFor();
}));

test('a cut connection resumes without a gap', () => withPage({}, async ({ fixture, page }) => {
  await waitFor('values', async () => (await frames(page)).length > 10);
  fixture.cut();
  const before = (await frames(page)).length;
  await waitFor('more frames', async () => (await frames(page)).length > before + 20);
  const seen = await frames(page);
  assert.equal(seen.filter((frame) => frame.event === 'view').length, 1, 'no second view was needed');
  assert.ok(assertNoGap(seen) > 20);
}));

test('a lost connection is said with the age of the picture, which grows', () => withPage({}, async ({ fixture, page }) => {
  await fixture.stop();
  const age = page.locator('[data-age]');
  await age.waitFor({ timeout: 15_000 });
  const read = async () => Number.parseInt(await age.textContent(), 10);
  const first = await read();
  await waitFor('the age to grow', async () => (await read()) > first);
  assert.equal(await page.locator('.page').getAttribute('inert'), '');
}));

test('a reset leads to a new view', () => withPage({}, async ({ fixture, page }) => {
  await waitFor('values', async () => (await frames(page)).length > 5);
  fixture.reset('too slow');
  await waitFor('a second view', async () => (await frames(page)).filter((frame) => frame.event === 'view').length === 2);
  await waitFor('values after it', async () => assertNoGap(await frames(page)) > 5);
  assert.equal(await page.locator('[role=alertdialog]').count(), 0);
}));

test('a new warning is announced; a page that may not sound says so until a press allows it', () => withPage({}, async ({ fixture, page }) => {
  await waitFor('a warning', async () => fixture.city.warnings.size > 0);
  await page.waitForFunction(() => document.querySelector('[data-announced]').textContent.length > 0);
  const sounds = await page.evaluate(() => window.__yiwang.sounds);
  assert.match(sounds[0], / blocked$/);
  await page.getByRole('button', { name: 'Sound blocked: press to allow' }).click();
  await page.getByRole('button', { name: 'Sound on' }).click();
  await page.getByRole('button', { name: 'Sound off' }).waitFor();
}));

test('pause and speed reach the server', () => withPage({}, async ({ fixture, page }) => {
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  assert.equal(fixture.city.paused, true);
  await page.getByLabel('Speed').selectOption('300');
  await waitFor('the speed', async () => fixture.city.speed === 300);
}));

test('a click on the map chooses a place, and Escape lets it go', () => withPage({}, async ({ page }) => {
  const box = await page.locator('.maplibregl-canvas').boundingBox();
  for (let i = 0; i < 12 && (await page.locator('section.place').count()) === 0; i++) {
    await page.mouse.click(box.x + box.width * 0.35 + i * 9, box.y + box.height / 2 + i * 7);
    await page.waitForTimeout(150);
  }
  await page.locator('section.place').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('section.place').waitFor({ state: 'detached' });
}));

test('replayed and live time look different', async () => {
  await withPage({ fixture: { mode: 'replay' } }, async ({ page }) => page.locator('.band.replay').waitFor());
  await withPage({ fixture: { mode: 'live' } }, async ({ page }) => {
    await page.locator('p.live').waitFor();
    assert.equal(await page.locator('.band').count(), 0);
  });
});

test('a site of sensors alone is shown and labelled as a drawing', () =>
  withPage({ fixture: { sensors: 80, schematic: true } }, async ({ page }) => {
    await page.locator('.schematic').waitFor();
    await chooseFirstPlace(page);
    await page.locator('section.place .u-over').waitFor();
    await page.locator('.legend').getByText('High for this sensor').waitFor();
    for (const alarm of ['Caution', 'Warning', 'Critical']) {
      assert.equal(await page.getByText(alarm, { exact: true }).count(), 0, `nothing measured a ${alarm}`);
    }
    await axeFindsNothing(page, 'a site that only colours');
  }));

test('the list of warnings keeps still under the pointer, and a press hits what it showed', () => withPage({}, async ({ fixture, page }) => {
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  for (const level of ['caution', 'warning']) fixture.raise(level);
  await waitFor('both in the list', async () => (await page.locator('article').count()) >= 2);
  await page.waitForTimeout(300);
  const order = () => page.locator('article').evaluateAll((all) => all.map((of) => of.dataset.warning));
  const button = page.locator('article.waiting').getByRole('button', { name: 'Acknowledge' }).first();
  const box = await button.boundingBox();
  await page.mouse.move(box.x + 20, box.y + 20);
  await page.mouse.move(box.x + 24, box.y + 20);
  const before = await order();
  for (const level of ['critical', 'critical']) fixture.raise(level);
  await page.locator('[data-news]', { hasText: '2 new' }).waitFor();
  assert.deepEqual(await order(), before);
  await axeFindsNothing(page, 'a held list');
  await page.mouse.down();
  await page.mouse.up();
  await page.locator(`[data-warning="${before[0]}"]`).getByText('Acknowledged by local').waitFor();
  await page.mouse.move(700, 500);
  await page.locator('[data-news]').waitFor({ state: 'detached' });
  const after = await order();
  assert.ok(after.indexOf(before[0]) > 1, `the new ones are above: ${after}`);
}));

test('time that stands still while the server speaks is said', () => withPage({}, async ({ fixture, page }) => {
  assert.equal(await page.locator('.stands').count(), 0);
  fixture.end();
  await page.locator('.stands').waitFor({ timeout: 15_000 });
  await page.locator('button.feeds', { hasText: 'Nothing comes' }).waitFor();
  await axeFindsNothing(page, 'time stands still');
  assert.equal(await page.locator('[role=alertdialog]').count(), 0);
}));

test('500 zones at 5 updates a second keep up', () => withPage({ fixture: { zones: 500, rate: 5 } }, async ({ fixture, page }) => {
  await chooseFirstPlace(page);
  await page.waitForTimeout(3000);
  const from = await page.evaluate(() => performance.now());
  await page.waitForTimeout(20_000);
  const { flushes, paints, origin } = await page.evaluate((start) => ({
    flushes: window.__yiwang.flushes.filter((flush) => flush.at > start), paints: window.__yiwang.paints.slice(-100), origin: performance.timeOrigin,
  }), from);
  const lags = flushes.filter((flush) => fixture.city.sentAt.has(flush.seq)).map((flush) => origin + flush.at - fixture.city.sentAt.get(flush.seq));
  const figures = {
    flushes_per_s: flushes.length / 20, lag_p50_ms: quantile(lags, 0.5), lag_p95_ms: quantile(lags, 0.95),
    frame_p50_ms: quantile(paints, 0.5), frame_p95_ms: quantile(paints, 0.95), behind: fixture.city.seq - flushes.at(-1).seq,
  };
  console.log(JSON.stringify(figures));
  assert.ok(figures.lag_p50_ms < 150, 'the picture is fresh');
  assert.ok(figures.lag_p95_ms < 600, 'and stays so');
  assert.ok(figures.behind <= 3, 'nothing piles up');
}));
