/** Heads of binaries, from which the loader explains why a file does not load. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExecutable } from '../src/executable.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'memoryview-heads-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function headOf(bytes: Uint8Array): ReturnType<typeof readExecutable> {
  const file = join(folder, 'binary');
  writeFileSync(file, bytes);
  return readExecutable(file);
}

function machO(magic: number, processor: number): Buffer {
  const head = Buffer.alloc(64);
  head.writeUInt32LE(magic, 0);
  head.writeUInt32LE(processor, 4);
  return head;
}

/** A 64-bit ELF head, one program header for each segment behind it, and the text of the interpreter behind those. */
function elf(machine: number, segments: { kind: number; offset: number; nbytes: number }[]): Buffer {
  const file = Buffer.alloc(1024);
  file.writeUInt32LE(0x464c457f, 0);
  file[4] = 2;
  file[5] = 1;
  file.writeUInt16LE(machine, 18);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(segments.length, 56);
  segments.forEach(({ kind, offset, nbytes }, i) => {
    file.writeUInt32LE(kind, 64 + 56 * i);
    file.writeBigUInt64LE(BigInt(offset), 64 + 56 * i + 8);
    file.writeBigUInt64LE(BigInt(nbytes), 64 + 56 * i + 32);
  });
  file.write('/lib/ld-musl-x86_64.so.1\0', 512);
  return file;
}

describe('the head of a binary', () => {
  it('of macOS names its processor, but for a universal one', () => {
    expect(headOf(machO(0xfeedfacf, 0x0100000c))).toMatchObject({ system: 'darwin', arch: 'arm64' });
    expect(headOf(machO(0xfeedfacf, 0x01000007))).toMatchObject({ system: 'darwin', arch: 'x64' });
    expect(headOf(machO(0xfeedfacf, 7))).toMatchObject({ system: 'darwin', arch: null });
    expect(headOf(machO(0xbebafeca, 0x0100000c))).toMatchObject({ system: 'darwin', arch: null });
  });

  it('of Linux names its processor, its interpreter and the size that it needs', () => {
    const segments = [
      { kind: 1, offset: 0, nbytes: 4096 },
      { kind: 3, offset: 512, nbytes: 25 },
    ];
    expect(headOf(elf(62, segments))).toEqual({
      system: 'linux',
      arch: 'x64',
      interpreter: '/lib/ld-musl-x86_64.so.1',
      truncated: { size: 1024, needed: 4096 },
    });
    expect(headOf(elf(183, []))).toMatchObject({ arch: 'arm64', interpreter: null, truncated: null });
  });

  it('of a system of 32 bits names the processor only', () => {
    const file = elf(40, []);
    file[4] = 1;
    expect(headOf(file)).toMatchObject({ system: 'linux', arch: 'arm', truncated: null });
  });

  it('is null for text, and for a file too short to have one', () => {
    expect(headOf(Buffer.from('#!/bin/sh\n'.repeat(10)))).toBe(null);
    expect(headOf(machO(0xfeedfacf, 0).subarray(0, 20))).toBe(null);
  });
});
