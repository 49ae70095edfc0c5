/**
 * Checks an addon's exporters against docs/protocol.md, and prints a report.
 *
 *     npx node-gyp rebuild -C packaging/conformance
 *     node packaging/conformance/run.mjs ./my-addon.node makeSamples 2 3
 *
 * The addon's function is called with the numbers, and what it returns is checked. Exit status 1 where a rule is broken.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/** Rules of a list of `[rule, fault]`, each once: how often it was tried, and its first fault. */
export function summary(pairs) {
  const rules = new Map();
  for (const [rule, fault] of pairs) {
    const known = rules.get(rule) ?? { rule, tried: 0, fault: '' };
    known.tried++;
    if (known.fault === '') known.fault = fault;
    rules.set(rule, known);
  }
  return [...rules.values()];
}

/** The report as text. */
export function reportOf(name, pairs) {
  const rules = summary(pairs);
  const broken = rules.filter(({ fault }) => fault !== '').length;
  const lines = rules.map(({ rule, tried, fault }) =>
    fault === '' ? `  ok      ${rule} (${tried})` : `  BROKEN  ${rule}: ${fault}`,
  );
  return [`${name}: ${rules.length - broken} of ${rules.length} rules kept`, ...lines].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file, name, ...numbers] = process.argv.slice(2);
  if (file === undefined || name === undefined) {
    console.error('usage: run.mjs ADDON FUNCTION [NUMBER…]');
    process.exit(2);
  }
  const { check } = require(
    process.env.CONFORMANCE ?? fileURLToPath(new URL('build/Release/conformance.node', import.meta.url)),
  );
  const pairs = check(require(resolve(file))[name](...numbers.map(Number)));
  console.log(reportOf(`${file} ${name}`, pairs));
  process.exitCode = pairs.some(([, fault]) => fault !== '') ? 1 : 0;
}
