/** docs/errors.md is complete: each code has its heading with cause, remedy and an example message, and each heading is that of a code. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

const codes: string[] = [
  ...new Set([...read('src/errors.ts').matchAll(/'(ERR_[A-Z_]+)'/g)].map((m) => m[1]!)),
];
/** The class of each code, by the union that it stands in. */
const classes: Map<string, string> = new Map(
  [...read('src/errors.ts').matchAll(/export type (\w+Error)Code =([^;]*);/g)].flatMap(([, name, union]) =>
    [...union!.matchAll(/'(ERR_\w+)'/g)].map((match): [string, string] => [match[1]!, name!]),
  ),
);
const document: string = read('docs/errors.md');
const sections: Map<string, string> = new Map(
  document
    .split(/^## /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text]),
);

describe('docs/errors.md', () => {
  it('has a heading for each code of src/errors.ts, and no other', () => {
    expect(codes.length).toBeGreaterThan(10);
    expect([...sections.keys()].sort()).toEqual(codes.sort());
  });

  for (const code of codes) {
    it(`gives ${code} a cause, a remedy, an example message and a row in the table with its class`, () => {
      const section = sections.get(code) ?? '';
      expect(section).toMatch(/^\*\*Cause\.\*\* \S/m);
      expect(section).toMatch(/^\*\*Remedy\.\*\* \S/m);
      expect(section).toMatch(new RegExp(`// throws ${code}: \\S`));
      expect(document).toContain(`| [${code}](#${code.toLowerCase()}) | \`${classes.get(code)}\` |`);
    });
  }
});
