// Native code (memset, by koffi) that keeps to its memory, or does not, under MEMORYVIEW_GUARD=1.
import koffi from 'koffi';
import { Arena, allocate } from './library.mjs';

const libc = koffi.load(process.platform === 'darwin' ? 'libSystem.dylib' : 'libc.so.6');
const memset = libc.func('void *memset(uintptr_t, int, size_t)');
const [what] = process.argv.slice(2);

function culprit() {
  return allocate(1000, { label: 'victim' });
}

const memory = culprit();
const { address } = memory;
memset(address, 1, 1000);
if (what === 'stale') {
  memory.release();
  memset(address, 1, 1);
}
if (what === 'overrun') memset(address, 1, 1000 + 64);
if (what === 'underrun') memset(address - 5000n, 1, 1);
if (what === 'arena') {
  const arena = new Arena();
  const culprit = () => arena.allocate(16, { label: 'part' });
  const part = culprit();
  memset(part.address, 1, 16);
  arena.release();
  memset(part.address, 1, 1);
}
if (what === 'wasm') {
  // (module (memory 1) (func (export "f") (param i32) (result i32) local.get 0 i32.load))
  const bytes = '0061736d0100000001060160017f017f03020100050301000107050101660000' + '0a0901070020002802000b';
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(bytes, 'hex'))).exports;
  try {
    f(1 << 24);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) console.log('trapped');
  }
}
if (what === 'label') {
  const named = allocate(8, { label: 'two\nlines, \x1b[31mred, "quoted", \x9bm, é' });
  memset(named.address + 64n, 1, 1);
}
if (what === 'refused') {
  try {
    allocate(2 ** 31);
  } catch (error) {
    console.log(error.code, error.message);
  }
}
console.log('survived');
