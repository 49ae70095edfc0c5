/** Relative links of the documents lead to files and headings that exist. Web addresses are not checked. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** Text without code, which contains no links. */
function prose(markdown: string): string {
  return markdown
    .replaceAll(/^( *)(```|~~~)[\s\S]*?^\1\2/gm, '')
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .replaceAll(/(`+)[^`][\s\S]*?\1/g, (code) => `\`${code.replaceAll(/[^\w]/g, '')}\``);
}

/** The anchors that GitHub gives a document: of its headings, counted where they repeat, and those written as HTML. */
function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set([...markdown.matchAll(/<a (?:id|name)="([^"]+)"/g)].map((match) => match[1]!));
  const counts = new Map<string, number>();
  const withoutCode = markdown.replaceAll(/^( *)(```|~~~)[\s\S]*?^\1\2/gm, '');
  for (const [, heading] of withoutCode.matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const text = heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/\\(.)/g, '$1');
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    const count = counts.get(slug);
    counts.set(slug, (count ?? -1) + 1);
    anchors.add(count === undefined ? slug : `${slug}-${count + 1}`);
  }
  return anchors;
}

/** The broken links of a document. `read` returns a document by its path, or null if there is no such file. */
function brokenLinks(path: string, read: (path: string) => string | null): string[] {
  const markdown = prose(read(path) ?? '');
  const inline = [...markdown.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)].map(
    (match) => match[1]!,
  );
  const defined = [...markdown.matchAll(/^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/gm)].map(
    (match) => match[1]!,
  );
  const images = [...markdown.matchAll(/<(?:img|source)\b[^>]*?\bsrc(?:set)?="([^"]+)"/g)].map(
    (match) => match[1]!,
  );
  return [...inline, ...defined, ...images].filter((link) => {
    if (/^[a-z][a-z+.-]*:/i.test(link)) return false;
    const [file = '', anchor] = decodeURIComponent(link).split('#');
    const target = file === '' ? path : join(dirname(path), file);
    const text = read(target);
    if (text === null) return true;
    return anchor !== undefined && target.endsWith('.md') && !anchorsOf(text).has(anchor);
  });
}

const documents: string[] = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((name) => `docs/${name}`)
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules')),
];

const texts = new Map<string, string | null>();
function readDocument(path: string): string | null {
  const known = texts.get(path);
  if (known !== undefined) return known;
  const full = join(root, path);
  const outside = relative(root, full).startsWith('..');
  const text = outside || !existsSync(full) ? null : path.endsWith('.md') ? readFileSync(full, 'utf8') : '';
  texts.set(path, text);
  return text;
}

it.each(documents)('%s links to files and headings that exist', (path) => {
  expect(brokenLinks(path, readDocument)).toEqual([]);
});

it('the documents are README, the changelog, the architecture and the pages of docs, with the reference', () => {
  expect(documents).toEqual(
    expect.arrayContaining([
      'README.md',
      'CHANGELOG.md',
      'ARCHITECTURE.md',
      'docs/errors.md',
      'docs/api/README.md',
    ]),
  );
});

it('a link to a file, a heading or a repeated heading that is not there is broken', () => {
  const files = new Map([
    ['a/one.md', '# One, two: `three()`\n\n## Again\n\n## Again\n\n```md\n## In code\n[x](gone.md)\n```\n'],
    [
      'a/two.md',
      '[1](one.md#one-two-three) [2](one.md#again-1) [3](one.md#again-2) [4](one.md#in-code) [5](gone.md) [6](#here)\n' +
        '[7](../README.md) [8](https://example.org/gone) [ref]\n`[9](gone.md)`\n\n[ref]: gone/too.md\n# Here\n<img src="no.svg">',
    ],
    ['README.md', ''],
  ]);
  const broken = (path: string): string[] => brokenLinks(path, (name) => files.get(name) ?? null);
  expect(broken('a/one.md')).toEqual([]);
  expect(broken('a/two.md')).toEqual([
    'one.md#again-2',
    'one.md#in-code',
    'gone.md',
    'gone/too.md',
    'no.svg',
  ]);
});
