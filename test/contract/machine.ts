/**
 * Runs a vector against the public API: makes the base, applies each operation to the current view, and returns the observations. Only this
 * file translates Python's operations to this library's.
 */
import * as api from '../../src/index.js';
import { decoded, tagged } from './values.js';
import { type Base, type Encoded, nested, type Op, type Vector } from './vectors.js';

/** The outcome of a vector: exactly one of `error`, `value`, `view` and `ok`, and the memory afterwards. */
export interface Observed {
  readonly error?: unknown;
  /** The operation that threw; -1 for the base. */
  readonly at?: number;
  readonly value?: { readonly is: unknown };
  readonly view?: api.MemoryView;
  readonly ok?: boolean;
  readonly memory: () => string;
}

/** Calls a member with arguments of any kind, as a caller without types can. */
export function call(target: object, name: string, args: readonly unknown[]): unknown {
  const member: unknown = Reflect.get(target, name);
  if (typeof member !== 'function') throw new Error(`there is no member ${name}`);
  return Reflect.apply(member, target, args);
}

function callView(target: object, name: string, args: readonly unknown[]): api.MemoryView {
  const view = call(target, name, args);
  if (!(view instanceof api.MemoryView)) throw new Error(`${name} gave no view`);
  return view;
}

/** The bytes of a memory, in hex. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

interface Taken {
  readonly view: api.MemoryView;
  readonly memory: () => string;
}

/** Makes the memory of a base and the view of it. */
export function takeBase(base: Base): Taken {
  if (base.rows !== undefined) return takeRows(base, base.rows);
  const bytes = Buffer.from(base.bytes, 'hex');
  const { format, shape, strides, offset, readonly } = base;
  const layout = { format, shape, byteOffset: offset, readonly, ...(strides === null ? {} : { strides }) };
  if (base.exporter === true) {
    const owner = api.allocate(bytes.length);
    const content = new Uint8Array(owner.buffer);
    content.set(bytes);
    const view = callView(api, 'memoryview', [owner, layout]);
    return { view, memory: () => hex(content) };
  }
  const owner = new Uint8Array(bytes);
  const view = callView(api, 'memoryview', [owner, layout]);
  return { view, memory: () => hex(owner) };
}

function takeRows(base: Base, rows: readonly string[]): Taken {
  const { format, readonly } = base;
  const owners = rows.map((row) => new Uint8Array(Buffer.from(row, 'hex')));
  const exporters = owners.map((owner) =>
    callView(api, 'memoryview', [
      owner,
      {
        format,
        shape: base.shape.slice(1),
        strides: (base.strides ?? []).slice(1),
        byteOffset: base.suboffsets?.[0] ?? 0,
        readonly,
      },
    ]),
  );
  const view = callView(api.MemoryView, 'indirect', [exporters]);
  return { view, memory: () => owners.map(hex).join('') };
}

function partsOf(key: Encoded | undefined): unknown[] {
  return (Array.isArray(key) ? key : [key]).map((part: Encoded | undefined) => {
    if (part === '...') return api.ellipsis;
    if (part === 'newaxis') return api.newAxis;
    return decoded(part);
  });
}

/** Whether a key names one element: Python's `v[key]` is then a value. */
function isFull(view: api.MemoryView, parts: readonly unknown[]): boolean {
  const isInteger = (part: unknown): boolean => typeof part === 'number' || typeof part === 'bigint';
  return parts.length === view.ndim && parts.every(isInteger);
}

/** Whether a key is valid only for `get`: `slice`, like Python's own index, has no such kind. */
function isForeign(parts: readonly unknown[]): boolean {
  return parts.some((part) => {
    if (Array.isArray(part) || part === api.ellipsis || part === api.newAxis) return false;
    return typeof part !== 'number' && typeof part !== 'bigint';
  });
}

export class Machine {
  readonly #vector: Vector;
  readonly #registers = new Map<string, api.MemoryView>();
  readonly #borrows: (() => void)[] = [];
  #first: Taken | null = null;
  #current: api.MemoryView | null = null;

  constructor(vector: Vector) {
    this.#vector = vector;
  }

  /** Runs the vector. */
  async run(): Promise<Observed> {
    const { base, ops } = this.#vector;
    const memory = (): string => this.#first?.memory() ?? '';
    let at = -1;
    let outcome: unknown;
    try {
      if (base !== null) {
        this.#first = takeBase(base);
        this.#current = this.#first.view;
      }
      for (at = 0; at < ops.length; at++) outcome = await this.#apply(ops[at]!);
    } catch (error) {
      return { error, at, memory };
    } finally {
      for (const end of this.#borrows) end();
    }
    if (outcome instanceof Value) return { value: { is: outcome.is }, memory };
    return outcome === DONE ? { ok: true, memory } : { view: this.#view(), memory };
  }

  #view(): api.MemoryView {
    if (this.#current === null) throw new Error(`${this.#vector.id} has no base`);
    return this.#current;
  }

  /** The source of an assignment or a comparison. */
  #source(source: Encoded | undefined): unknown {
    const value = tagged(source, 'value');
    if (value !== undefined || (source && Object.hasOwn(source as object, 'value'))) return decoded(value);
    const from = tagged(source, 'from');
    const other = tagged(source, 'base');
    if (from === 'current') return this.#view();
    const start = from === 'base' ? this.#first!.view : takeBase(nested<Base>(other)).view;
    const ops = nested<readonly Op[]>(tagged(source, 'ops') ?? []);
    return ops.reduce((view, op) => reshaped(view, op) ?? view, start);
  }

  async #apply(op: Op): Promise<unknown> {
    const [name, a, b, c] = op;
    if (this.#vector.base === null) return new Value(freeCall(name, a, b));
    const view = this.#view();
    const next = reshaped(view, op);
    if (next !== null) {
      this.#current = next;
      return next;
    }
    switch (name) {
      case 'index':
      case 'slice': {
        const parts = partsOf(a);
        return new Value(call(view, 'get', parts));
      }
      case 'store':
        this.#registers.set(String(a), view);
        return DONE;
      case 'load':
        this.#current = this.#registers.get(String(a)) ?? null;
        return DONE;
      case 'release':
        view.release();
        return DONE;
      case 'enter':
        return DONE;
      case 'exit':
        view[Symbol.dispose]();
        return DONE;
      case 'export':
        await this.#export(view);
        return DONE;
      case 'unexport':
        this.#borrows.pop()?.();
        // The borrow ends when its promise has settled, which takes a turn of the event loop to be seen.
        await new Promise((resolve) => setImmediate(resolve));
        return DONE;
      case 'setitem':
        this.#setItem(view, a, b);
        return DONE;
      case 'setslice':
        this.#setSlice(view, a, b);
        return DONE;
      case 'byteswap':
        view.byteswap();
        return DONE;
      case 'fill':
        call(view, 'fill', [decoded(a, view.format)]);
        return DONE;
      case 'convert':
        call(view, 'copyFrom', [this.#source(a), { convert: true }]);
        return DONE;
      default:
        return new Value(this.#valueOf(view, name, a, b, c));
    }
  }

  async #export(view: api.MemoryView): Promise<void> {
    await new Promise<void>((resolve) => {
      void view.borrow(() => {
        const open = new Promise<void>((end) => this.#borrows.push(end));
        resolve();
        return open;
      });
    });
  }

  #setItem(view: api.MemoryView, key: Encoded | undefined, value: Encoded | undefined): void {
    const parts = key === '...' ? [] : partsOf(key);
    const { format } = view;
    if (isFull(view, parts) || isForeign(parts)) {
      call(view, 'set', [...parts, decoded(value, format)]);
      return;
    }
    if (tagged(value, '$tuple') === undefined && tagged(value, '$bytes') === undefined) {
      // Numpy fills a sub-view from a plain value; Python's memoryview refuses both.
      if (this.#vector.source === 'numpy')
        call(callView(view, 'slice', parts), 'fill', [decoded(value, format)]);
      else call(view, 'set', [...parts, decoded(value, format)]);
      return;
    }
    call(callView(view, 'slice', parts), 'copyFrom', [decoded(value)]);
  }

  #setSlice(view: api.MemoryView, key: Encoded | undefined, source: Encoded | undefined): void {
    const value = this.#source(source);
    const parts = partsOf(key);
    if (view.readonly) {
      call(view, 'copyFrom', [value]);
      return;
    }
    const target = callView(view, 'slice', parts);
    const isPlain = Object.hasOwn(source as object, 'value');
    if (this.#vector.source !== 'numpy') call(target, 'copyFrom', [value]);
    else if (isPlain) call(target, 'fill', [decoded(tagged(source, 'value'), view.format)]);
    else call(target, 'copyFrom', [value, { broadcast: true }]);
  }

  #valueOf(view: api.MemoryView, name: string, a?: Encoded, b?: Encoded, c?: Encoded): unknown {
    const { format } = view.released ? { format: '' } : view;
    switch (name) {
      case 'tolist':
        return view.toArray();
      case 'iter':
        return [...view].map(plain);
      case 'reversed':
        return [...view].reverse().map(plain);
      case 'tobytes':
        return call(view, 'toBytes', a === undefined || a === null ? [] : [decoded(a)]);
      case 'hex': {
        const sep =
          tagged(a, '$bytes') === undefined
            ? decoded(a)
            : Buffer.from(String(tagged(a, '$bytes')), 'hex').toString('latin1');
        return call(view, 'hex', a === undefined ? [] : b === undefined ? [sep] : [sep, decoded(b)]);
      }
      case 'len':
        return view.length;
      case 'released':
        return view.released;
      case 'attr': {
        const attribute = String(a).replace(/_(.)/, (_, letter: string) => letter.toUpperCase());
        if (!(attribute in view)) throw new Error(`there is no attribute ${attribute}`);
        return Reflect.get(view, attribute);
      }
      case 'contains':
        return call(view, 'includes', [decoded(a, format)]);
      case 'count':
        return call(view, 'count', [decoded(a, format)]);
      case 'index_of':
        return indexOf(view, decoded(a, format), b, c);
      case 'eq':
        return view.equals(this.#source(a));
      case 'ne':
        return !view.equals(this.#source(a));
      default:
        throw new Error(`there is no operation ${name}`);
    }
  }
}

class Value {
  readonly is: unknown;
  constructor(is: unknown) {
    this.is = is;
  }
}

const DONE = Symbol('done');

function plain(item: unknown): unknown {
  return item instanceof api.MemoryView ? item.toArray() : item;
}

function indexOf(
  view: api.MemoryView,
  value: unknown,
  start: Encoded | undefined,
  stop: Encoded | undefined,
): number {
  const found = call(view, 'indexOf', start === undefined ? [value] : [value, decoded(start)]) as number;
  const wish = stop === undefined ? view.length : Number(decoded(stop));
  const end = wish < 0 ? wish + view.length : wish;
  if (found < 0 || found >= end)
    throw Object.assign(new RangeError('not found'), { code: 'ERR_OUT_OF_RANGE' });
  return found;
}

/**
 * The view after an operation that returns one, else null. Besides the vectors' own operations there is `slice_text`, an index in Python's
 * syntax.
 */
export function reshaped(view: api.MemoryView, op: Op): api.MemoryView | null {
  const [name, a] = op;
  const given = op.slice(1).map((arg) => decoded(arg));
  switch (name) {
    case 'index':
    case 'slice': {
      const parts = partsOf(a);
      if (isFull(view, parts) || (name === 'index' && isForeign(parts))) return null;
      return callView(view, 'slice', parts);
    }
    case 'slice_text':
      return callView(view, 'slice', given);
    case 'cast':
    case 'reshape':
    case 'diagonal':
    case 'squeeze':
    case 'flip':
    case 'transpose':
    case 'field':
      return callView(view, name, given);
    case 'toreadonly':
      return view.toReadonly();
    case 'dup':
      return callView(api, 'memoryview', [view]);
    case 'swapaxes':
      return callView(view, 'swapAxes', given);
    case 'moveaxis':
      return callView(view, 'moveAxis', given);
    case 'broadcast_to':
      return callView(view, 'broadcastTo', given);
    case 'as_strided':
      return callView(view, 'asStrided', given);
    case 'sliding_window':
      return callView(view, 'windows', given);
    case 'viewas':
      return callView(view, 'viewAs', given);
    case 'newbyteorder':
      return callView(view, 'newByteOrder', [a === 'S' ? (/^[>!]/.test(view.format) ? '<' : '>') : a]);
    case 'expand_dims':
      return expanded(view, decoded(a));
    default:
      return null;
  }
}

function expanded(view: api.MemoryView, axis: unknown): api.MemoryView {
  const axes = (Array.isArray(axis) ? axis : [axis]).map(Number);
  const ndim = view.ndim + axes.length;
  const places = axes.map((at) => {
    if (at < -ndim || at >= ndim) throw Object.assign(new RangeError('axis'), { code: 'ERR_OUT_OF_BOUNDS' });
    return at < 0 ? at + ndim : at;
  });
  const parts = Array.from({ length: ndim }, (_, i) => (places.includes(i) ? api.newAxis : api.range()));
  return view.slice(...parts);
}

function freeCall(name: string, a: Encoded | undefined, b: Encoded | undefined): unknown {
  const bytes = (): Buffer => Buffer.from(String(b), 'hex');
  switch (name) {
    case 'calcsize':
      return call(api.struct, 'calcsize', [decoded(a)]);
    case 'pack':
      return call(api.struct, 'pack', [decoded(a), ...packed(String(a), b)]);
    case 'unpack':
      return call(api.struct, 'unpack', [decoded(a), bytes()]);
    case 'iter_unpack':
      return [...(call(api.struct, 'iterUnpack', [decoded(a), bytes()]) as Iterable<unknown>)];
    case 'layout':
      return call(api, 'formatInfo', [decoded(a)]);
    default:
      throw new Error(`there is no operation ${name}`);
  }
}

/** Values for `struct.pack`; the bytes of a `c` become a string, which needs the code that each value goes to. */
function packed(format: string, values: Encoded | undefined): unknown[] {
  const codes = [...format.matchAll(/(\d*)([a-zA-Z?])/g)].flatMap(([, count, code]) => {
    if (code === 'x') return [];
    return code === 's' || code === 'p'
      ? [code]
      : new Array<string>(Math.min(Number(count || 1), 1000)).fill(code!);
  });
  return (values as readonly Encoded[]).map((value, i) => decoded(value, codes[i] ?? ''));
}
