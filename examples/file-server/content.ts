/** One file as memory, mapped again whenever it has changed. A state of the file stays mapped while it is borrowed. */
import { type BigIntStats, closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { type MappedFile, mapFile } from 'memoryview';
import type { Validators } from './range.js';

/** One state of the file. */
export interface Content extends Validators {
  readonly mapping: MappedFile;
}

/** The current state of a file. */
export class ServedFile {
  readonly #path: string;
  #content: Content | null = null;

  /** @param path - of a regular file, no larger than this runtime's ArrayBuffers (4 GiB on Node 20) */
  constructor(path: string) {
    this.#path = path;
  }

  /** The current state; checks whether the file has changed. @throws Node's own errors; those of `mapFile` */
  content(): Content {
    if (this.#content?.etag === tagOf(statSync(this.#path, { bigint: true }))) return this.#content;
    const changed = open(this.#path);
    this.release();
    this.#content = changed;
    return changed;
  }

  /** Releases the state as soon as no borrow is left. */
  release(): void {
    void this.#content?.mapping.release({ wait: true });
    this.#content = null;
  }
}

/** The file's identity, its length, and the time of its last write. */
function tagOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `"${[ino, size, mtimeNs].map((value) => value.toString(36)).join('-')}"`;
}

function open(path: string): Content {
  const fd = openSync(path, 'r');
  try {
    const stats = fstatSync(fd, { bigint: true });
    const mapping = mapFile(fd, { length: Number(stats.size) });
    return { mapping, etag: tagOf(stats), modified: stats.mtime.toUTCString() };
  } finally {
    closeSync(fd);
  }
}
