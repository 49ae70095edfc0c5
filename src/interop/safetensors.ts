/**
 * The `.safetensors` format of model weights: a JSON header with types, shapes and offsets, and the data after it. Tensors are views of the
 * mapped file. Every range is checked against the file and the other ranges before a view is made.
 */
import { bare, readOptions } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import { hostIsLittleEndian } from '../format/format.js';
import { parseFormat } from '../format/parse.js';
import { MAX_NDIM } from '../layout/layout.js';
import { memoryview } from '../view/factory.js';
import type { MemoryView } from '../view/memory-view.js';
import { addLater, LazyArrays } from './lazy-arrays.js';
import { bytesOfView, openSource, type Source, type SourceOptions } from './npy-source.js';

const LENGTH = 8;
/** A hundred thousand tensors take 12 MB. */
const MAX_HEADER_BYTES = 2 ** 25;

const FORMATS: ReadonlyMap<unknown, string> = new Map([
  ['BOOL', '?'],
  ['U8', 'B'],
  ['I8', 'b'],
  ['U16', 'H'],
  ['I16', 'h'],
  ['U32', 'I'],
  ['I32', 'i'],
  ['U64', 'Q'],
  ['I64', 'q'],
  ['F16', 'e'],
  ['BF16', 'bfloat16'],
  ['F32', 'f'],
  ['F64', 'd'],
  ['C64', 'Zf'],
  ['F8_E4M3', 'float8_e4m3fn'],
  ['F8_E5M2', 'float8_e5m2'],
  ['F8_E8M0', 'float8_e8m0fnu'],
]);

/** The tensors of a file by name, and the file's metadata. */
export class Safetensors extends LazyArrays {
  /** The entry `__metadata__`; empty where there is none. */
  readonly metadata: Readonly<Record<string, string>>;

  /** @internal */
  constructor(metadata: Readonly<Record<string, string>>) {
    super();
    this.metadata = metadata;
  }
}

/** Where a tensor is. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Opens a `.safetensors` file: nothing is read but its header. A tensor of a type without a format throws when it is asked for.
 *
 * @param source - a path, a `file:` URL, a descriptor or a FileHandle; or any exporter of the bytes of a file
 * @param options - mode, advice, onTruncated, as for `loadNpy`
 * @returns a Map of views, which share one mapping, with the file's `metadata`
 * @throws Node's own errors of opening; RangeError `ERR_OUT_OF_RANGE` for a file of another format, or with a name twice, `ERR_OUT_OF_BOUNDS` for tensors that lie outside of
 *   it or over one another
 * @example const weight = loadSafetensors('model.safetensors').get('encoder.weight'); // 'bfloat16', [768, 768]
 */
export function loadSafetensors(source: Source, options?: SourceOptions): Safetensors {
  const read = readOptions('loadSafetensors', options, ['mode', 'advice', 'onTruncated']);
  const opened = openSource('loadSafetensors', source, read, ['r', 'r+', 'c']);
  try {
    return tensorsOf('loadSafetensors', opened.view);
  } catch (error) {
    opened.release();
    throw error;
  }
}

function tensorsOf(subject: string, view: MemoryView<'B'>): Safetensors {
  const bytes = bytesOfView(view);
  const refuse = (what: string): Error =>
    rangeError('ERR_OUT_OF_RANGE', `${subject}: ${what}, expected a .safetensors file`);
  if (bytes.length < LENGTH) throw refuse(`the file has ${bytes.length} bytes`);
  const length = Number(bytes.readBigUInt64LE());
  if (length > MAX_HEADER_BYTES)
    throw refuse(`the header has ${length} bytes, of at most ${MAX_HEADER_BYTES}`);
  const data = LENGTH + length;
  if (data > bytes.length) throw refuse(`the header has ${length} bytes, the file ${bytes.length}`);
  const { __metadata__: metadata, ...entries } = headerOf(refuse, bytes.toString('utf8', LENGTH, data));
  const tensors = new Safetensors(Object.freeze(textsOf(refuse, metadata)));
  const places: ByteRange[] = [];
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = record(refuse, name, entry);
    const [start, end] = integers(refuse, name, offsets);
    const lengths = integers(refuse, name, shape);
    if (start === undefined || end === undefined || start > end || end > bytes.length - data) {
      throw rangeError(
        'ERR_OUT_OF_BOUNDS',
        `${subject}: the tensor ${shown(name)} has the bytes ${start} to ${end}, the file has ${bytes.length - data} behind the header`,
      );
    }
    places.push({ start, end });
    addLater(tensors, name, () => tensorOf(subject, view, name, dtype, lengths, data + start, end - start));
  }
  places.sort((a, b) => a.start - b.start || a.end - b.end);
  places.forEach(({ start }, i) => {
    if (i === 0 || places[i - 1]!.end <= start) return;
    throw rangeError(
      'ERR_OUT_OF_BOUNDS',
      `${subject}: two tensors share byte ${start}, expected each to have its own`,
    );
  });
  return tensors;
}

function tensorOf(
  subject: string,
  view: MemoryView<'B'>,
  name: string,
  dtype: unknown,
  shape: readonly number[],
  byteOffset: number,
  nbytes: number,
): MemoryView {
  const code = FORMATS.get(dtype);
  if (code === undefined) {
    throw typeError(
      'ERR_UNSUPPORTED',
      `${subject}: the tensor ${shown(name)} has type ${shown(dtype)}, expected one of ${[...FORMATS.keys()].join(' ')}`,
    );
  }
  const format = hostIsLittleEndian ? code : `<${code}`;
  const wanted = shape.reduce((product, length) => product * length, parseFormat(format).itemsize);
  if (wanted !== nbytes) {
    throw rangeError(
      'ERR_SHAPE',
      `${subject}: the tensor ${shown(name)} has ${nbytes} bytes, expected ${wanted} for shape (${shape.join(', ')})`,
    );
  }
  return memoryview(view, { format, shape, byteOffset });
}

type Refuse = (what: string) => Error;

function headerOf(refuse: Refuse, text: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw Object.assign(refuse('the header is no JSON'), { cause });
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw refuse('the header is not an object');
  }
  // JSON.parse keeps the last of two values, and other readers may keep the first.
  if (colonsIn(text) !== keysIn(header)) throw refuse('the header has a key twice in one object');
  return bare({ ...header });
}

/** How many keys the text of a JSON value has: colons outside of strings. */
function colonsIn(text: string): number {
  let count = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') quoted = !quoted;
    else if (quoted && character === '\\') i++;
    else if (!quoted && character === ':') count++;
  }
  return count;
}

/** How many keys a parsed JSON value has. */
function keysIn(header: object): number {
  let count = 0;
  const left: object[] = [header];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    const children = Object.values(value);
    if (!Array.isArray(value)) count += children.length;
    for (const child of children) if (typeof child === 'object' && child !== null) left.push(child);
  }
  return count;
}

function record(refuse: Refuse, name: string, entry: unknown): Record<string, unknown> {
  if (typeof entry !== 'object' || entry === null)
    throw refuse(`the entry ${shown(name)} is ${shown(entry)}`);
  return bare({ ...entry });
}

function integers(refuse: Refuse, name: string, list: unknown): number[] {
  if (
    !Array.isArray(list) ||
    list.length > MAX_NDIM ||
    !list.every((n) => Number.isSafeInteger(n) && n >= 0)
  ) {
    throw refuse(`the entry ${shown(name)} has ${shown(list)} where integers should be`);
  }
  return list as number[];
}

function textsOf(refuse: Refuse, metadata: unknown): Record<string, string> {
  if (metadata === undefined) return {};
  const entries = Object.entries(record(refuse, '__metadata__', metadata));
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  if (texts.length < entries.length) throw refuse('the entry "__metadata__" has values that are not text');
  return Object.fromEntries(texts);
}
