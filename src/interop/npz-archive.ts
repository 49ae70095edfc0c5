/** An open `.npz` archive: its arrays, and how one is read. A stored array is viewed in place, a deflated one is inflated at each read. */
import { bufferError } from '../errors.js';
import { allocate } from '../memory/allocate.js';
import type { NativeMemory } from '../memory/native-memory.js';
import { memoryview } from '../view/factory.js';
import type { MemoryView } from '../view/owner-methods.js';
import { isNpy, npyView } from './npy-header.js';
import { bytesOfView, type SourceBytes } from './npy-source.js';
import { directoryOf, type ZipMember } from './zip-directory.js';
import { checkInflated, checkStored, inflate, inflateNow, type Packed, packedBytes } from './zip-member.js';

const SUFFIX = '.npy';

function shortName({ name }: ZipMember): string {
  return name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name;
}

/** The members of an archive by numpy's names for them. */
export class Archive {
  readonly #subject: string;
  readonly #source: SourceBytes;
  readonly #members = new Map<string, ZipMember>();
  /** Stored members whose checksum was right once: a writer may change their bytes later. */
  readonly #checked = new Set<ZipMember>();
  readonly #inflated = new Set<WeakRef<NativeMemory>>();
  #mostInflated = 256;
  #released = false;

  /** @throws RangeError `ERR_OUT_OF_RANGE` for an unsound archive */
  constructor(subject: string, source: SourceBytes) {
    this.#subject = subject;
    this.#source = source;
    const members = directoryOf(subject, bytesOfView(source.view));
    // Of members of one name the last counts, as in Python.
    for (const member of members) this.#members.set(shortName(member), member);
    // A member with exactly that name takes precedence over one whose `.npy` was removed.
    for (const member of members) {
      if (!member.name.endsWith(SUFFIX)) this.#members.set(member.name, member);
    }
  }

  get released(): boolean {
    return this.#released;
  }

  /** numpy's names, in the order of the archive. */
  names(): IterableIterator<string> {
    return this.#members.keys();
  }

  get size(): number {
    return this.#members.size;
  }

  /** The member of a name, with or without `.npy`. */
  member(name: string): ZipMember | undefined {
    const member = this.#members.get(name);
    if (member !== undefined || !name.endsWith(SUFFIX)) return member;
    const shortened = this.#members.get(name.slice(0, -SUFFIX.length));
    return shortened?.name === name ? shortened : undefined;
  }

  /**
   * Reads a member at once.
   *
   * @param room - the most bytes to inflate
   */
  read(member: ZipMember, room: number): MemoryView {
    const packed = this.#packed(member, room);
    if (packed.stored) return this.#inPlace(member, packed);
    const bytes = bytesOfView(this.#source.view).subarray(packed.start, packed.end);
    const content = inflateNow(this.#subject, bytes, member);
    const view = this.#blank(member);
    bytesOfView(view).set(content);
    return this.#opened(view, 0, view.nbytes);
  }

  /** As {@link read}, but a deflated array is inflated on the thread pool, with the archive pinned. */
  async readAsync(member: ZipMember, room: number): Promise<MemoryView> {
    const packed = this.#packed(member, room);
    if (packed.stored) return this.#inPlace(member, packed);
    const { view: source } = this.#source;
    const view = this.#blank(member);
    const memory = view.obj as NativeMemory;
    try {
      await source.borrow(() =>
        view.borrow(() => {
          const bytes = bytesOfView(source).subarray(packed.start, packed.end);
          return inflate(this.#subject, bytes, member, bytesOfView(view));
        }),
      );
      return this.#opened(view, 0, view.nbytes);
    } catch (error) {
      memory.release();
      throw error;
    }
  }

  /**
   * Ends the archive, and with it the arrays that were read from it.
   *
   * @throws BufferError `ERR_EXPORTED` while the archive's memory is pinned; nothing is released then
   */
  release(wait?: boolean): void | Promise<void> {
    const outcome = this.#source.release(wait);
    this.#released = true;
    const waiting: (void | Promise<void>)[] = [outcome];
    for (const reference of this.#inflated) {
      const memory = reference.deref();
      if (memory !== undefined) waiting.push(wait ? memory.release({ wait }) : memory.release());
    }
    this.#inflated.clear();
    if (wait) return Promise.all(waiting).then(() => {});
  }

  #packed(member: ZipMember, room: number): Packed {
    if (this.#released) {
      throw bufferError('ERR_RELEASED', `${this.#subject}: the archive was released, expected an open one`);
    }
    const packed = packedBytes(this.#subject, bytesOfView(this.#source.view), member);
    if (!packed.stored) checkInflated(this.#subject, member, room);
    return packed;
  }

  #inPlace(member: ZipMember, { start, end }: Packed): MemoryView {
    const { view } = this.#source;
    if (!this.#checked.has(member)) {
      checkStored(this.#subject, bytesOfView(view).subarray(start, end), member);
      this.#checked.add(member);
    }
    return this.#opened(view, start, end);
  }

  #blank({ nbytes }: ZipMember): MemoryView<'B'> {
    const memory = allocate(nbytes);
    // Dead entries are removed now and then, so that the list is at most twice as long as the live ones.
    if (this.#inflated.size >= this.#mostInflated) {
      for (const reference of this.#inflated) {
        if (reference.deref() === undefined) this.#inflated.delete(reference);
      }
      this.#mostInflated = Math.max(256, 2 * this.#inflated.size);
    }
    this.#inflated.add(new WeakRef(memory));
    return memory.view();
  }

  /** An array where the bytes begin as a `.npy` file, else the bytes; the name does not matter. */
  #opened(view: MemoryView<'B'>, start: number, end: number): MemoryView {
    const shown = this.#source.view.readonly ? view.toReadonly() : view;
    if (isNpy(bytesOfView(view).subarray(start, end))) return npyView(this.#subject, shown, start, end);
    return memoryview(shown, { format: 'B', shape: [end - start], byteOffset: start });
  }
}
