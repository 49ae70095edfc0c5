// What the scenarios share: the built library, the resident size, and the answer to the test that started them.
import { readFileSync } from 'node:fs';

export {
  Arena,
  allocate,
  attach,
  mapFile,
  memory as account,
  NativeMemory,
  SharedMemory,
  unshare,
  wrapPointer,
} from '../../../dist/index.js';

/** A line of /proc/self/status in MiB. */
function fromStatus(name) {
  const line = readFileSync('/proc/self/status', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${name}:`));
  return Number(line.split(/\s+/)[1]) / 1024;
}

/** The largest resident size of this process so far, in MiB. */
export const peakMiB = () => fromStatus('VmHWM');

/** The resident size of this process now, in MiB. */
export const residentMiB = () => fromStatus('VmRSS');

export const answer = (object) => console.log(JSON.stringify(object));

/** Lets finalizers run: turns of the event loop with a collection in each. */
export async function settle(turns = 6) {
  for (let i = 0; i < turns; i++) {
    globalThis.gc?.();
    globalThis.Bun?.gc(true);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
