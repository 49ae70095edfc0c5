/**
 * The table of docs/libraries.md, made by the tests that use the libraries. MEMORYVIEW_WRITE_TABLES=1 writes what they saw into the page.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

/** One path between a library and views, with the test's result. */
export interface LibraryRow {
  readonly library: string;
  /** Which objects come in. */
  readonly in?: string;
  /** Which views go out. */
  readonly out?: string;
  /** The functions. */
  readonly way: string;
  readonly copies: boolean;
}

const page = new URL('../../docs/libraries.md', import.meta.url);

function lineOf({ library, in: comes, out, way, copies }: LibraryRow): string {
  const calls = way
    .split(', ')
    .map((call) => `\`${call}\``)
    .join(', ');
  return `| ${library} | ${comes ?? '–'} | ${out ?? '–'} | ${calls} | ${copies ? 'yes' : 'no'} |`;
}

/** Checks that the page has exactly the results for these libraries. */
export function checkRows(rows: readonly LibraryRow[]): void {
  const lines = rows.map(lineOf).sort();
  const mine = (line: string): boolean => rows.some(({ library }) => line.startsWith(`| ${library} |`));
  const text = readFileSync(page, 'utf8').split('\n');
  const head = text.findIndex((line) => line.startsWith('| library | in |')) + 2;
  let end = head;
  while (text[end]?.startsWith('|')) end++;
  const table = text.slice(head, end);
  if (process.env.MEMORYVIEW_WRITE_TABLES) {
    const others = table.filter((line) => !mine(line));
    writeFileSync(
      page,
      [...text.slice(0, head), ...[...others, ...lines].sort(), ...text.slice(end)].join('\n'),
    );
  } else {
    expect(table.filter(mine).sort()).toEqual(lines);
  }
}
