/** docs/api describes every export. api.gate.test.ts checks that it is current. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as main from '../../src/index.js';
import * as adapters from '../../src/interop/adapters.js';
import * as arrow from '../../src/interop/arrow.js';
import * as dlpack from '../../src/interop/dlpack.js';
import * as npy from '../../src/interop/npy.js';
import * as pointer from '../../src/interop/pointer.js';
import * as testing from '../../src/interop/testing.js';

const root: string = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const ENTRIES: readonly { source: string; folder: string; exports: Readonly<Record<string, unknown>> }[] = [
  { source: 'src/index.ts', folder: 'docs/api/memoryview', exports: main },
  { source: 'src/interop/npy.ts', folder: 'docs/api/memoryview/npy', exports: npy },
  { source: 'src/interop/dlpack.ts', folder: 'docs/api/memoryview/dlpack', exports: dlpack },
  { source: 'src/interop/arrow.ts', folder: 'docs/api/memoryview/arrow', exports: arrow },
  { source: 'src/interop/adapters.ts', folder: 'docs/api/memoryview/adapters', exports: adapters },
  { source: 'src/interop/pointer.ts', folder: 'docs/api/memoryview/pointer', exports: pointer },
  { source: 'src/interop/testing.ts', folder: 'docs/api/memoryview/testing', exports: testing },
];

const GROUPS = ['classes', 'interfaces', 'type-aliases', 'variables', 'functions'] as const;

/** The names that an entry point exports, types too, as its source says. */
function exportedNames(text: string): string[] {
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list]) => list!.split(','));
  const declared = [...text.matchAll(/^export (?:async )?(?:class|function|interface|const|type) (\w+)/gm)];
  const names = [
    ...lists.map((name) => name.replace(/\btype\b|\w+ as /g, '').trim()),
    ...declared.map((m) => m[1]!),
  ];
  return [...new Set(names.filter((name) => name !== ''))];
}

interface Entry {
  readonly title: string;
  /** The whole text, with the entries inside it. */
  readonly text: string;
}

const titleOf = (text: string): string =>
  text.slice(0, text.indexOf('\n')).replace(/\\?\[(\w+)\\?\]/, '[$1]');

/** The pages of the exports of one entry point: `# Class: Arena` and so on. */
function pagesOf(folder: string): Entry[] {
  const pages = GROUPS.flatMap((group) => {
    const files = existsSync(join(root, folder, group)) ? readdirSync(join(root, folder, group)) : [];
    return files.map((file) => {
      const text = read(`${folder}/${group}/${file}`).replace(/^# [\w ]+: /, '');
      return { title: titleOf(text), text };
    });
  });
  // A second name of an export has no page, but a line in the list of them.
  return [...pages, ...entriesOf(read(`${folder}/README.md`), 3)];
}

/** The entries of a page under its headings of one depth, `### name` for the members of a class. */
function entriesOf(markdown: string, depth: 3): Entry[] {
  const heading = new RegExp(`^${'#'.repeat(depth)} `, 'm');
  const ends = new RegExp(`^#{1,${depth - 1}} `, 'm');
  return markdown
    .split(heading)
    .slice(1)
    .map((text) => ({ title: titleOf(text), text: text.split(ends)[0]! }));
}

const nameOf = ({ title }: Entry): string => title.replace(/(\\?<.*>)?(\(\))?$|\?$/, '');

/** Whether an entry has a description: a sentence besides its headings, code and tables. */
function isDescribed({ text }: Entry): boolean {
  const prose = text.slice(text.indexOf('\n')).replaceAll(/^```[\s\S]*?^```/gm, '');
  return prose.split('\n').some((line) => /^[A-Z`<{[].{8,}/.test(line));
}

/** Names of the public members of a class: its own and the static ones; of symbols only the language's. */
function membersOf(value: { prototype: object }): string[] {
  const languages = new Map(
    Reflect.ownKeys(Symbol).map((name) => [Reflect.get(Symbol, name) as unknown, `[${String(name)}]`]),
  );
  const named = (target: object): string[] =>
    Reflect.ownKeys(target).flatMap((key) => (typeof key === 'string' ? [key] : (languages.get(key) ?? [])));
  const hidden = ['constructor', 'length', 'name', 'prototype', '[species]', 'bounds'];
  // It only throws: memory is no array.
  const refused = (name: string): boolean =>
    name === 'length' && value.prototype === main.NativeMemory.prototype;
  // The members of every object or error are not described here.
  const inherited = value.prototype instanceof Error ? Error.prototype : Object.prototype;
  const own = named(value.prototype).filter(
    (name) => !refused(name) && (!(name in inherited) || name === 'toString'),
  );
  return [...own, ...named(value).filter((name) => !hidden.includes(name))];
}

function isClass(value: unknown): value is { prototype: object } {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

describe.each(ENTRIES)('the reference of $source', ({ source, folder, exports }) => {
  const pages = pagesOf(folder);

  it('has a page with a description for each export, types too, and none for other names', () => {
    const names = exportedNames(read(source));
    expect(names.length).toBeGreaterThan(2);
    expect(names).toEqual(expect.arrayContaining(Object.keys(exports)));
    expect(pages.map(nameOf).sort()).toEqual(names.sort());
    for (const page of pages) expect(isDescribed(page), page.title).toBe(true);
  });

  it('has an entry with a description for each public member of each class', () => {
    for (const [name, value] of Object.entries(exports).filter(([, value]) => isClass(value))) {
      const page = pages.find((one) => nameOf(one) === name)!;
      const members = entriesOf(page.text, 3);
      const inTables = [...page.text.matchAll(/^\| <a id="[^"]*"><\/a> `(\w+)\??` .*\| \S.* \|$/gm)].map(
        (m) => m[1]!,
      );
      const apart = name === 'MemoryView' ? pagesOf('docs/api/memoryview/namespaces/MemoryView') : [];
      const known = new Set([...members, ...apart].map(nameOf).concat(inTables));
      const missing = membersOf(value as { prototype: object }).filter((member) => !known.has(member));
      expect(missing, name).toEqual([]);
      for (const member of members) expect(isDescribed(member), `${name}.${member.title}`).toBe(true);
    }
  });

  it('describes each parameter and property', () => {
    const cells = (row: string): string[] => row.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const tables = pages.flatMap(({ text }) => [
      ...text.matchAll(/^(\| (?:Parameter|Property) \|.*)\n\| -.*\n((?:\|.*\n)*)/gm),
    ]);
    const rows = tables.flatMap(([, head, body]) => {
      const column = cells(head!).indexOf('Description');
      return body!
        .trimEnd()
        .split('\n')
        .map((row) => ({ row, description: cells(row)[column] ?? '-' }));
    });
    expect(rows.length).toBeGreaterThan(2);
    // The description of an inline object type or callback includes its members.
    const own = rows.filter(({ row }) => !/^\| (<a id="[^"]*"><\/a> )?`\w+\??\.\S+` /.test(row));
    expect(own.filter(({ description }) => description === '-' || description === '')).toEqual([]);
  });
});

describe('docs/api', () => {
  const files = readdirSync(join(root, 'docs/api'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.md'),
  );

  it('names no lines of sources, no folders of a machine and no hosts', () => {
    expect(files.length).toBeGreaterThan(4);
    for (const file of files)
      expect(read(`docs/api/${file}`), file).not.toMatch(/Defined in|https?:|\/home\/|\/tmp\//);
  });
});
