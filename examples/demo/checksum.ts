/** Step 4: a C library that knows nothing of Node reads the same memory, by its address. */
import { crc32 } from 'node:zlib';
import koffi from 'koffi';
import type { NativeMemory } from 'memoryview';
import { addressText, bytesText, claim, heading, line } from '../report.js';

const LIBRARY = process.platform === 'darwin' ? '/usr/lib/libz.dylib' : 'libz.so.1';

/** Calls the system zlib's `crc32` on a slice of the file, and compares with Node's own zlib. */
export function crcOfRealFile(memory: NativeMemory): void {
  heading(4, `crc32 of the system's ${LIBRARY}, over the same memory`);
  line('file', `${memory.label}, ${bytesText(memory.nbytes)} in native memory`);
  const slice = memory.view().slice([4096, -4096]);
  line('slice([4096, -4096])', `${bytesText(slice.nbytes)} at ${addressText(slice.address)}`);

  const zlib = koffi.load(LIBRARY);
  const checksum = zlib.func('unsigned long crc32(unsigned long crc, const void *buf, unsigned int len)');
  const c = koffi.load(null);
  // memchr returns the pointer that it was given if the first byte is the wanted one. So it shows the address that C sees.
  const memchr = c.func('void *memchr(const void *s, int c, size_t n)');

  const { theirs, pointer } = slice.borrow((view) => ({
    theirs: Number(checksum(0, view.address, view.nbytes)),
    pointer: BigInt(memchr(view.asBuffer(), view.get(0), view.nbytes)),
  }));
  const ours = crc32(slice.asBuffer());
  line(`${LIBRARY} crc32(0, ${addressText(slice.address)}, …)`, addressText(theirs));
  line('zlib.crc32(slice.asBuffer())', addressText(ours));
  line('pointer as C received it', addressText(pointer));
  claim('both sums are equal', theirs === ours);
  claim('the pointer is view.address', pointer === slice.address);
}
