/**
 * Reads files into spans and writes spans to files, piece by piece on the thread pool, in C order of the items. Spans may have any size and
 * strides.
 * Native memory and SharedArrayBuffers are read and written in place. Memory that other code may detach meanwhile is copied through a
 * buffer of the transfer.
 */
import { constants } from 'node:fs';
import { readBoolean, readInteger, readOptions } from '../arguments.js';
import { binding, type NativeBytes, STATUS } from '../binding.js';
import { bufferError, rangeError, systemError, systemErrorName, typeError } from '../errors.js';
import { isCContiguous } from '../layout/layout.js';
import { hasAddresses, noExternal } from '../memory/external.js';
import { type OpenedFile, openFile, readFileReference } from '../memory/file-reference.js';
import { pinSpan, unpinSpan } from '../span/pin.js';
import { goneError, ownRegion, type Region } from '../span/region.js';
import { checkLive, directSpans, nbytesOf, type Span, startOf } from '../span/span.js';
import { type AsyncOptions, readWatch, type Watch } from './async-copy.js';
import { blockIdOf, describeLayouts, inOwnRegion, isSteady, nativeBytesOf } from './kernels.js';

/** How `readFrom` and `writeTo` move bytes. */
export interface FileTransferOptions extends AsyncOptions {
  /**
   * Where in the file (bytes). By default the start of a path, and of a descriptor its own position, which moves on. `writeTo` with a path
   * empties the file first unless a position is given.
   */
  readonly position?: number;
  /**
   * Past the system's cache (`O_DIRECT`): address, size and position have to be multiples of the device's blocks, of 512 bytes at least, and
   * the view contiguous. False by default; Linux only.
   */
  readonly direct?: boolean;
}

/** Bytes of a piece: some milliseconds, so that an abort takes effect soon. */
const PIECE = 16 * 1024 * 1024;
/** Bytes of a piece that passes through memory of the transfer's own. */
const STAGED_PIECE = 1024 * 1024;
const BLOCK = 512;

/**
 * Either direction. `recheck` runs after the last of the caller's code and before the file is opened.
 *
 * @returns the bytes that were moved
 */
export async function transferFile(
  subject: 'readFrom' | 'writeTo',
  span: Span,
  file: unknown,
  options: unknown,
  recheck: () => void,
): Promise<number> {
  const read = readOptions(subject, options, ['position', 'direct', 'signal', 'onProgress']);
  const position =
    read.position === undefined
      ? null
      : readInteger(`${subject}: position`, read.position, { min: 0, max: Number.MAX_SAFE_INTEGER });
  const direct = read.direct === undefined ? false : readBoolean(`${subject}: direct`, read.direct);
  const watch = readWatch(subject, read.signal, read.onProgress);
  const reference = readFileReference(subject, file);
  const nbytes = nbytesOf(span);
  if (position !== null && !Number.isSafeInteger(position + nbytes)) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `${subject}: position ${position} and ${nbytes} bytes reach beyond 2^53 - 1`,
    );
  }
  if (!hasAddresses) throw noExternal(subject, 'no file can be reached', 'use the fs of the runtime');
  watch.check();
  recheck();
  if (direct) checkDirect(subject, span, position ?? 0);
  const write = subject === 'writeTo';
  const opened = openFile(withoutCache(reference, direct), flagsOf(write, position, direct));
  try {
    const start = position ?? (typeof reference === 'number' ? -1 : 0);
    pinSpan(span, subject);
    try {
      return await new Transfer(subject, opened, write, watch, nbytes).run(span, start);
    } finally {
      unpinSpan(span, subject);
    }
  } finally {
    opened.close();
  }
}

function flagsOf(write: boolean, position: number | null, direct: boolean): number {
  const directFlag = direct ? constants.O_DIRECT : 0;
  if (!write) return constants.O_RDONLY | directFlag;
  return constants.O_WRONLY | constants.O_CREAT | (position === null ? constants.O_TRUNC : 0) | directFlag;
}

/** Opens the file again, because `O_DIRECT` on the caller's own descriptor would hold for all of its users. */
function withoutCache(reference: string | number, direct: boolean): string | number {
  return direct && typeof reference === 'number' ? `/proc/self/fd/${reference}` : reference;
}

function checkDirect(subject: string, span: Span, position: number): void {
  if (constants.O_DIRECT === undefined) {
    throw typeError('ERR_UNSUPPORTED', `${subject}: this system has no O_DIRECT; leave direct out`);
  }
  if (span.indirect !== null || !isCContiguous(span.layout, span.format.itemsize)) {
    throw typeError('ERR_NOT_CONTIGUOUS', `${subject}: the view is not C-contiguous, which direct needs`);
  }
  if (!isSteady(span.region)) {
    throw typeError(
      'ERR_UNSUPPORTED',
      `${subject}: direct needs native memory or a SharedArrayBuffer; use allocate()`,
    );
  }
  const address = span.region.addressOf(startOf(span));
  for (const [what, value] of [
    ['the address', address],
    ['the size', BigInt(nbytesOf(span))],
    ['the position', BigInt(position)],
  ] as const) {
    if (value % BigInt(BLOCK) !== 0n) {
      throw rangeError(
        'ERR_OUT_OF_RANGE',
        `${subject}: ${what} is ${value}, expected a multiple of ${BLOCK} for direct; leave direct out, or align it`,
      );
    }
  }
}

class Transfer {
  readonly #subject: string;
  readonly #opened: OpenedFile;
  readonly #write: boolean;
  readonly #watch: Watch;
  readonly #nbytes: number;
  #done = 0;

  constructor(subject: string, opened: OpenedFile, write: boolean, watch: Watch, nbytes: number) {
    this.#subject = subject;
    this.#opened = opened;
    this.#write = write;
    this.#watch = watch;
    this.#nbytes = nbytes;
  }

  /** @param start - where in the file, or -1 for the descriptor's own position */
  async run(span: Span, start: number): Promise<number> {
    for (const part of directSpans(span)) {
      const nbytes = nbytesOf(part);
      const begun = this.#done;
      const steady = isSteady(part.region);
      const most = steady ? PIECE : STAGED_PIECE;
      const aside =
        steady || nbytes === 0 ? null : new Uint8Array(new SharedArrayBuffer(Math.min(most, nbytes)));
      while (this.#done - begun < nbytes) {
        this.#watch.check();
        checkLive(this.#subject, part);
        const first = this.#done - begun;
        const wanted = Math.min(most, nbytes - first);
        const position = start < 0 ? -1 : start + this.#done;
        const moved =
          aside === null
            ? await this.#piece(part, first, wanted, position)
            : await this.#stagedPiece(part, aside, first, wanted, position);
        if (moved === 0) return this.#done;
        this.#done += moved;
        this.#watch.progress?.(this.#done, this.#nbytes);
      }
    }
    return this.#done;
  }

  async #piece(span: Span, first: number, wanted: number, position: number): Promise<number> {
    const { region, format } = span;
    const own = ownRegion(region);
    const layout = inOwnRegion(region, span.layout);
    return this.#moved(region, () => {
      describeLayouts(layout, layout, format.itemsize);
      return this.#later(nativeBytesOf(own), blockIdOf(own), position, first, wanted);
    });
  }

  async #stagedPiece(
    span: Span,
    aside: Uint8Array,
    first: number,
    wanted: number,
    position: number,
  ): Promise<number> {
    if (this.#write) this.#moveAside(span, aside, first, wanted, true);
    const moved = await this.#moved(span.region, () => {
      const dense = { offset: 0, shape: [], strides: [] };
      describeLayouts(dense, dense, wanted);
      return this.#later(aside, 0, position, 0, wanted);
    });
    if (!this.#write && moved > 0) {
      checkLive(this.#subject, span);
      this.#moveAside(span, aside, first, moved, false);
    }
    return moved;
  }

  #moveAside(
    { region, layout, format }: Span,
    aside: Uint8Array,
    first: number,
    nbytes: number,
    out: boolean,
  ): void {
    describeLayouts(layout, layout, format.itemsize);
    if (binding.moveBytes(nativeBytesOf(region), first, nbytes, aside, out) !== STATUS.OK) {
      throw goneError(this.#subject, region);
    }
  }

  #later(
    bytes: NativeBytes,
    id: number,
    position: number,
    first: number,
    nbytes: number,
  ): Promise<number> | number {
    return binding.transferLater(bytes, id, this.#opened.fd, position, first, nbytes, this.#write);
  }

  /** Retries a piece until the descriptor has bytes, or room for them. */
  async #moved(region: Region, begin: () => Promise<number> | number): Promise<number> {
    for (;;) {
      const begun = begin();
      if (typeof begun === 'number') throw goneError(this.#subject, region);
      const moved = await begun;
      if (moved >= 0) return moved;
      if (systemErrorName(moved) !== 'EAGAIN') {
        throw systemError(moved, this.#write ? 'pwritev' : 'preadv', this.#opened.path);
      }
      this.#watch.check();
      if (region.memory?.released)
        throw bufferError('ERR_RELEASED', `${this.#subject}: the memory is released`);
    }
  }
}
