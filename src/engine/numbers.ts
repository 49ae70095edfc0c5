/**
 * Numbers that TypeScript and the addon share: statuses, codes of errors, and enumerations. test/numbers.test.ts
 * compares them with the addon's. Places in arrays are in places.ts.
 */

/** The statuses that native functions return; the numbers are those of `Status` in native/node/call.h. */
export const STATUS = {
  OK: 0,
  BAD_ARGUMENT: 1,
  /** No block of that id that this thread has an ArrayBuffer over. */
  UNKNOWN: 2,
  OUT_OF_MEMORY: 3,
  /** The runtime has no external ArrayBuffers, so the engine must own the memory. */
  NO_EXTERNAL: 4,
  PINNED: 5,
  /** The ArrayBuffer was marked untransferable, so it cannot be detached. */
  UNDETACHABLE: 6,
  /** Other code detached the ArrayBuffer; its memory lives on in another one. */
  ELSEWHERE: 7,
  /** Items of a target share bytes, so the order of writing matters. */
  OVERLAP: 8,
} as const;

/** Codes of `mv_error` that the addon passes on: those of native/include/memoryview.h, and `kUnsupported` of native/capi/dlpack.h. */
export const ERROR_CODE = {
  RELEASED: 2,
  BUSY: 3,
  NO_MEMORY: 4,
  BAD_REQUEST: 5,
  BAD_VERSION: 8,
  UNSUPPORTED: 64,
} as const;

/** Whether the consumer of a tensor may write to it; the numbers are those of `TensorAccess` in native/capi/dlpack.h. */
export const TENSOR_ACCESS = { AS_PRODUCED: 0, READONLY: 1, WRITABLE: 2 } as const;

/** Where memory comes from. */
export type MemoryKind = 'heap' | 'file' | 'shared' | 'foreign' | 'arena';

/** All of them, in the order of `Kind` in native/core/ledger.h. */
export const KINDS: readonly MemoryKind[] = ['heap', 'file', 'shared', 'foreign', 'arena'];

/** Advice to the system about the use of a mapping, in the order of `Advice` in native/core/file_memory.h. */
export const ADVICE = ['normal', 'sequential', 'random', 'willneed', 'hugepage'] as const;
