// A child of a process that shares memory with it: the argument is the memory's descriptor, on Windows the number of a handle.
import { SharedMemory } from './library.mjs';

const memory = SharedMemory.open(Number(process.argv[2]));
const first = memory.view().get(0);
memory.view().slice('100:114').copyFrom(Buffer.from('from the child'));
console.log(JSON.stringify({ nbytes: memory.nbytes, first, name: memory.name }));
