/**
 * A long run of the oracle: `node test/oracle/fuzz.mjs --seconds 600 --seed 7`.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    cases: { type: 'string' },
  },
});
const env = { ...process.env, CI: 'true', ORACLE_SECONDS: values.seconds, ORACLE_CASES: values.cases ?? '1' };
if (values.seed !== undefined) env.ORACLE_SEED = values.seed;
const { status } = spawnSync('npx', ['vitest', 'run', 'test/oracle'], { env, stdio: 'inherit' });
process.exitCode = status ?? 1;
