// One turn of the event loop that hands out ArrayBuffers of 2 GiB in all and drops them: it is warned, once; after the turn all goes back.
import { account, allocate, answer, settle } from './library.mjs';

const warnings = [];
process.on('warning', ({ code, message }) => warnings.push({ code, message }));
for (let i = 0; i < 2048; i++) new Uint8Array(allocate(1 << 20).buffer)[0] = 1;
for (let turn = 0; turn < 100 && account.stats().blocks !== 0; turn++) await settle(1);
for (let i = 0; i < 2048; i++) new Uint8Array(allocate(1 << 20).buffer)[0] = 1;
for (let turn = 0; turn < 100 && account.stats().blocks !== 0; turn++) await settle(1);
answer({
  warnings: warnings.filter(({ code }) => code === 'MEMORYVIEW_DROPPED'),
  left: account.stats().blocks,
});
