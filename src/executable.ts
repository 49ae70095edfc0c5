/**
 * Reads the head of a binary: its system and processor, its C library, and whether the file is complete. It only reads files, and knows
 * 64-bit ELF (Linux), Mach-O (macOS) and PE (Windows).
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A binary as its head describes it. */
export interface Executable {
  readonly system: 'linux' | 'darwin' | 'win32';
  /** As `process.arch` has it; null for one without a name in Node, or for several. */
  readonly arch: string | null;
  /** The program that loads it; null for a library. */
  readonly interpreter: string | null;
  /** Set where the end of the file is missing: its size, and the size that it needs at least (bytes). */
  readonly truncated: { readonly size: number; readonly needed: number } | null;
}

const HEAD = 2048;
const SYSTEM_V = 0x464c457f;
const MACH_O = 0xfeedfacf;
/** Several Mach-O binaries in one file; the number is big-endian. */
const UNIVERSAL = 0xbebafeca;

/** The first two bytes of a PE file, and the four before its header, whose offset is at byte 60. */
const DOS = 0x5a4d;
const PE = 0x4550;

/** Numbers of processors, in ELF (`e_machine`), in Mach-O (`cputype`) and in PE (`Machine`). */
const PROCESSORS: Record<number, string> = {
  3: 'ia32',
  8: 'mips',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
  258: 'loong64',
  16777223: 'x64',
  16777228: 'arm64',
  34404: 'x64',
  43620: 'arm64',
};

/**
 * Reads the head of a binary. Each import reads two, so it is done with few functions: the first call of `fstat` or of a Buffer's readers
 * takes 0.1 ms.
 *
 * @returns null for a file that is no binary
 * @throws what `fs` throws where the file can't be read
 */
export function readExecutable(file: string): Executable | null {
  const fd = openSync(file, 'r');
  try {
    const bytes = new Uint8Array(HEAD);
    if (readSync(fd, bytes, 0, HEAD, 0) < 64) return null;
    const head = new DataView(bytes.buffer);
    const magic = head.getUint32(0, true);
    if ((magic & 0xffff) === DOS) return readPe(head);
    if (magic === MACH_O || magic === UNIVERSAL) {
      const arch = magic === MACH_O ? (PROCESSORS[head.getUint32(4, true)] ?? null) : null;
      return { system: 'darwin', arch, interpreter: null, truncated: null };
    }
    return magic === SYSTEM_V ? readElf(fd, head) : null;
  } finally {
    closeSync(fd);
  }
}

function readPe(head: DataView): Executable | null {
  const at = head.getUint32(60, true);
  if (at + 6 > HEAD || head.getUint32(at, true) !== PE) return null;
  const arch = PROCESSORS[head.getUint16(at + 4, true)] ?? null;
  return { system: 'win32', arch, interpreter: null, truncated: null };
}

function readElf(fd: number, head: DataView): Executable {
  const wide = head.getUint8(4) === 2;
  const little = head.getUint8(5) === 1;
  const arch = PROCESSORS[head.getUint16(18, little)] ?? null;
  const described = { system: 'linux', arch, interpreter: null, truncated: null } as const;
  if (!wide || !little) return described;

  const count = (offset: number): number => Number(head.getBigUint64(offset, true));
  const at = count(32);
  const step = head.getUint16(54, true);
  const segments = head.getUint16(56, true);
  // The table of sections is the last thing in a file that a linker wrote.
  let needed = count(40) + head.getUint16(58, true) * head.getUint16(60, true);
  let interpreter: string | null = null;
  for (let i = 0; i < segments && at + (i + 1) * step <= HEAD; i++) {
    const kind = head.getUint32(at + i * step, true);
    const offset = count(at + i * step + 8);
    const nbytes = count(at + i * step + 32);
    needed = Math.max(needed, offset + nbytes);
    if (kind === 3) interpreter = nulTerminatedAt(fd, offset, Math.min(nbytes, 256));
  }
  const last = Math.min(needed, Number.MAX_SAFE_INTEGER) - 1;
  const isWhole = needed === 0 || readSync(fd, new Uint8Array(1), 0, 1, last) === 1;
  return { ...described, interpreter, truncated: isWhole ? null : { size: fstatSync(fd).size, needed } };
}

function nulTerminatedAt(fd: number, offset: number, nbytes: number): string {
  const text = new Uint8Array(nbytes);
  readSync(fd, text, 0, nbytes, offset);
  const end = text.indexOf(0);
  return String.fromCharCode(...text.subarray(0, end < 0 ? nbytes : end));
}
