/** Open MPI's library through koffi: its functions, and its handles, which are addresses of its own variables. */
import koffi from 'koffi';
import { allocate, type NativeMemory } from 'memoryview';

// Its plugins look for its symbols in the global scope of the process.
const library = koffi.load(process.env.MEMORYVIEW_MPI ?? 'libmpi.so.40', { global: true, lazy: true });
const handle = (name: string): bigint => koffi.address(library.symbol(name, 'void'));
export const world: bigint = handle('ompi_mpi_comm_world');
export const TYPES: Readonly<Record<string, bigint>> = {
  B: handle('ompi_mpi_uint8_t'),
  i: handle('ompi_mpi_int32_t'),
  q: handle('ompi_mpi_int64_t'),
  f: handle('ompi_mpi_float'),
  d: handle('ompi_mpi_double'),
};
export const SUM: bigint = handle('ompi_mpi_op_sum');
export const NO_INFO: bigint = handle('ompi_mpi_info_null');
const FUNNELED = 1; // all calls come from one thread

type Argument = bigint | number;

function checked(name: string, parameters: string): (...given: Argument[]) => void {
  const call = library.func(`int ${name}(${parameters})`);
  return (...given) => {
    const code: number = call(...given);
    if (code !== 0) throw new Error(`${name} failed with ${code}`);
  };
}
const P = 'void *';
export const mpi = {
  init: checked('MPI_Init_thread', `${P}, ${P}, int, ${P}`),
  rank: checked('MPI_Comm_rank', `${P}, ${P}`),
  size: checked('MPI_Comm_size', `${P}, ${P}`),
  vector: checked('MPI_Type_create_hvector', `int, int, intptr_t, ${P}, ${P}`),
  commit: checked('MPI_Type_commit', P),
  freeType: checked('MPI_Type_free', P),
  send: checked('MPI_Isend', `${P}, int, ${P}, int, int, ${P}, ${P}`),
  receive: checked('MPI_Irecv', `${P}, int, ${P}, int, int, ${P}, ${P}`),
  test: checked('MPI_Test', `${P}, ${P}, ${P}`),
  reduce: checked('MPI_Iallreduce', `${P}, ${P}, int, ${P}, ${P}, ${P}, ${P}`),
  barrier: checked('MPI_Ibarrier', `${P}, ${P}`),
  window: checked('MPI_Win_create', `${P}, intptr_t, int, ${P}, ${P}, ${P}`),
  fence: checked('MPI_Win_fence', `int, ${P}`),
  put: checked('MPI_Put', `${P}, int, ${P}, int, intptr_t, int, ${P}, ${P}`),
  freeWindow: checked('MPI_Win_free', P),
  finalize: checked('MPI_Finalize', ''),
};

/** A cell that MPI writes to: a number, or a handle. */
function cell<T>(use: (address: bigint) => void, read: (memory: NativeMemory) => T): T {
  using memory = allocate(8);
  use(memory.address);
  return read(memory);
}
const int = (use: (address: bigint) => void): number =>
  cell(use, (memory) => Number(memory.view('i').get(0)));

cell(
  (provided) => mpi.init(0n, 0n, FUNNELED, provided),
  () => undefined,
);
export const rank: number = int((address) => mpi.rank(world, address));
export const size: number = int((address) => mpi.size(world, address));
