/**
 * Runs Python in this process, with numpy's own tests of DLPack, whose tensors pass through views here (dlpack_bridge.py).
 * Arguments: Python's shared library, then those of pytest.
 */
import koffi from 'koffi';
import { fromDLPack, toDLPack } from 'memoryview/dlpack';

const [library, ...pytest] = process.argv.slice(2);
// Global: the modules of Python's standard library find its symbols in the process.
const python = koffi.load(library, { global: true, lazy: true });
const start = python.func('void Py_Initialize()');
const run = python.func('int PyRun_SimpleString(const char *)');

let reason = '';
const through = koffi.register(
  (address, versioned) => {
    try {
      return toDLPack(fromDLPack(address, { versioned })).take();
    } catch (error) {
      reason = `${error.code}: ${error.message}`;
      return 0n;
    }
  },
  koffi.pointer(koffi.proto('uint64_t through(uint64_t, bool)')),
);
const said = koffi.register(() => reason, koffi.pointer(koffi.proto('const char *said()')));

start();
run(`import sys
sys.path.insert(0, ${JSON.stringify(import.meta.dirname)})
sys.argv = ['pytest']
import dlpack_bridge
dlpack_bridge.main(${koffi.address(through)}, ${koffi.address(said)}, ${JSON.stringify(pytest)})`);
