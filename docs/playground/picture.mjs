// Makes the picture in the playground's README with Chromium: node docs/playground/picture.mjs
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { BROWSER, FLAGS } from '../../test/matrix/chromium/browser.mjs';
import { buildPlayground, serve } from './build.mjs';

const server = await serve(await buildPlayground());
const browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS });
const page = await browser.newPage({ viewport: { width: 1040, height: 700 } });
await page.goto(`http://127.0.0.1:${server.address().port}/`);
await page.locator('#picture svg').waitFor();
await page.screenshot({ path: join(dirname(fileURLToPath(import.meta.url)), 'playground.png') });
await browser.close();
server.close();
