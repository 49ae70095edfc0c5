/** Describes the machine of the figures: its processor and its caches, as Linux reports them. */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

const FOLDER = '/sys/devices/system/cpu/cpu0/cache';
const UNITS = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** Bytes of a size as sysfs writes it, `'48K'`; NaN for anything else. */
export function bytesOfSize(text) {
  const found = /^(\d+)([KMG]?)$/.exec(text.trim());
  return found === null ? Number.NaN : Number(found[1]) * (UNITS[found[2]] ?? 1);
}

/**
 * The caches that hold data of the first processor, from the nearest on.
 *
 * @param {string} folder - with one folder a cache; other folders are for tests
 * @returns {{ level: number, nbytes: number }[]} empty where the system has no such folder
 */
export function caches(folder = FOLDER) {
  let names;
  try {
    names = readdirSync(folder).filter((name) => name.startsWith('index'));
  } catch {
    return [];
  }
  const read = (name, file) => readFileSync(join(folder, name, file), 'utf8').trim();
  return names
    .filter((name) => read(name, 'type') !== 'Instruction')
    .map((name) => ({ level: Number(read(name, 'level')), nbytes: bytesOfSize(read(name, 'size')) }))
    .filter(({ nbytes }) => nbytes > 0)
    .sort((a, b) => a.level - b.level);
}

/** The facts of the machine that a reader needs to judge its figures. */
export function machine() {
  const cores = cpus();
  return {
    node: process.version.slice(1),
    system: `${process.platform} ${process.arch}`,
    processor: `${cores.length} × ${cores[0]?.model ?? 'unknown'}`,
    caches: caches()
      .map(({ level, nbytes }) => `L${level} ${shownBytes(nbytes)}`)
      .join(', '),
  };
}

function shownBytes(nbytes) {
  return nbytes >= UNITS.M ? `${+(nbytes / UNITS.M).toFixed(2)} MiB` : `${nbytes / UNITS.K} KiB`;
}
