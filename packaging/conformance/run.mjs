/**
 * Checks an addon's exporters against docs/protocol.md, and prints a report.
 *
 *     npx node-gyp rebuild -C packaging/conformance
 *     node packaging/conformance/run.mjs ./my-addon.node makeSamples 2 3
 *
 * It calls the addon's function with the numbers, and checks the result. The exit status is 1 if a rule is broken.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/** Merges a list of `[rule, fault]` by rule: the number of checks, and the first fault. */
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
