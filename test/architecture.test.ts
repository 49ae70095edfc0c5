/**
 * Keeps the direction of dependencies: reads every import of src/ (those of types too) and every include of native/.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Paths from the repository's root, with the texts of their files. */
type Tree = ReadonlyMap<string, string>;

function readTree(folder: string, extension: RegExp): Tree {
  const paths = readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => extension.test(path));
  return new Map(paths.sort().map((path) => [path, readFileSync(`${root}${path}`, 'utf8')]));
}

/** Text without comments; strings stay. */
function code(text: string): string {
  return text.replace(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/.*/g,
    '$1',
  );
}

// --- TypeScript -------------------------------------------------------------------------------------------------------

/** The floors of src/, lowest first; each may import those below it, but for the pairs that {@link NOT_BELOW} names. */
const FLOORS: readonly (readonly string[])[] = [
  ['errors.ts', 'executable.ts', 'code-folder.ts', 'drawing/', 'engine/'],
  ['c-library.ts'],
  ['arguments.ts', 'load-failure.ts'],
  ['load-addon.ts'],
  ['format/', 'layout/', 'binding.ts'],
  ['memory/'],
  ['span/'],
  ['bulk/'],
  ['view/'],
  ['explain/', 'interop/'],
  ['index.ts'],
  ['web/'],
];

/** What finds and loads the addon. */
const LOADING = ['code-folder.ts', 'executable.ts', 'c-library.ts', 'load-failure.ts', 'load-addon.ts'];

/** Pairs that may not import each other although the order of floors allows it. */
const NOT_BELOW: Record<string, readonly string[]> = {
  'c-library.ts': ['engine/', 'drawing/', 'code-folder.ts', 'errors.ts'],
  'load-failure.ts': ['engine/', 'drawing/', 'arguments.ts'],
  'arguments.ts': ['engine/', 'drawing/', ...LOADING],
  'load-addon.ts': ['engine/', 'drawing/'],
  'format/': ['engine/', 'drawing/', ...LOADING],
  'layout/': ['engine/', 'drawing/', ...LOADING],
  'binding.ts': ['errors.ts', 'arguments.ts', 'drawing/', ...LOADING.slice(0, -1)],
  'memory/': ['engine/', ...LOADING.slice(1)],
  'span/': ['engine/', 'drawing/', ...LOADING],
  'bulk/': ['drawing/', ...LOADING],
  'view/': ['engine/', 'drawing/', ...LOADING, 'binding.ts'],
  'explain/': ['engine/', ...LOADING, 'binding.ts'],
  'interop/': ['engine/', 'drawing/', ...LOADING, 'binding.ts'],
  'index.ts': ['engine/', 'drawing/', ...LOADING, 'binding.ts'],
};

const MAY_IMPORT: Record<string, readonly string[]> = Object.fromEntries(
  FLOORS.flatMap((floor, height) =>
    floor.map((place) => [
      place,
      FLOORS.slice(0, height)
        .flat()
        .filter((below) => !(NOT_BELOW[place] ?? []).includes(below)),
    ]),
  ),
);

function placeOf(path: string): string {
  const inside = path.slice('src/'.length);
  return inside.includes('/') ? `${inside.split('/')[0]}/` : inside;
}

/** The modules that a file imports, re-exports, augments, or loads by a literal name. */
function importsOf(text: string): string[] {
  const pattern = /\bfrom\s*(['"])(.+?)\1|\bimport\s*\(?\s*(['"])(.+?)\3|\bdeclare module\s*(['"])(.+?)\5/g;
  return [...code(text).matchAll(pattern)].map((match) => (match[2] ?? match[4] ?? match[6])!);
}

function wrongImports(tree: Tree): string[] {
  return [...tree].flatMap(([path, text]) => {
    const place = placeOf(path);
    const allowed = MAY_IMPORT[place];
    if (allowed === undefined) return [`${path}: stands on no floor`];
    return importsOf(text).flatMap((name) => {
      if (!name.startsWith('.')) {
        return name.startsWith('node:') ? [] : [`${path}: imports ${name}`];
      }
      const target = posix.join(posix.dirname(path), name).replace(/\.js$/, '.ts');
      if (!tree.has(target)) return [`${path}: imports ${name}, which is not there`];
      const to = placeOf(target);
      return to === place || allowed.includes(to) ? [] : [`${path}: imports ${target}`];
    });
  });
}

/** Files that import each other, type imports included: each circle once, as its sorted paths. */
function circles(tree: Tree): string[][] {
  const targets = (path: string): string[] =>
    importsOf(tree.get(path) ?? '')
      .filter((name) => name.startsWith('.'))
      .map((name) => posix.join(posix.dirname(path), name).replace(/\.js$/, '.ts'));
  const reached = new Map<string, Set<string>>();
  for (const path of tree.keys()) {
    const seen = new Set<string>();
    const open = targets(path);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...targets(next));
    }
    reached.set(path, seen);
  }
  const found = new Map<string, string[]>();
  for (const path of tree.keys()) {
    if (!reached.get(path)!.has(path)) continue;
    const members = [...tree.keys()].filter(
      (other) => reached.get(path)!.has(other) && reached.get(other)!.has(path),
    );
    found.set(members.join(), members);
  }
  return [...found.values()];
}

/** Files other than load-addon.ts that load an addon. */
function knowAddon(tree: Tree): string[] {
  return [...tree]
    .filter(([path, text]) => path !== 'src/load-addon.ts' && /\.node\b|['"`]bindings['"`]/.test(code(text)))
    .map(([path]) => path);
}

/** The rest of an entry file without its re-exports. */
function notReexported(text: string): string {
  return code(text)
    .replace(/\bexport\s+(?:type\s+)?(?:\{[^}]*\}|\*(?:\s+as\s+\w+)?)\s+from\s+'[^']+';/g, '')
    .trim();
}

// --- C++ --------------------------------------------------------------------------------------------------------------

const MAY_INCLUDE: Record<string, readonly string[]> = {
  'include/': [],
  'core/': [],
  'capi/': ['core/', 'include/'],
  'node/': ['core/', 'capi/', 'include/'],
  'addon.cc': ['core/', 'capi/', 'node/', 'include/'],
};

const NODE_HEADERS = /^(node_api(_types)?|js_native_api(_types)?|napi(-inl)?|node(_.+)?|v8.*|uv)\.h$/;

function nativePlaceOf(path: string): string {
  const inside = path.slice('native/'.length);
  return inside.includes('/') ? `${inside.split('/')[0]}/` : inside;
}

function wrongIncludes(tree: Tree): string[] {
  return [...tree].flatMap(([path, text]) => {
    const place = nativePlaceOf(path);
    const allowed = MAY_INCLUDE[place];
    if (allowed === undefined) return [`${path}: stands on no floor`];
    return [...code(text).matchAll(/^\s*#\s*include\s*([<"])([^>"]+)[>"]/gm)].flatMap(([, mark, name]) => {
      if (NODE_HEADERS.test(name!)) {
        // The public header has a layer over Node-API, for the addons that copy it.
        const isPublic = place === 'include/' && name === 'node_api.h';
        return place === 'node/' || place === 'addon.cc' || isPublic ? [] : [`${path}: includes ${name}`];
      }
      const beside = posix.join(posix.dirname(path), name!);
      const target = [beside, `native/include/${name}`, `native/${name}`].find((file) => tree.has(file));
      if (target === undefined) return mark === '<' ? [] : [`${path}: includes ${name}, which is not there`];
      const to = nativePlaceOf(target);
      return to === place || allowed.includes(to) ? [] : [`${path}: includes ${target}`];
    });
  });
}

describe('the direction of imports', () => {
  const tree = readTree('src', /\.ts$/);

  it('is errors, arguments, drawing ← format, layout ← memory ← span ← bulk ← view ← explain, interop ← index', () => {
    expect(tree.size).toBeGreaterThan(30);
    expect(wrongImports(tree)).toEqual([]);
  });

  it('lets only load-addon.ts know the addon', () => {
    expect(tree.has('src/load-addon.ts')).toBe(true);
    expect(knowAddon(tree)).toEqual([]);
  });

  it('has no circle, type imports included', () => {
    expect(circles(tree)).toEqual([]);
    const wrong = new Map([
      ['src/a.ts', "import type { B } from './b.js';"],
      ['src/b.ts', "export { c } from './c.js';"],
      ['src/c.ts', "await import('./a.js');"],
      ['src/d.ts', "import { a } from './a.js';"],
    ]);
    expect(circles(wrong)).toEqual([['src/a.ts', 'src/b.ts', 'src/c.ts']]);
  });

  it('keeps src/view at 16 files', () => {
    expect([...tree.keys()].filter((path) => path.startsWith('src/view/')).length).toBeLessThanOrEqual(16);
  });

  it('leaves index.ts nothing but re-exports', () => {
    expect(notReexported(tree.get('src/index.ts')!)).toBe('');
  });

  it('is broken by an import upwards, sideways, of a type, of a package, or of the addon', () => {
    const wrong = new Map([
      ['src/errors.ts', ''],
      ['src/load-addon.ts', "import { a } from '../build/x.node';"],
      ['src/binding.ts', "import { a } from './errors.js';"],
      ['src/format/a.ts', "import { b } from '../layout/b.js';\nimport type { C } from '../view/c.js';"],
      ['src/layout/b.ts', "// import '../view/c.js'\nimport {\n  x,\n} from '../binding.js';"],
      ['src/memory/m.ts', "const late = await import('../view/c.js');\nimport koffi from 'koffi';"],
      ['src/view/c.ts', "import '../errors.js';\nexport * from '../index.js';"],
      ['src/interop/i.ts', "const addon = require('bindings');\nimport { a } from '../binding.js';"],
      ['src/other.ts', ''],
      ['src/index.ts', "export { a } from './interop/i.js';"],
    ]);
    expect(wrongImports(wrong)).toEqual([
      'src/load-addon.ts: imports ../build/x.node, which is not there',
      'src/binding.ts: imports src/errors.ts',
      'src/format/a.ts: imports src/layout/b.ts',
      'src/format/a.ts: imports src/view/c.ts',
      'src/layout/b.ts: imports src/binding.ts',
      'src/memory/m.ts: imports src/view/c.ts',
      'src/memory/m.ts: imports koffi',
      'src/view/c.ts: imports src/index.ts',
      'src/interop/i.ts: imports src/binding.ts',
      'src/other.ts: stands on no floor',
    ]);
    expect(knowAddon(wrong)).toEqual(['src/interop/i.ts']);
    expect(notReexported("export { a } from './a.js';\nexport const b = 1;")).toBe('export const b = 1;');
  });
});

describe('the direction of includes', () => {
  const tree = readTree('native', /\.(h|hpp|cc)$/);

  it('is core ← capi ← node ← addon.cc, and Node stops at node/', () => {
    expect(tree.size).toBeGreaterThan(10);
    expect(wrongIncludes(tree)).toEqual([]);
  });

  it('is broken by core that knows Node or a floor above, and by capi that knows node', () => {
    const wrong = new Map([
      ['native/core/a.h', '#include <node_api.h>\n#include <vector>\n#include "../node/b.h"'],
      ['native/node/b.h', '#include <napi.h>\n#include "../core/a.h"\n#include "../capi/c.h"'],
      [
        'native/capi/c.h',
        '#include <uv.h>\n#include "memoryview.h"\n#include "../node/b.h"\n// #include "../node/d.h"',
      ],
      ['native/include/memoryview.h', '#include <stdint.h>\n#include <node.h>'],
      ['native/addon.cc', '#include "node/b.h"\n#include "capi/c.h"\n#include "gone.h"'],
    ]);
    expect(wrongIncludes(wrong)).toEqual([
      'native/core/a.h: includes node_api.h',
      'native/core/a.h: includes native/node/b.h',
      'native/capi/c.h: includes uv.h',
      'native/capi/c.h: includes native/node/b.h',
      'native/include/memoryview.h: includes node.h',
      'native/addon.cc: includes gone.h, which is not there',
    ]);
  });
});
