/**
 * Reads from a 64-bit Mach-O library what the check of a macOS prebuild needs: its processor, the names that it exports, and its signature.
 */
import { createHash } from 'node:crypto';

const LOAD_COMMANDS = 32;
const CODE_SIGNATURE = 0x1d;
/** The exports are a trie of names. One of these commands gives its position, with other tables or alone. */
const DYLD_INFO = 0x80000022;
const EXPORTS_TRIE = 0x80000033;

/** The blob of the signature that has a hash of each page of the file, and the kind of hash that linkers make. */
const CODE_DIRECTORY = 0xfade0c02;
const SHA256 = 2;

/** @returns `{ arch, exported, signed }`; `signed` where each page has the hash that the signature says */
export function readMachO(bytes) {
  if (bytes.readUInt32LE(0) !== 0xfeedfacf) throw new Error('mach-o: no Mach-O file of 64 bits');
  const arch = { 16777228: 'arm64', 16777223: 'x64' }[bytes.readUInt32LE(4)];
  let exported = [];
  let signed = false;
  let at = LOAD_COMMANDS;
  for (let left = bytes.readUInt32LE(16); left > 0; left--) {
    const command = bytes.readUInt32LE(at);
    if (command === CODE_SIGNATURE) signed = isSigned(bytes, bytes.readUInt32LE(at + 8));
    if (command === DYLD_INFO) exported = namesIn(bytes, at + 40);
    if (command === EXPORTS_TRIE) exported = namesIn(bytes, at + 8);
    at += bytes.readUInt32LE(at + 4);
  }
  return { arch, exported, signed };
}

/** Compares the hashes of the signature at `start` with the pages. */
function isSigned(bytes, start) {
  for (let blob = bytes.readUInt32BE(start + 8) - 1; blob >= 0; blob--) {
    const at = start + bytes.readUInt32BE(start + 16 + 8 * blob);
    if (bytes.readUInt32BE(at) !== CODE_DIRECTORY || bytes[at + 37] !== SHA256) continue;
    const [hashes, count, end] = [16, 28, 32].map((field) => bytes.readUInt32BE(at + field));
    const [length, page] = [bytes[at + 36], 2 ** bytes[at + 39]];
    return Array.from({ length: count }, (_, i) => i).every((i) => {
      const content = bytes.subarray(i * page, Math.min((i + 1) * page, end));
      const expected = bytes.subarray(at + hashes + i * length, at + hashes + (i + 1) * length);
      return createHash('sha256').update(content).digest().equals(expected);
    });
  }
  return false;
}

/** The names of the trie whose offset and size are at `at`. */
function namesIn(bytes, at) {
  const start = bytes.readUInt32LE(at);
  const trie = bytes.subarray(start, start + bytes.readUInt32LE(at + 4));
  const names = [];
  const visit = (node, prefix) => {
    const [terminal, after] = readNumber(trie, node);
    if (terminal > 0) names.push(prefix);
    let edge = after + terminal;
    for (let count = trie[edge++]; count > 0; count--) {
      const end = trie.indexOf(0, edge);
      const [child, next] = readNumber(trie, end + 1);
      visit(child, prefix + trie.toString('latin1', edge, end));
      edge = next;
    }
  };
  if (trie.length > 0) visit(0, '');
  return names.sort();
}

/** A number with 7 bits per byte, and the position of its end. */
function readNumber(bytes, at) {
  let value = 0;
  for (let shift = 1; ; shift *= 128) {
    const byte = bytes[at++];
    value += (byte & 127) * shift;
    if (byte < 128) return [value, at];
  }
}
