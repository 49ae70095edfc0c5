/** Memory of a page's objects, with the build for browsers, in Chromium. */
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSER, FLAGS } from '../matrix/chromium/browser.mjs';

/** With CI set a missing browser is an error. */
const installed = existsSync(BROWSER) || process.env.CI !== undefined;
const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
let browser: Browser;
let server: Server;
let page: Page;

beforeAll(async () => {
  if (!installed) return;
  const { outputFiles } = await build({
    stdin: {
      contents: `export * from '${dist}core.mjs'; export * from '${dist}core/adapters.mjs';`,
      resolveDir: '/',
    },
    bundle: true,
    format: 'iife',
    globalName: 'm',
    platform: 'browser',
    write: false,
  });
  server = createServer((request, response) => {
    const isScript = request.url === '/m.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? outputFiles[0]!.text : '<!doctype html><script src="/m.js"></script>');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  // WebGPU in software.
  const gpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
  browser = await chromium.launch({ executablePath: BROWSER, args: [...FLAGS, ...gpu] });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${address.port}/`);
}, 60_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
});

/** Runs the body of an async function in the page. */
const ran = (body: string): Promise<unknown> => page.evaluate(`(async () => { ${body} })()`);

describe.skipIf(!installed)('in a page (needs /usr/bin/chromium)', () => {
  it('the page has no SharedArrayBuffer', async () => {
    expect(await ran('return [typeof SharedArrayBuffer, m.memory.engine]')).toEqual([
      'undefined',
      'javascript',
    ]);
  });

  it('the pixels of an ImageData are sliced in place', async () => {
    const body = `
      const image = new ImageData(3, 2);
      m.fromImageData(image).slice('1, ::2, 0').fill(7);
      return [[...image.data].flatMap((value, i) => (value === 7 ? [i] : [])), m.memoryview(image).shape];`;
    expect(await ran(body)).toEqual([
      [12, 20],
      [2, 3, 4],
    ]);
  });

  it('a VideoFrame copies its pixels into a view', async () => {
    const body = `
      const canvas = new OffscreenCanvas(4, 2);
      const context = canvas.getContext('2d');
      context.fillStyle = '#102030';
      context.fillRect(0, 0, 4, 2);
      const frame = new VideoFrame(canvas, { timestamp: 0 });
      const pixels = m.zeros([2, 4, 4], 'B');
      await frame.copyTo(pixels.asTypedArray(), { format: 'RGBA' });
      frame.close();
      return pixels.slice('1, 3').toArray();`;
    expect(await ran(body)).toEqual([16, 32, 48, 255]);
  });

  it('views of a WebAssembly memory end when it grows, and new ones see the same bytes', async () => {
    const body = `
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 3 });
      const layout = { format: 'i', shape: [2, 2], byteOffset: 65528 - 8 };
      const view = m.memoryview(memory, layout);
      view.set(1, 0, 5);
      memory.grow(1);
      let code;
      try { view.get(1, 0); } catch (error) { code = error.code; }
      return [code, m.memoryview(memory, layout).toArray(), m.memoryview(memory).nbytes];`;
    expect(await ran(body)).toEqual([
      'ERR_RELEASED',
      [
        [0, 0],
        [5, 0],
      ],
      131072,
    ]);
  });

  it('a file of the origin’s own file system is written from a view and read into one', async () => {
    const body = `
      const root = await navigator.storage.getDirectory();
      const file = await root.getFileHandle('view.bin', { create: true });
      const writer = await file.createWritable();
      await writer.write(m.array([[1, 2], [3, 4]], 'h').slice(':, 1').copy().asTypedArray());
      await writer.close();
      return m.memoryview(await (await file.getFile()).arrayBuffer()).cast('h').toArray();`;
    expect(await ran(body)).toEqual([2, 4]);
  });

  it('a worker’s handle of such a file reads into a view', async () => {
    const body = `
      const source = "importScripts(location.origin.replace('blob:', '') + '/m.js');" + \`
        onmessage = async () => {
          const root = await navigator.storage.getDirectory();
          const file = await root.getFileHandle('sync.bin', { create: true });
          const handle = await file.createSyncAccessHandle();
          handle.write(m.array([1, 2, 3, 4], 'i').asTypedArray());
          const into = m.zeros(6, 'i');
          const nbytes = handle.read(into.slice('1:5').asTypedArray(), { at: 0 });
          handle.close();
          postMessage([nbytes, into.toArray()]);
        };\`;
      const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
      const answer = new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
      });
      worker.postMessage(0);
      return answer;`;
    expect(await ran(body)).toEqual([16, [0, 1, 2, 3, 4, 0]]);
  });

  it('the mapped range of a WebGPU buffer is a view until it is unmapped', async (context) => {
    const adapter = await ran('return Boolean(await navigator.gpu?.requestAdapter())');
    if (adapter !== true) context.skip('this machine has no WebGPU adapter');
    const body = `
      const device = await (await navigator.gpu.requestAdapter()).requestDevice();
      const buffer = device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_SRC, mappedAtCreation: true });
      const view = m.fromGPUBuffer(buffer).cast('f');
      view.set(1, 0.5);
      buffer.unmap();
      try { view.get(1); } catch (error) { return error.code; }`;
    expect(await ran(body)).toBe('ERR_RELEASED');
  });
});
