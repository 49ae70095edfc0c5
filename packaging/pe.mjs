/**
 * Reads from a 64-bit Windows library (PE) what the check of a prebuild needs: its processor, the names that it exports, and the libraries
 * that it needs. It can also remove exported names.
 */

/** The start of the table of data directories in the optional header, and the meaning of its first two entries. */
const DIRECTORIES = 112;
const EXPORTS = 0;
const IMPORTS = 1;

/** The processor of a library, and the file positions of its addresses and tables. */
function opened(bytes) {
  const at = bytes.readUInt32LE(60);
  if (bytes.toString('latin1', 0, 2) !== 'MZ' || bytes.readUInt32LE(at) !== 0x4550) {
    throw new Error('pe: no PE file');
  }
  const arch = { 34404: 'x64', 43620: 'arm64' }[bytes.readUInt16LE(at + 4)];
  const optional = at + 24;
  if (bytes.readUInt16LE(optional) !== 0x20b) throw new Error('pe: no PE file of 64 bits');
  const first = optional + bytes.readUInt16LE(at + 20);
  const sections = Array.from({ length: bytes.readUInt16LE(at + 6) }, (_, i) => {
    const [start, size, offset] = [12, 16, 20].map((field) => bytes.readUInt32LE(first + 40 * i + field));
    return { start, end: start + size, offset };
  });
  /** The file position of an address in memory. */
  const placeOf = (address) => {
    const section = sections.find(({ start, end }) => address >= start && address < end);
    if (section === undefined) throw new Error(`pe: address ${address} lies in no section`);
    return address - section.start + section.offset;
  };
  const textAt = (address) => {
    const place = placeOf(address);
    return bytes.toString('latin1', place, bytes.indexOf(0, place));
  };
  const directory = (index) => bytes.readUInt32LE(optional + DIRECTORIES + 8 * index);
  return { arch, placeOf, textAt, directory };
}

/** @returns `{ arch, exported, needed }`; `needed` does not include libraries with delayed imports */
export function readPe(bytes) {
  const { arch, placeOf, textAt, directory } = opened(bytes);
  const needed = [];
  // An entry of zeros ends the table.
  for (let entry = placeOf(directory(IMPORTS)); bytes.readUInt32LE(entry + 12) !== 0; entry += 20) {
    needed.push(textAt(bytes.readUInt32LE(entry + 12)));
  }
  const table = directory(EXPORTS) === 0 ? null : placeOf(directory(EXPORTS));
  const exported = Array.from({ length: table === null ? 0 : bytes.readUInt32LE(table + 24) }, (_, i) =>
    textAt(bytes.readUInt32LE(placeOf(bytes.readUInt32LE(table + 32)) + 4 * i)),
  );
  return { arch, exported, needed };
}

/**
 * Removes the names that a pattern does not match from the table of exports. The functions keep their ordinals, which nothing uses.
 *
 * @param bytes - the library, which is changed
 */
export function keepExports(bytes, pattern) {
  const { placeOf, textAt, directory } = opened(bytes);
  const table = placeOf(directory(EXPORTS));
  const [names, ordinals] = [32, 36].map((field) => placeOf(bytes.readUInt32LE(table + field)));
  let kept = 0;
  // The names stay sorted, because Windows finds them by binary search.
  for (let i = 0; i < bytes.readUInt32LE(table + 24); i++) {
    const name = bytes.readUInt32LE(names + 4 * i);
    if (!pattern.test(textAt(name))) continue;
    bytes.writeUInt32LE(name, names + 4 * kept);
    bytes.writeUInt16LE(bytes.readUInt16LE(ordinals + 2 * i), ordinals + 2 * kept);
    kept++;
  }
  bytes.writeUInt32LE(kept, table + 24);
}
