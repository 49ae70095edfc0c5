/** Runs an example by its name: `npm run example -- image`. Further arguments go to the example. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = new URL('.', import.meta.url);
const names = readdirSync(here)
  .filter((file) => file.endsWith('.js'))
  .map((file) => file.slice(0, -'.js'.length))
  .filter((name) => !['run', 'report', 'slice-cost'].includes(name))
  .sort();

const [node = '', , name = '', ...rest] = process.argv;
if (names.includes(name)) {
  const file = new URL(`${name}.js`, here);
  process.argv = [node, fileURLToPath(file), ...rest];
  await import(file.href);
} else {
  console.error(
    `${name === '' ? 'No example was named' : `There is no example "${name}"`}, expected one of:`,
  );
  for (const known of names) console.error(`  npm run example -- ${known}`);
  process.exitCode = 1;
}
