/** Step 5: the ELF section table of that file, read in place: each column is a strided view of the bytes. */
import { endianness } from 'node:os';
import { memoryview, type NativeMemory } from 'memoryview';
import { addressText, claim, heading, line, table } from '../report.js';

const MAGIC = '7f454c46';
const CLASS_64 = 2;
const ROWS = 10;
const TYPES = new Map([
  [0, 'NULL'],
  [1, 'PROGBITS'],
  [2, 'SYMTAB'],
  [3, 'STRTAB'],
  [4, 'RELA'],
  [6, 'DYNAMIC'],
  [7, 'NOTE'],
  [8, 'NOBITS'],
  [11, 'DYNSYM'],
  [14, 'INIT_ARRAY'],
  [15, 'FINI_ARRAY'],
  [0x6ffffff6, 'GNU_HASH'],
  [0x6ffffffe, 'VERNEED'],
  [0x6fffffff, 'VERSYM'],
]);

/** Shows the first sections of an ELF64 file, or says that the file is not one. */
export function sectionTable(memory: NativeMemory): void {
  heading(5, 'The ELF section table of that file, as strided views');
  const bytes = memory.view();
  if (bytes.slice([0, 4]).hex() !== MAGIC || bytes.get(4) !== CLASS_64) {
    console.log(`   ${memory.label} is no 64-bit ELF file on ${process.platform}, so this step is left out.`);
    return;
  }
  const header = {
    table: Number(memoryview(memory, { format: 'Q', shape: [], byteOffset: 0x28 }).get()),
    entry: memoryview(memory, { format: 'H', shape: [], byteOffset: 0x3a }).get(),
    count: memoryview(memory, { format: 'H', shape: [], byteOffset: 0x3c }).get(),
    names: memoryview(memory, { format: 'H', shape: [], byteOffset: 0x3e }).get(),
  };
  const column = <F extends 'I' | 'Q'>(format: F, offset: number) =>
    memoryview(memory, {
      format,
      shape: [header.count],
      strides: [header.entry],
      byteOffset: header.table + offset,
    });
  const nameAt = column('I', 0);
  const type = column('I', 4);
  const address = column('Q', 16);
  const offset = column('Q', 24);
  const size = column('Q', 32);

  const start = Number(offset.get(header.names));
  const texts = bytes.slice([start, start + Number(size.get(header.names))]);
  const nameOf = (i: number): string => {
    const from = nameAt.get(i);
    return texts.slice([from, texts.indexOf(0, from)]).decode('latin1');
  };

  line('sections', `${header.count}, one every ${header.entry} bytes from byte ${header.table} on`);
  line('the column of sizes', `${size}, shape (${size.shape}), strides (${size.strides})`);
  console.log();
  const names = Array.from({ length: header.count }, (_, i) => nameOf(i));
  table([
    ['name', 'type', 'address', 'offset', 'size'],
    ...names
      .slice(0, ROWS)
      .map((name, i) => [
        name,
        TYPES.get(type.get(i)) ?? addressText(type.get(i)),
        addressText(address.get(i)),
        offset.get(i),
        size.get(i),
      ]),
  ]);
  console.log();
  claim('the name table names itself .shstrtab', names[header.names] === '.shstrtab');
  claim('there is a section .text', names.includes('.text'));
  claim('each column agrees with a DataView that reads the same bytes one by one', () => {
    const data = new DataView(memory.buffer);
    const little = endianness() === 'LE';
    return names.every((_, i) => {
      const at = header.table + i * header.entry;
      return (
        data.getUint32(at + 4, little) === type.get(i) &&
        data.getBigUint64(at + 16, little) === address.get(i) &&
        data.getBigUint64(at + 24, little) === offset.get(i) &&
        data.getBigUint64(at + 32, little) === size.get(i)
      );
    });
  });
}
