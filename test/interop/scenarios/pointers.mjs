/**
 * Follows a list of a C library through the FFI of the runtime that runs this: node:ffi, bun:ffi or Deno's. Prints what it found.
 *
 *     node pointers.mjs LIBRARY
 */
import process from 'node:process';
import { Arena, allocate, cdef } from '../../../dist/index.mjs';
import { copyFrom, copyTo, deref, read, readString, write } from '../../../dist/interop/pointer.mjs';

const path = process.argv[2];

/** The functions, each with addresses as bigints. */
async function opened() {
  if (typeof Bun !== 'undefined') {
    const { dlopen } = await import('bun:ffi');
    const { symbols } = dlopen(path, {
      makeList: { args: ['i32'], returns: 'u64' },
      endList: { args: ['u64'], returns: 'void' },
      sumOfValues: { args: ['u64'], returns: 'i32' },
      fillOnThread: { args: ['u64', 'i32'], returns: 'void' },
    });
    return symbols;
  }
  if (typeof Deno !== 'undefined') {
    const { symbols } = Deno.dlopen(path, {
      makeList: { parameters: ['i32'], result: 'u64' },
      endList: { parameters: ['u64'], result: 'void' },
      sumOfValues: { parameters: ['u64'], result: 'i32' },
      fillOnThread: { parameters: ['u64', 'i32'], result: 'void' },
    });
    return symbols;
  }
  const { dlopen } = await import('node:ffi');
  const { functions } = dlopen(path, {
    makeList: { arguments: ['int32'], return: 'pointer' },
    endList: { arguments: ['pointer'], return: 'void' },
    sumOfValues: { arguments: ['pointer'], return: 'int32' },
    fillOnThread: { arguments: ['pointer', 'int32'], return: 'void' },
  });
  return functions;
}

const library = await opened();
const { node } = cdef(
  'typedef struct node { struct node *next; int value; const char *name; double weights[3]; } node;',
);
const found = {};

const first = BigInt(library.makeList(5));
found.values = [];
for (let at = first; at !== 0n; at = read(at, node).next) found.values.push(read(at, node).value);
found.name = readString(read(first, node).name);
write(first + 8n, 'i', 10);
found.sum = library.sumOfValues(first);
library.endList(first);

const arena = new Arena();
const last = arena.struct(node, { value: 3, name: arena.cString('last').address });
const head = arena.struct(node, { value: 4, next: last.address });
found.own = library.sumOfValues(head.address);
found.behind = deref(head, 'next', node).get().value;
found.text = readString(deref(head, 'next', node).get().name);
arena.reset();
found.ended = head.released;

const memory = allocate(400);
memory.borrow(() => library.fillOnThread(memory.address, 100));
found.filled = memory.view('i').get(99);
const copy = new Int32Array(100);
copyFrom(copy, memory.address);
copyTo(copy.subarray(1, 3), memory.address);
found.copied = [copy[99], memory.view('i').get(0), memory.view('i').get(1)];
memory.release();

console.log(JSON.stringify(found));
