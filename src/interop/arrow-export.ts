/** Arrow structs for one consumer: the result of `toArrow`, and how it reads its arguments. */
import { types } from 'node:util';
import { isList, readBoolean, readGuarded, readList, readOptions, readString } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import { EXPORTER } from '../memory/adopted.js';
import { type ArrowStructs, releaseArray, renameColumn } from '../memory/arrow-structs.js';
import { BUFFER_METHOD } from '../span/offer.js';
import type { Exporter } from '../view/exporter.js';
import type { MemoryView } from '../view/memory-view.js';
import { type Bitmap, bufferOf, countZeros, packedBits, viewOf } from './arrow-buffers-out.js';
import { type ArrowColumn, arraySliceOf, isArrowColumn } from './arrow-column.js';
import { encodeMetadata } from './arrow-metadata.js';
import { structsOfWindow } from './arrow-reexport.js';
import {
  type ColumnPlan,
  columnOfTexts,
  columnOfView,
  structColumnOf,
  structsOfParts,
} from './arrow-structs-out.js';

const KEY = Symbol('arrow');
const MAX_TEXTS = 2 ** 31 - 2;
/** Records in records, as deep as consumers and `fromArrow` read. */
const MAX_LEVELS = 64;

/**
 * The sources of a column: memory, strings (which are copied), a column that was imported, or structs of an earlier call, which are moved.
 */
export type ArrowSource = Exporter | readonly (string | null)[] | ArrowColumn | ArrowExport;

/** Options of `toArrow`. */
export interface ToArrowOptions {
  /** Of the column; empty by default. */
  readonly name?: string;
  /** True copies elements that Arrow can't use in place: gaps, the engine's memory, foreign byte order, booleans, the fields of records. */
  readonly copy?: boolean;
  /** Which elements are there: bits, lowest first, at least a byte for each 8 elements; or a view of booleans (`?`), which is copied. */
  readonly validity?: Exporter;
  /** Key-value metadata of the field; of a batch, of the schema. */
  readonly metadata?:
    | Readonly<Record<string, string | Uint8Array>>
    | ReadonlyMap<string, string | Uint8Array>;
  /** The values that the view's elements are indices of. */
  readonly dictionary?: ArrowSource;
  /** Whether the order of the dictionary's values means something. */
  readonly ordered?: boolean;
}

let createExport: (structs: ArrowStructs, length: number) => ArrowExport;
/** The structs of an export, and how many elements they have. */
export let structsOf: (made: ArrowExport) => { readonly structs: ArrowStructs; readonly length: number };
/** Whether a value is an export itself. A proxy of one and an object that inherits from one are not. */
export let isExport: (value: unknown) => value is ArrowExport;

/** An `ArrowSchema` and an `ArrowArray` for one consumer, which moves them. Keep it until then. */
export class ArrowExport {
  readonly #structs: ArrowStructs;
  readonly #length: number;

  private constructor(key: symbol, structs: ArrowStructs, length: number) {
    if (key !== KEY) {
      throw typeError('ERR_INVALID_ARG', 'ArrowExport: has no public constructor; use toArrow() to make one');
    }
    this.#structs = structs;
    this.#length = length;
  }

  static {
    createExport = (structs, length) => new ArrowExport(KEY, structs, length);
    structsOf = (made) => ({ structs: made.#structs, length: made.#length });
    isExport = (value): value is ArrowExport =>
      typeof value === 'object' && value !== null && #structs in value;
  }

  /** Proxies of an export and objects that inherit from one are refused here too; their addresses are read as those of any object. */
  static #of(value: unknown, subject: string): ArrowStructs {
    if (isExport(value)) return value.#structs;
    throw typeError('ERR_INVALID_ARG', `${subject}: called on ${shown(value)}, expected an ArrowExport`);
  }

  /** The address of the `ArrowSchema`. */
  get schema(): bigint {
    return ArrowExport.#of(this, 'schema').schema;
  }

  /** The address of the `ArrowArray`. */
  get array(): bigint {
    return ArrowExport.#of(this, 'array').array;
  }

  /** Releases the structs that no consumer has moved out. */
  release(): void {
    releaseArray(this.#structs);
  }

  /** Releases at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/** Reads the arguments of `toArrow` and makes its structs. @throws as `toArrow` */
export function exportOf(source: unknown, options: unknown): ArrowExport {
  const read = readOptions('toArrow', options, [
    'name',
    'copy',
    'validity',
    'metadata',
    'dictionary',
    'ordered',
  ]);
  const name = readColumnName(read.name === undefined ? '' : readString('toArrow: name', read.name));
  const copies = read.copy === undefined ? false : readBoolean('toArrow: copy', read.copy);
  const ordered = read.ordered === undefined ? false : readBoolean('toArrow: ordered', read.ordered);
  const metadata = encodeMetadata('toArrow', read.metadata);
  const plan = { name, copies, metadata, ordered };
  const record = batchEntriesOf(source);
  const column = isArrowColumn(source) ? source : null;
  if ((record !== null || column !== null) && (read.dictionary !== undefined || read.ordered !== undefined)) {
    throw typeError('ERR_INVALID_ARG', 'toArrow: a dictionary given for columns, expected a view of indices');
  }
  if (column !== null) {
    if (read.validity !== undefined) {
      throw typeError('ERR_INVALID_ARG', 'toArrow: validity given for an imported column, which has its own');
    }
    const { buffers, window } = arraySliceOf(column);
    const named = read.name === undefined ? column.name : name;
    const own = read.metadata === undefined ? undefined : metadata;
    return createExport(structsOfWindow(buffers, window, named, own), column.length);
  }
  const validityOf = (length: number): Bitmap | null =>
    read.validity === undefined ? null : bitmapOf(viewOf('toArrow', read.validity), length, copies);
  if (record !== null) {
    const columns = record.map(([key, value]) => batchColumnOf(key, value, copies, 1));
    const length = columns[0]!.length;
    const structs = structColumnOf(columns, { name, metadata, validity: validityOf(length) });
    return createExport(structs, length);
  }
  const view = viewOf('toArrow', source);
  const length = view.ndim === 0 ? 0 : view.length;
  const validity = validityOf(length);
  if (read.dictionary === undefined) {
    return createExport(columnOfView(view, { ...plan, validity }), length);
  }
  const dictionary = batchColumnOf('', read.dictionary, copies, 1);
  const structs = structsOfParts([dictionary.make], ([values]) =>
    columnOfView(view, { ...plan, validity, dictionary: values! }),
  );
  return createExport(structs, length);
}

function readColumnName(name: string): string {
  if (!name.includes('\0')) return name;
  throw typeError('ERR_INVALID_ARG', `toArrow: name ${shown(name)} given, expected one without NUL`);
}

/** The entries of a plain object that offers no memory itself: the columns of a batch. Null for anything else. */
function batchEntriesOf(source: unknown): readonly (readonly [string, unknown])[] | null {
  if (typeof source !== 'object' || source === null || types.isProxy(source)) return null;
  const prototype: unknown = Object.getPrototypeOf(source);
  if (prototype !== null && prototype !== Object.prototype) return null;
  return readGuarded('toArrow', source, () => {
    if (Object.hasOwn(source, BUFFER_METHOD) || Object.hasOwn(source, EXPORTER)) return null;
    const entries = Object.entries(source);
    // An empty object is more often a mistake than a batch of nothing.
    return entries.length === 0 ? null : entries;
  });
}

interface BatchColumn {
  readonly name: string;
  readonly length: number;
  readonly make: () => ArrowStructs;
}

/** A column of a batch, or a dictionary. `level` counts the records around it, which may contain themselves. */
function batchColumnOf(key: string, value: unknown, copies: boolean, level: number): BatchColumn {
  const name = readColumnName(key);
  if (level > MAX_LEVELS) {
    throw typeError(
      'ERR_INVALID_ARG',
      `toArrow: column ${shown(name)} lies in more than ${MAX_LEVELS} records, expected fewer, none in itself`,
    );
  }
  if (isList(value)) {
    const texts = readList(`toArrow: column ${shown(name)}`, value, MAX_TEXTS);
    return { name, length: texts.length, make: () => columnOfTexts(texts, name) };
  }
  if (isArrowColumn(value)) {
    const { buffers, window } = arraySliceOf(value);
    return { name, length: value.length, make: () => structsOfWindow(buffers, window, name) };
  }
  if (isExport(value)) {
    const { structs, length } = structsOf(value);
    return {
      name,
      length,
      make: () => {
        renameColumn('toArrow', structs, name);
        return { ...structs, lent: true };
      },
    };
  }
  const record = batchEntriesOf(value);
  if (record !== null) {
    const columns = record.map(([field, inner]) => batchColumnOf(field, inner, copies, level + 1));
    return { name, length: columns[0]!.length, make: () => structColumnOf(columns, { name }) };
  }
  const view = viewOf(`toArrow: column ${shown(name)}`, value);
  const plan: ColumnPlan = { name, copies };
  return { name, length: view.ndim === 0 ? 0 : view.length, make: () => columnOfView(view, plan) };
}

function bitmapOf(bitmap: MemoryView, length: number, copies: boolean): Bitmap {
  if (bitmap.ndim === 1 && bitmap.format.endsWith('?') && bitmap.itemsize === 1) {
    if (bitmap.length === length) return { buffer: packedBits(bitmap), nulls: length - bitmap.count(true) };
    throw rangeError(
      'ERR_SHAPE',
      `toArrow: validity has ${bitmap.length} booleans, expected ${length}, as the elements`,
    );
  }
  if (bitmap.ndim !== 1 || bitmap.itemsize !== 1 || bitmap.length * 8 < length) {
    const expected = `at least ${Math.ceil(length / 8)} bytes in one dimension`;
    throw typeError('ERR_INVALID_ARG', `toArrow: validity has ${bitmap.nbytes} bytes, expected ${expected}`);
  }
  const dense = bitmap.cContiguous || !copies ? bitmap : bitmap.copy();
  const buffer = bufferOf(dense, copies);
  return { buffer, nulls: countZeros(dense, 0, length) };
}
