/** The pictures in docs/guide.md are current. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { overhanging } from '../svg.js';

const run = promisify(execFile);
const root: string = fileURLToPath(new URL('../..', import.meta.url));

it('the pictures and text pictures of the guide are current', async () => {
  const checked = run(process.execPath, ['docs/make-pictures.mjs', '--check'], { cwd: root });
  await expect(checked).resolves.toMatchObject({ stderr: '' });
});

it('the pictures of the guide can be read on a dark page, and nothing in them is cut off', () => {
  const pictures = readdirSync(`${root}docs/pictures`);
  expect(pictures.length).toBeGreaterThan(7);
  for (const name of pictures) {
    const svg = readFileSync(`${root}docs/pictures/${name}`, 'utf8');
    expect(overhanging(svg)).toEqual([]);
    expect(svg).toMatch(/<rect x="0.5" y="0.5" [^>]*fill="#ffffff"/);
  }
});
