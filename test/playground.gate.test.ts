/** The playground in Chromium: its output, its controls by keyboard, links, and its accessibility in both colours and widths. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPlayground, serve } from '../docs/playground/build.mjs';
import { BROWSER, FLAGS } from './matrix/chromium/browser.mjs';

/** With CI set a missing browser is an error. */
const installed = existsSync(BROWSER) || process.env.CI !== undefined;
const folder = mkdtempSync(join(tmpdir(), 'memoryview-playground-'));
let browser: Browser;
let server: Server;
let origin: string;

beforeAll(async () => {
  if (!installed) return;
  await buildPlayground(folder);
  server = await serve(folder);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  origin = `http://127.0.0.1:${address.port}/`;
  browser = await chromium.launch({ executablePath: BROWSER, args: [...FLAGS] });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function opened(
  hash = '',
  options: { width?: number; colorScheme?: 'light' | 'dark' } = {},
): Promise<Page> {
  const { width = 1200, colorScheme = 'light' } = options;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(origin + hash);
  return page;
}

const text = (page: Page, id: string): Promise<string | null> => page.locator(`#${id}`).textContent();
const focused = (page: Page): Promise<string> =>
  page.evaluate<string>('document.activeElement.id || document.activeElement.value');
const clipboard = (page: Page): Promise<string> => page.evaluate<string>('navigator.clipboard.readText()');
const RECORD = `#${new URLSearchParams({ by: 'c', shape: '2', c: 'struct p { char a; double b; };', type: 'p', slice: '' })}`;

describe.skipIf(!installed)('the playground (needs /usr/bin/chromium)', () => {
  it('shows the picture, the values and the code of the typed input', async () => {
    const page = await opened();
    await page.getByLabel('Shape').fill('2, 3');
    await page.getByLabel('Format', { exact: true }).nth(1).fill('i');
    await page.getByLabel('Slice').fill('::-1, 0');
    expect(await text(page, 'values')).toBe('[3, 0]');
    expect(await text(page, 'code')).toBe(
      [
        "import { explain, zeros } from 'memoryview';",
        '',
        "const whole = zeros([2, 3], 'i');",
        'const flat = whole.reshape(-1);',
        'for (let i = 0; i < flat.length; i++) flat.set(i, i);',
        "const view = whole.slice('::-1, 0');",
        'console.log(explain(view));',
      ].join('\n'),
    );
    expect(await page.locator('#picture svg').getAttribute('role')).toBe('img');
    expect(await text(page, 'picture')).toContain('strides (-12,)');
  });

  it('reads C declarations, and offers the types that they name', async () => {
    const page = await opened();
    await page.getByLabel('C declaration', { exact: true }).check();
    await page.getByLabel('C declarations').fill('struct a { int x; }; struct b { char t; double y; };');
    await page.getByLabel('Type of an element').selectOption('b');
    await page.getByLabel('Shape').fill('1');
    await page.getByLabel('Slice').fill('');
    expect(await text(page, 'picture')).toContain('padding');
    expect(await text(page, 'code')).toContain('const { b: format } = cdef(`');
  });

  it('names the fault and its place, and keeps the last results', async () => {
    const page = await opened();
    const before = await text(page, 'values');
    await page.getByLabel('Slice').fill('::0');
    expect(await page.getByRole('alert').textContent()).toMatch(/^ERR_OUT_OF_RANGE: slice: step 0/);
    expect(await page.getByLabel('Slice').getAttribute('aria-invalid')).toBe('true');
    expect(await text(page, 'values')).toBe(before);
    await page.getByLabel('Shape').fill('1000000, 1000000');
    expect(await page.getByRole('alert').textContent()).toContain('expected at most');
  });

  it('shows no empty results while nothing sound was typed', async () => {
    const page = await opened('#shape=4&format=h&slice=::0');
    expect(await page.getByRole('heading', { name: 'Picture' }).isVisible()).toBe(false);
    await page.getByLabel('Slice').fill('::2');
    expect(await page.getByRole('heading', { name: 'Picture' }).isVisible()).toBe(true);
    expect(await page.locator('#picture svg').isVisible()).toBe(true);
  });

  it('is shared by its address', async () => {
    const page = await opened();
    await page.getByLabel('Shape').fill('3, 5');
    await page.getByLabel('Slice').fill('1');
    // Asked of the page: what the driver knows of its address comes later.
    const other = await opened(await page.evaluate<string>('location.hash'));
    expect(await text(other, 'values')).toBe(await text(page, 'values'));
    expect(await other.getByLabel('Shape').inputValue()).toBe('3, 5');
  });

  it('reaches and works each control by keyboard', async () => {
    const page = await opened();
    const order: string[] = [];
    for (let i = 0; i < 10; i++) {
      await page.keyboard.press('Tab');
      order.push(await focused(page));
    }
    expect(order).toEqual([
      'example',
      'shape',
      'format',
      'format',
      'slice',
      'share',
      'picture',
      'values',
      'copy',
      'code',
    ]);
    await page.locator('#example').focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.getByLabel('Shape').inputValue()).toBe('3, 4');
    await page.keyboard.press('Tab');
    await page.keyboard.type('5');
    expect(await text(page, 'values')).toBe('[4, 3, 2, 1, 0]');
    expect(await page.locator('#example').inputValue()).toBe('');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#by-c').isVisible()).toBe(true);
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('c');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('type');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('slice');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => clipboard(page), { timeout: 30_000 }).toBe(page.url());
    for (let i = 0; i < 3; i++) await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await expect.poll(() => clipboard(page), { timeout: 30_000 }).toContain("from 'memoryview'");
  });

  it.each([
    ['light', 1200, ''],
    ['dark', 1200, RECORD],
    ['light', 360, RECORD],
    ['dark', 360, '#shape=4&format=h&slice=::0'],
  ] as const)(
    'has no violation that axe finds, and fits the page: %s, %i pixels, %s',
    async (colorScheme, width, hash) => {
      const page = await opened(hash, { width, colorScheme });
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
        'axe.run()',
      );
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual(
        [],
      );
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      const hidden =
        "[...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth).length";
      expect(await page.evaluate(hidden)).toBe(0);
    },
  );
});
