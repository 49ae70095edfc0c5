/** How long does an asynchronous copy of 1 GiB block the event loop? */
import { empty } from 'memoryview';
import { median, quick, reportLimit } from '../harness.js';

const NBYTES = 1024 ** 3;

export async function ask() {
  const source = empty(NBYTES, 'B');
  const target = empty(NBYTES, 'B');
  // Touches the pages first, so that the copy's time does not include the system's page faults.
  source.fill(1);
  target.fill(0);
  const stalls = [];
  for (let round = 0; round < (quick ? 3 : 7); round++) stalls.push(await longestStall(target, source));
  reportLimit(20, 'copyFromAsync of 1 GiB: longest stall', median(stalls), 10, 'ms');
}

async function longestStall(target, source) {
  let longest = 0;
  let last = performance.now();
  let done = false;
  const turned = new Promise((resolve) => {
    const turn = () => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      if (done) resolve();
      else setImmediate(turn);
    };
    setImmediate(turn);
  });
  await target.copyFromAsync(source);
  done = true;
  await turned;
  return longest;
}
