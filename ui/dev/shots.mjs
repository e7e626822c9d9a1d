// Screenshots of the page in both sizes and languages.
// Not here: any check.
// Invariant: a picture is taken only after the map has drawn.
//
//   YIWANG_URL=http://127.0.0.1:8080/ node dev/shots.mjs DIR [place]
//
// docs/images/evening.png is its desk-en.png beside
//   yiwang serve --site sites/bund --sim evening --speed 10 --from 2019-10-02T18:46:00+08:00
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, open, SIZES } from '../e2e/browser.mjs';

const url = process.env.YIWANG_URL ?? 'http://127.0.0.1:4180/';
const [dir = 'shots', place] = process.argv.slice(2);
await mkdir(dir, { recursive: true });
const browser = await launch();
for (const [name, size] of Object.entries(SIZES)) {
  for (const lang of ['en', 'zh-CN']) {
    const { page, context, problems } = await open(browser, url, { size, lang });
    await page.waitForTimeout(2500);
    await page.screenshot({ path: join(dir, `${name}-${lang}.png`) });
    if (place) {
      if (name === 'tablet') await page.locator('.tabs button').nth(1).click();
      await page.locator('input[type=search]').fill(place);
      await page.locator('section[aria-labelledby=places-title] li button').first().click();
      await page.waitForTimeout(2500);
      await page.screenshot({ path: join(dir, `${name}-${lang}-place.png`) });
    }
    if (problems.length > 0) console.log(name, lang, problems);
    await context.close();
  }
}
await browser.close();
