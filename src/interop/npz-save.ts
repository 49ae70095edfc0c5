/** Views as a `.npz` archive, as `numpy.savez` and `numpy.savez_compressed` write it. */
import { isList, readBoolean, readGuarded, readOptions, readProperty } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import type { Exporter } from '../view/exporter.js';
import { type NpyFile, npyFile } from './npy-file.js';
import { type Target, writeLater } from './npy-target.js';
import { memberName, ZipWriter } from './zip-writer.js';

/** How to write an archive. */
export interface SaveNpzOptions {
  /** True deflates the arrays; false, the default, stores them, 64-aligned, so that they can be mapped. */
  readonly compress?: boolean;
  /** True leaves a stream open, for data that follows. */
  readonly preventClose?: boolean;
}

/**
 * Writes arrays as a `.npz` archive that `numpy.load` reads. A file of that name is replaced at the end, at once. The arrays are pinned, and
 * must not be changed, until the promise settles.
 *
 * @param target - a path or a `file:` URL; a descriptor or a FileHandle, written from where it is; a WritableStream of the web or of Node
 * @param arrays - exporters by name, as an object or a Map; any string is a name
 * @param options - compress; preventClose
 * @returns a promise that settles when all is written
 * @throws (as a rejection) TypeError `ERR_INVALID_ARG`, `ERR_UNSUPPORTED` for formats that numpy has no type for; RangeError
 *   `ERR_OUT_OF_RANGE` for a name that zip can't have; BufferError `ERR_RELEASED`; Node's own errors of writing
 * @example await saveNpz('model.npz', { weights, bias }, { compress: true })
 */
export async function saveNpz(
  target: Target,
  arrays: Readonly<Record<string, Exporter>> | ReadonlyMap<string, Exporter>,
  options?: SaveNpzOptions,
): Promise<void> {
  const read = readOptions('saveNpz', options, ['compress', 'preventClose']);
  const flag = (name: 'compress' | 'preventClose'): boolean =>
    read[name] !== undefined && readBoolean(`saveNpz: ${name}`, read[name]);
  const deflated = flag('compress');
  const preventClose = flag('preventClose');
  // All is checked before the first byte is written.
  const files = entriesOf(arrays).map(([name, exporter]) => ({
    name: memberName('saveNpz', `${name}.npy`),
    file: npyFile(`saveNpz: ${shown(name)}`, exporter),
  }));
  await whileFilesArePinned(
    files.map(({ file }) => file),
    () =>
      writeLater('saveNpz', target, preventClose, async (sink) => {
        const writer = new ZipWriter(sink);
        for (const { name, file } of files) await writer.add(name, file, deflated);
        await writer.end();
      }),
  );
}

function entriesOf(arrays: unknown): [string, Exporter][] {
  if (typeof arrays !== 'object' || arrays === null || isList(arrays) || ArrayBuffer.isView(arrays)) {
    throw typeError(
      'ERR_INVALID_ARG',
      `saveNpz: ${shown(arrays)} given, expected an object of arrays by name`,
    );
  }
  return readGuarded('saveNpz', arrays, () => {
    const entries: [unknown, unknown][] =
      arrays instanceof Map
        ? [...arrays.entries()]
        : Object.keys(arrays).map((name) => [name, readProperty(arrays, name)]);
    return entries.map(([name, exporter]) => {
      if (typeof name !== 'string') {
        throw typeError('ERR_INVALID_ARG', `saveNpz: a name is ${shown(name)}, expected a string`);
      }
      // A value that is not an exporter is refused by name when it is read.
      return [name, exporter as Exporter];
    });
  });
}

/** Pins the memory of all files while `work` lasts. */
async function whileFilesArePinned(files: readonly NpyFile[], work: () => Promise<void>): Promise<void> {
  let end = (): void => {};
  const lasting = new Promise<void>((resolve) => {
    end = resolve;
  });
  const borrows: Promise<void>[] = [];
  try {
    for (const { view } of files) borrows.push(view.borrow(() => lasting));
    await work();
  } finally {
    end();
    await Promise.all(borrows);
  }
}
