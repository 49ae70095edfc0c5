/** Node's side of the bridge: reads each file that numpy's own tests write, and writes it anew; one JSON line a request and an answer. */
import { createInterface } from 'node:readline';
import { loadNpy, openNpz, saveNpy, saveNpz } from 'memoryview/npy';

const work = {
  npy({ from, to }) {
    const view = loadNpy(from);
    saveNpy(to, view);
    view.obj.release();
  },

  async npz({ from, to, compress }) {
    const archive = await openNpz(from);
    const arrays = {};
    for await (const [name, view] of archive) arrays[name] = view;
    await saveNpz(to, arrays, { compress });
    archive.release();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer = { ok: true };
  try {
    await work[request.work](request);
  } catch (error) {
    answer = { ok: false, code: String(error.code), message: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
