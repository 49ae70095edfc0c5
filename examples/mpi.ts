/**
 * Ranks in Node and in Python in one MPI job: strided views sent without packing, by datatypes made from their shape and strides; a sum
 * over all ranks; memory that other ranks write to. The ranks are `mpi/rank.ts` and `mpi/rank.py`.
 *
 *     npm run example -- mpi [MIB]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { claim, title } from './report.js';

const mib = process.argv[2] ?? '64';
const python = process.env.MEMORYVIEW_PYTHON ?? '/usr/bin/python3';
const node = [process.execPath, fileURLToPath(new URL('mpi/rank.js', import.meta.url))];
const numpy = [python, fileURLToPath(new URL('../mpi/rank.py', import.meta.url))];

/** Runs a job of programs with some ranks each; if there are two of a kind, they exchange some MiB. */
function run(ranks: number, size: string, ...programs: readonly (readonly string[])[]): string {
  const each = programs.flatMap((program, i) => [
    ...(i === 0 ? [] : [':']),
    ...['-n', String(ranks), ...program, size],
  ]);
  const { stdout, stderr, status, error } = spawnSync('mpirun', ['--oversubscribe', ...each], {
    encoding: 'utf8',
    // In a container everything runs as root, which mpirun allows only with this option.
    env: { ...process.env, OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' },
  });
  if (status !== 0) throw new Error(`mpirun failed: ${error?.message ?? stderr}`);
  return stdout;
}

title('Two ranks in Node');
console.log(run(2, mib, node).trimEnd());

const hasPython = spawnSync(python, ['-c', 'import mpi4py, numpy']).status === 0;
if (hasPython) {
  title('A rank in Node, one in Python');
  console.log(run(1, '0', node, numpy).trimEnd());
  title('Two ranks in Node, two in Python');
  const said = run(2, mib, node, numpy);
  console.log(said.trimEnd());
  claim('both kinds of ranks ended well', said.includes('mpi4py to mpi4py'));
}
