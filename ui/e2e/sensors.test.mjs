// The page against the real server on a small site: sensors that fail, words from the street, precursors.
// Not here: the evening (evening.test.mjs), what the page does whatever the server (page.test.mjs).
// Invariant: every wait is for something the page shows; times are the site's, read off the page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open } from './browser.mjs';
import { replay } from './server.mjs';
import { rows, START } from './site.mjs';
import { axeFindsNothing, waitFor } from './support.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

/** Runs on a file of its own; the server ends with the test. */
async function withCity({ observations, speed = 60, ...of }, run) {
  const city = await replay(observations, { speed });
  try {
    const opened = await open(browser, city.url, of);
    await run({ city, ...opened });
    assert.deepEqual(opened.problems, []);
    await opened.context.close();
  } finally {
    await city.stop();
  }
}

const minute = (n) => START + n * 60_000;
/** Site time as the page shows it, ms. */
const siteTime = async (page) => Date.parse(await page.locator('header time').getAttribute('datetime'));
const reach = (page, n) => waitFor(`minute ${n}`, async () => (await siteTime(page)) >= minute(n), { timeout: 90_000 });

async function choose(page, name) {
  await page.locator('input[type=search]').fill(name);
  await page.locator('section[aria-labelledby=places-title] li button').first().click();
  await page.locator('section.place').getByRole('heading', { name }).waitFor();
}

/** The zone's interval on its panel, as numbers. */
async function interval(page) {
  const text = await page.locator('section.place [data-interval]').textContent();
  const [low, high] = text.split(': ')[1].split('–').map((part) => Number(part.replace(/\D/g, '')));
  return { low, high };
}

const widthShare = ({ low, high }) => (high - low) / ((high + low) / 2);
/** The signs of sensors on the map. */
const marks = (page) => page.evaluate(() => window.__yiwang.map.signs.features.map((of) => of.properties.mark).join());
const feed = (page, id) => page.locator(`[data-feed="${id}"]`);

test('a camera that falls silent is named and its zone turns wide within two minutes of site time', () => {
  const until = 12;
  return withCity({ observations: rows(30, { camera: (at, usual) => (at < until ? usual : null) }) }, async ({ city, page }) => {
    await choose(page, 'Square');
    await reach(page, until - 2);
    await city.clock({ speed: 10 });
    const before = await interval(page);
    const wasAt = await siteTime(page);
    assert.ok(wasAt < minute(until), 'read while the camera speaks');
    assert.ok(widthShare(before) < 0.25, `narrow while the camera speaks: ${JSON.stringify(before)}`);
    assert.equal(await page.locator('.wide-one').count(), 0);
    assert.equal(await feed(page, 'square/camera').count(), 0);

    await feed(page, 'square/camera').locator('[data-finding=silent]').waitFor({ timeout: 60_000 });
    await page.locator('section.place .wide-one').waitFor({ timeout: 60_000 });
    // The last word came when its interval was over.
    const silent_s = ((await siteTime(page)) - minute(until)) / 1000;
    const after = await interval(page);
    console.log(JSON.stringify({ silent_after_s: silent_s, before, after }));
    assert.ok(silent_s <= 120, `${silent_s} s after its last word`);
    await page.locator('section.place [data-troubles]').getByText('Square camera').waitFor();
    const label = await page.evaluate(() => window.__yiwang.map.labels.features.find((of) => of.properties.text === 'Square').properties);
    assert.match(label.span, /^\([\d,]+\u2012[\d,]+\)$/);
    await waitFor('its sign on the map', async () => (await marks(page)) === 'silent');
    await axeFindsNothing(page, 'a silent camera');
  });
});

test('an officer’s “not moving” warns at once, by keyboard alone, and is taken back', () =>
  withCity({ observations: rows(120), speed: 10 }, async ({ city, page }) => {
    await choose(page, 'Square');
    await page.getByRole('button', { name: 'Say what you see…' }).focus();
    await page.keyboard.press('Enter');
    const form = page.locator('form[data-say]');
    await form.waitFor();
    await axeFindsNothing(page, 'the form');
    // The word is chosen already; the role is typed, and Enter sends.
    await page.keyboard.press('Tab');
    await page.keyboard.type('post-3');
    const said = await siteTime(page);
    await page.keyboard.press('Enter');
    const article = page.locator('article', { hasText: 'Report from the street' });
    await article.waitFor({ timeout: 5000 });
    assert.ok((await article.getAttribute('class')).split(' ').includes('warning'));
    const [warning] = (await city.view()).warnings.filter((of) => of.cause.kind === 'word');
    assert.ok(Date.parse(warning.raised_at) - said < 30_000, `at once: said at ${new Date(said).toISOString()}, raised at ${warning.raised_at}`);
    await form.waitFor({ state: 'detached' });
    await page.locator('section.place').getByText('The crowd is not moving').waitFor();

    await page.getByRole('button', { name: 'Say what you see…' }).click();
    await form.getByText('Someone has fallen').click();
    await form.getByRole('button', { name: 'Say it: Someone has fallen' }).click();
    await page.locator('article.critical', { hasText: 'Report from the street' }).waitFor({ timeout: 5000 });
    await page.getByRole('button', { name: 'All is well again…' }).click();
    await form.getByRole('button', { name: 'Say it: All is well again' }).click();
    await page.locator('section.place').getByText('Someone has fallen').waitFor({ state: 'detached' });
  }));

test('an officer’s bounds stand beside the machine’s estimate, and crossed ones are not sent', () =>
  withCity({ observations: rows(60), speed: 10, lang: 'en' }, async ({ page }) => {
    await choose(page, 'Square');
    await page.getByRole('button', { name: 'Say what you see…' }).click();
    const form = page.locator('form[data-say]');
    await form.getByText('Bounds').click();
    await form.getByLabel('At least').fill('700');
    await form.getByLabel('At most').fill('300');
    await form.getByLabel(/Said by/).fill('post-3');
    await form.getByText('At most must not be below at least').waitFor();
    await form.getByRole('button', { name: /Say it/ }).click();
    assert.equal(await form.count(), 1);
    await form.getByLabel('At most').fill('900');
    await form.getByRole('button', { name: /Say it/ }).click();
    await page.locator('section.place .officer').getByText('700–900 people').waitFor();
  }));

test('a stuck camera is found with its evidence and leaves the list when it moves again', () => {
  const [from, to] = [15, 27];
  let last = 0;
  const camera = (at, usual) => {
    if (at < from || at >= to) last = usual;
    return last;
  };
  return withCity({ observations: rows(60, { camera }) }, async ({ page }) => {
    const stuck = feed(page, 'square/camera').locator('[data-finding=stuck]');
    await stuck.waitFor({ timeout: 60_000 });
    const text = await stuck.textContent();
    assert.match(text, /Stuck at one value/);
    assert.match(text, /since 18:1[45]/, 'since it stopped, not since it was found');
    assert.match(text, /reads [45]\d\d people · \d+ results bear it out/);
    assert.match(text, /→ It no longer narrows the estimate/);
    assert.ok(await siteTime(page) < minute(to), 'found while it lasts');
    await page.locator('button.feeds', { hasText: '1 doubted' }).waitFor();
    await waitFor('its sign on the map', async () => (await marks(page)) === 'doubted');
    await stuck.waitFor({ state: 'detached', timeout: 60_000 });
    await page.getByText('No sensor needs attention').waitFor();
  });
});

test('a stair on which opposing flows lock is named with its numbers', () => {
  const locks = 20;
  const rate = (id, at, usual) => {
    const stair = /^(foot|head)/.test(id);
    if (!stair) return usual;
    if (at < locks) return 60;
    const into = id === 'foot/up' || id === 'head/down';
    return at < locks + 3 ? (into ? 90 : 15) : 4;
  };
  return withCity({ observations: rows(40, { rate }) }, async ({ page }) => {
    const article = page.locator('article.critical', { hasText: 'Opposing flows have locked' });
    await article.waitFor({ timeout: 60_000 });
    await waitFor('its numbers', async () => /\/min one way · .*\/min the other way/.test(await article.locator('[data-figures]').textContent()));
    const late_s = ((await siteTime(page)) - minute(locks)) / 1000;
    console.log(JSON.stringify({ lock_named_after_s: late_s, numbers: await article.locator('[data-figures]').textContent() }));
    await axeFindsNothing(page, 'a precursor');
  });
});

test('a silent camera is taken out of service and put back on its own panel, by keyboard alone, with a reason', () => {
  const observations = rows(60, { camera: (at, usual) => (at < 5 ? usual : null) });
  return withCity({ observations, speed: 120 }, async ({ city, page }) => {
    const service = async () => (await city.view()).warnings.find((of) => of.cause.place === 'datastream/square/camera')?.service;
    const panel = page.locator('section.place');
    await feed(page, 'square/camera').getByRole('button').click({ timeout: 60_000 });
    await panel.getByRole('heading', { name: 'Square camera' }).waitFor();
    const takeOut = panel.getByRole('button', { name: 'Take out of service…' });
    await takeOut.waitFor({ timeout: 60_000 });
    await city.clock({ paused: true });
    await takeOut.focus();
    await page.keyboard.press('Enter');
    const send = panel.getByRole('button', { name: 'Take out of service', exact: true });
    await axeFindsNothing(page, 'the form');
    await page.keyboard.press('Enter');
    assert.ok(await send.isDisabled(), 'nothing is sent without a reason');
    assert.equal(await service(), 'in');
    await page.keyboard.type('its lens is cleaned');
    await page.keyboard.press('Enter');
    const putBack = panel.getByRole('button', { name: 'Put back in service…' });
    await putBack.waitFor();
    assert.equal(await service(), 'out');
    await waitFor('the keyboard to be where it was', () => putBack.evaluate((button) => button === document.activeElement));

    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await putBack.waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.type('clean again');
    await page.keyboard.press('Enter');
    await takeOut.waitFor();
    assert.equal(await service(), 'in');
    await page.getByRole('button', { name: '中文' }).click();
    await panel.getByRole('button', { name: '停用此告警…' }).waitFor();
  });
});

test('in Chinese a silent camera is named too', () =>
  withCity({ observations: rows(20, { camera: (at, usual) => (at < 5 ? usual : null) }), lang: 'zh-CN' }, async ({ page }) => {
    await feed(page, 'square/camera').getByText('无数据').first().waitFor({ timeout: 30_000 });
    await axeFindsNothing(page, '静默的摄像头');
  }));
