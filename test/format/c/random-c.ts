/**
 * Random C declarations that gcc and clang both accept, and a compiler's sizes, alignments and offsets for them.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../../oracle/random.js';

/** A member as a test asks a compiler about it. */
export interface Path {
  /** As in `offsetof`: `a[0].b`. */
  readonly c: string;
  /** The names alone: `a`, `b`. */
  readonly names: readonly string[];
}

/** One declaration. */
export interface Sample {
  /** Its name, a typedef. */
  readonly name: string;
  readonly text: string;
  readonly paths: readonly Path[];
}

const SCALARS = [
  ...[
    'char',
    'signed char',
    'unsigned char',
    'short',
    'unsigned short int',
    'int',
    'unsigned',
    'long',
    'long unsigned',
  ],
  ...[
    'long long',
    'long long unsigned int',
    'float',
    'double',
    'long double',
    '_Bool',
    'int8_t',
    'uint8_t',
    'int16_t',
  ],
  ...[
    'uint16_t',
    'int32_t',
    'uint32_t',
    'int64_t',
    'uint64_t',
    'size_t',
    'ptrdiff_t',
    'intptr_t',
    'wchar_t',
    'char16_t',
  ],
  ...[
    'float _Complex',
    'double _Complex',
    '__int128',
    'uint_least16_t',
    'intmax_t',
    'bool',
    'volatile int',
    'const double',
  ],
];

/** Declarations that refer to one another by name, all made from one seed. */
export class RandomC {
  readonly #random: Random;
  readonly #types: { name: string; weight: number; isStruct: boolean }[] = [];
  #weight = 0;
  #count = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** One more declaration. */
  sample(): Sample {
    const r = this.#random;
    const name = `t${this.#count++}`;
    const kind = r.int(0, 11);
    if (kind === 0) return this.#enum(name);
    if (kind === 1) return this.#typedef(name);
    const pragma = r.percent(8) ? r.pick([1, 2, 4, 8, 16]) : 0;
    const paths: Path[] = [];
    this.#weight = 0;
    const text = this.#struct(0, paths, `s${name}`);
    const after = r.percent(10) ? ` __attribute__((aligned(${2 ** r.int(0, 6)})))` : '';
    this.#types.push({ name, weight: this.#weight, isStruct: after === '' });
    const declaration = `typedef ${text} ${name}${after};`;
    const packed =
      pragma === 0 ? declaration : `#pragma pack(push, ${pragma})\n${declaration}\n#pragma pack(pop)`;
    return { name, text: packed, paths };
  }

  #enum(name: string): Sample {
    const r = this.#random;
    const values = Array.from({ length: r.int(1, 5) }, (_, i) => {
      const value = r.pick([
        '',
        ` = ${r.int(-5, 300)}`,
        ` = 0x${r.int(0, 0x7fffffff).toString(16)}`,
        ` = 1 << ${r.int(0, 30)}`,
      ]);
      return `E_${name}_${i}${value}`;
    });
    // A value after INT_MAX would not be an int, about which compilers differ.
    const text = `typedef enum { ${values.join(', ').replace(/(0x7fffffff|1 << 30), (E_\w+), /g, '$1, $2 = 0, ')} } ${name};`;
    this.#types.push({ name, weight: 1, isStruct: false });
    return { name, text, paths: [] };
  }

  #typedef(name: string): Sample {
    const r = this.#random;
    const aligned = r.percent(30) ? ` __attribute__((aligned(${2 ** r.int(0, 5)})))` : '';
    const dims = aligned === '' ? this.#dims() : '';
    this.#types.push({ name, weight: 1, isStruct: aligned === '' });
    return { name, text: `typedef ${r.pick(SCALARS)} ${name}${dims}${aligned};`, paths: [] };
  }

  #dims(): string {
    const r = this.#random;
    return r.percent(20)
      ? Array.from(
          { length: r.int(1, 2) },
          () => `[${r.pick(['1', '2', '3', '2 + 3', '0x4', '1 << 2', 'sizeof(int)'])}]`,
        ).join('')
      : '';
  }

  #attributes(share: number): string {
    const r = this.#random;
    const list: string[] = [];
    if (r.percent(share)) list.push(r.pick(['packed', '__packed__']));
    if (r.percent(share))
      list.push(r.pick([`aligned(${2 ** r.int(0, 6)})`, '__aligned__(2 * 4)', 'aligned']));
    if (r.percent(5)) list.push('unused', 'deprecated("no")');
    return list.length === 0 ? '' : ` __attribute__((${list.join(', ')}))`;
  }

  #struct(level: number, paths: Path[], tag: string): string {
    const r = this.#random;
    const members: string[] = [];
    const count = r.int(1, level === 0 ? 8 : 4);
    for (let i = 0; i < count; i++) members.push(this.#member(level, paths, `${tag}_${i}`));
    const head = r.percent(30) ? ` ${tag}` : '';
    // Of two `aligned` GCC obeys the last, Clang the largest.
    const before = this.#attributes(6);
    const behind = before.includes('aligned') ? '' : this.#attributes(6);
    return `struct${before}${head} { ${members.join(' ')} }${behind}`;
  }

  #member(level: number, paths: Path[], name: string): string {
    const r = this.#random;
    const kind = r.int(0, 19);
    this.#weight++;
    const lone = (c: string = name): void => {
      paths.push({ c, names: [name] });
    };
    if (kind < 2 && level < 3) {
      // Anonymous: its members are those of the struct around it.
      const text = this.#struct(level + 1, paths, `${name}a`).replace(
        /^(struct(?: __attribute__\(\(.*?\)\))?) \w+ \{/,
        '$1 {',
      );
      return `${text};`;
    }
    if (kind < 5 && level < 3) {
      const inner: Path[] = [];
      const text = this.#struct(level + 1, inner, `${name}n`);
      // An element must be a multiple of its alignment; a struct always is.
      const dims = this.#dims();
      const first = dims.replace(/\[[^\]]*\]/g, '[0]');
      lone();
      for (const path of inner) paths.push({ c: `${name}${first}.${path.c}`, names: [name, ...path.names] });
      return `${text} ${name}${dims};`;
    }
    if (kind < 7) {
      lone();
      const stars = r.pick(['*', '**', '*const ', '* volatile *']);
      return r.percent(50)
        ? `const ${r.pick(SCALARS)} ${stars}${name}${this.#dims()};`
        : `int (*${name}${this.#dims()})(int, const char *, ...);`;
    }
    if (kind < 11 && this.#types.length > 0) {
      // Structs inside structs repeat their formats; without a bound the formats would grow without end.
      const picked = r.pick(this.#types);
      const fits = this.#weight + picked.weight <= 200;
      const type = fits ? picked : { name: 'int', weight: 0, isStruct: true };
      this.#weight += type.weight;
      lone();
      return `${type.name} ${name}${type.isStruct ? this.#dims() : ''}${this.#attributes(5)};`;
    }
    lone();
    const comment = r.percent(5) ? ' /* of;{}* */' : '';
    if (r.percent(10)) {
      paths.push({ c: `${name}_2`, names: [`${name}_2`] });
      return `${r.pick(SCALARS)} ${name}${this.#dims()}, ${name}_2${this.#dims()}${this.#attributes(5)};${comment}`;
    }
    const alignas = r.percent(4) ? `_Alignas(${r.pick(['16', '32', 'long double', '2 * 8'])}) ` : '';
    return `${alignas}${r.pick(SCALARS)} ${name}${this.#dims()}${alignas === '' ? this.#attributes(6) : ''};${comment}`;
  }
}

/** A compiler's answer for each sample: `[sizeof, alignof, offset of each path, sizeof each path]`. */
export function measure(compiler: string, samples: readonly Sample[]): number[][] {
  const folder = mkdtempSync(join(tmpdir(), 'memoryview-cdef-'));
  try {
    const rows = samples.flatMap(({ name, paths }) => [
      `sizeof(${name}), _Alignof(${name}),`,
      ...paths.map(({ c }) => `offsetof(${name}, ${c}), sizeof(((${name} *)0)->${c}),`),
    ]);
    const source = [
      '#include <stddef.h>\n#include <stdint.h>\n#include <stdbool.h>\n#include <stdio.h>\n#include <uchar.h>',
      ...samples.map(({ text }) => text),
      `static const unsigned long found[] = {\n${rows.join('\n')}\n};`,
      'int main(void) { for (size_t i = 0; i < sizeof found / sizeof *found; i++) printf("%lu\\n", found[i]); return 0; }',
    ].join('\n');
    writeFileSync(join(folder, 'a.c'), source);
    execFileSync(compiler, ['-std=gnu11', '-w', '-O0', '-o', join(folder, 'a'), join(folder, 'a.c')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const numbers = execFileSync(join(folder, 'a'), { encoding: 'utf8', maxBuffer: 1 << 28 })
      .trim()
      .split('\n')
      .map(Number);
    let at = 0;
    return samples.map(({ paths }) => {
      const start = at;
      at += 2 + 2 * paths.length;
      return numbers.slice(start, at);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
