// Chromium for the end-to-end tests and the screenshots.
// Not here: what is tested.
// Invariant: one browser a caller, closed by the caller; no request leaves the machine.
import { chromium } from 'playwright-core';

/** The two screens the page is made for. */
export const SIZES = { desk: { width: 1920, height: 1080 }, tablet: { width: 1024, height: 768 } };

const ARGUMENTS = [
  '--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: ARGUMENTS });
}

/** Opens the page and waits until the map is drawn; errors of the page are collected in `problems`. */
export async function open(browser, url, { size = SIZES.desk, lang = 'en' } = {}) {
  const context = await browser.newContext({ viewport: size, locale: lang });
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(`${url}?lang=${lang}`);
  await page.waitForFunction(() => window.__yiwang?.drawn === true, null, { timeout: 60_000 });
  return { page, context, problems };
}
