/**
 * Arrow structs laid out by hand in native memory, after the specification and apart from the exporter: any type, right or wrong.
 * Their releases are C functions that count.
 */
import { allocate, type NativeMemory, struct } from '../../src/index.js';
import { type ArrowColumn, fromArrow } from '../../src/interop/arrow.js';
import { loadLibrary, type Native } from './library.js';

/** One array and its schema. */
export interface Made {
  /** Arrow's format string. */
  readonly format: string;
  readonly name?: string;
  readonly metadata?: bigint;
  /** 2, nullable, by default. */
  readonly flags?: number;
  readonly length: number;
  readonly nulls?: number;
  readonly offset?: number;
  readonly buffers: readonly bigint[];
  readonly children?: readonly Made[];
  readonly dictionary?: Made;
}

/** Keeps what C functions point to until the test file ends. */
const kept: NativeMemory[] = [];
let library: Record<string, Native> | null = null;

/** Gives back what was laid out so far; no struct of it may be in use. */
export function forget(): void {
  for (const memory of kept) memory.release();
  kept.length = 0;
}

/** The counting library of `fixtures/arrows.c`; loaded once. */
export function arrows(): Record<string, Native> {
  library ??= loadLibrary('arrows', [
    'int arrows_made()',
    'int arrows_released()',
    'int arrows_open()',
    'void arrow_count(intptr_t)',
    'void arrow_text(intptr_t, intptr_t, int64_t, int64_t)',
    'void arrow_wrong(intptr_t, intptr_t, int)',
    'int64_t arrow_sum(intptr_t)',
    'int64_t arrow_sum_child(intptr_t)',
    'void arrow_stream(intptr_t, int64_t)',
    'void arrow_odd_stream(intptr_t, int64_t)',
    'intptr_t arrow_schema_release()',
    'intptr_t arrow_array_release()',
  ]);
  return library;
}

/** Bytes at an address. */
export function bytes(content: Uint8Array): bigint {
  // Room for what a struct may claim by mistake.
  const memory = allocate(Math.max(4096, content.length));
  kept.push(memory);
  new Uint8Array(memory.buffer).set(content);
  return memory.address;
}

/** Values at an address, each in a format of `struct`. */
export function packed(format: string, values: readonly unknown[]): bigint {
  return bytes(Buffer.concat(values.map((value) => Buffer.from(struct.pack(format, value)))));
}

/** Bits at an address, the first character of the text first. */
export function bits(text: string): bigint {
  const content = new Uint8Array(Math.ceil(text.length / 8));
  [...text].forEach((bit, i) => {
    if (bit === '1') content[i >> 3]! |= 1 << (i & 7);
  });
  return bytes(content);
}

/** Key-value metadata as Arrow has it. */
export function metadata(pairs: readonly (readonly [string, string | Uint8Array])[]): bigint {
  const part = (content: string | Uint8Array): Buffer => {
    const body = Buffer.from(content as Uint8Array);
    return Buffer.concat([Buffer.from(struct.pack('i', body.length)), body]);
  };
  const body = pairs.map(([key, value]) => Buffer.concat([part(key), part(value)]));
  return bytes(Buffer.concat([Buffer.from(struct.pack('i', pairs.length)), ...body]));
}

const text = (content: string): bigint => bytes(Buffer.from(`${content}\0`));
const pointers = (list: readonly bigint[]): bigint => (list.length === 0 ? 0n : packed('P', list));
const address = (name: string): bigint => BigInt(arrows()[name]!() as number | bigint);

/** The address of an `ArrowSchema`. */
export function schemaOf(made: Made): bigint {
  const { children = [], dictionary } = made;
  const fields = [
    text(made.format),
    made.name === undefined ? 0n : text(made.name),
    made.metadata ?? 0n,
    made.flags ?? 2,
    children.length,
    pointers(children.map(schemaOf)),
    dictionary === undefined ? 0n : schemaOf(dictionary),
    address('arrow_schema_release'),
    0n,
  ];
  return bytes(Buffer.from(struct.pack('PPPqqPPPP', ...fields)));
}

/** The address of an `ArrowArray`. */
export function arrayOf(made: Made): bigint {
  const { children = [], dictionary, buffers } = made;
  const fields = [
    made.length,
    made.nulls ?? -1,
    made.offset ?? 0,
    buffers.length,
    children.length,
    pointers(buffers),
    pointers(children.map(arrayOf)),
    dictionary === undefined ? 0n : arrayOf(dictionary),
    address('arrow_array_release'),
    0n,
  ];
  return bytes(Buffer.from(struct.pack('qqqqqPPPPP', ...fields)));
}

/** Imports what was made. */
export function imported(made: Made): ArrowColumn {
  return fromArrow({ schema: schemaOf(made), array: arrayOf(made) });
}

/** An int32 column. */
export function ints(values: readonly number[], more: Partial<Made> = {}): Made {
  return { format: 'i', length: values.length, buffers: [0n, packed('i', values)], ...more };
}

/** A utf8 column. */
export function texts(values: readonly string[], more: Partial<Made> = {}): Made {
  const encoded = values.map((value) => Buffer.from(value));
  let end = 0;
  const offsets = [0, ...encoded.map((value) => (end += value.length))];
  const buffers = [0n, packed('i', offsets), bytes(Buffer.concat(encoded))];
  return { format: 'u', length: values.length, buffers, ...more };
}

/** A struct of columns. */
export function record(children: readonly Made[], length: number, more: Partial<Made> = {}): Made {
  return { format: '+s', length, buffers: [0n], children, ...more };
}
