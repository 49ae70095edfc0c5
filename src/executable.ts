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
  /** The least size that the file must have (bytes), and its actual size. */
  readonly needed: number;
  readonly size: number;
}

const HEAD = 2048;
const SYSTEM_V = 0x464c457f;
const MACH_O = 0xfeedfacf;
/** Several Mach-O binaries in one file; the number is big-endian. */
const UNIVERSAL = 0xbebafeca;

/** The first two bytes of a PE file, and the four before its header, which its 60th byte leads to. */
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
 * Reads the head of a binary.
 *
 * @returns null for a file that is no binary
 * @throws what `fs` throws where the file can't be read
 */
export function readExecutable(file: string): Executable | null {
  const fd = openSync(file, 'r');
  try {
    const head = Buffer.alloc(HEAD);
    const { size } = fstatSync(fd);
    const there = readSync(fd, head, 0, HEAD, 0);
    if (there < 64) return null;
    const magic = head.readUInt32LE(0);
    if ((magic & 0xffff) === DOS) return readPe(head, size);
    if (magic === MACH_O || magic === UNIVERSAL) {
      const arch = magic === MACH_O ? (PROCESSORS[head.readUInt32LE(4)] ?? null) : null;
      return { system: 'darwin', arch, interpreter: null, needed: 0, size };
    }
    return magic === SYSTEM_V ? readElf(fd, head, size) : null;
  } finally {
    closeSync(fd);
  }
}

function readPe(head: Buffer, size: number): Executable | null {
  const at = head.readUInt32LE(60);
  if (at + 6 > head.length || head.readUInt32LE(at) !== PE) return null;
  return {
    system: 'win32',
    arch: PROCESSORS[head.readUInt16LE(at + 4)] ?? null,
    interpreter: null,
    needed: 0,
    size,
  };
}

function readElf(fd: number, head: Buffer, size: number): Executable {
  const wide = head[4] === 2;
  const little = head[5] === 1;
  const arch = PROCESSORS[little ? head.readUInt16LE(18) : head.readUInt16BE(18)] ?? null;
  const described = { system: 'linux', arch, interpreter: null, needed: 0, size } as const;
  if (!wide || !little) return described;

  const at = Number(head.readBigUInt64LE(32));
  const step = head.readUInt16LE(54);
  const segments = head.readUInt16LE(56);
  // The table of sections is the last thing in a file that a linker wrote.
  let needed = Number(head.readBigUInt64LE(40)) + head.readUInt16LE(58) * head.readUInt16LE(60);
  let interpreter: string | null = null;
  for (let i = 0; i < segments && at + (i + 1) * step <= HEAD; i++) {
    const kind = head.readUInt32LE(at + i * step);
    const offset = Number(head.readBigUInt64LE(at + i * step + 8));
    const nbytes = Number(head.readBigUInt64LE(at + i * step + 32));
    needed = Math.max(needed, offset + nbytes);
    if (kind !== 3) continue;
    const text = Buffer.alloc(Math.min(nbytes, 256));
    readSync(fd, text, 0, text.length, offset);
    interpreter = text.toString('latin1').replace(/\0.*$/s, '');
  }
  return { ...described, interpreter, needed };
}
