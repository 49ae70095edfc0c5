/**
 * Vitest's reporter for the matrix: counts by area what one runtime passed, failed and skipped, into the file that
 * MEMORYVIEW_MATRIX names. The counts of the conformance vectors are those of vectors, which the tests note in their metadata.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { isRefusal, REFUSED } from './refused.mjs';
import { AREAS, areaOf } from './table.mjs';

/** Without the addon a test may end by the library's refusal; it counts as skipped then. */
const isRefused = (errors) =>
  process.env.MEMORYVIEW_ENGINE === 'javascript' &&
  errors.length > 0 &&
  errors.every((error) => isRefusal(error));

export default class MatrixReporter {
  onTestRunEnd(modules, unhandled) {
    const areas = Object.fromEntries(AREAS.map(({ name }) => [name, { passed: 0, failed: 0, skipped: 0 }]));
    const skipped = [];
    const failures = unhandled
      .filter((error) => !isRefused([error]))
      .map(({ message }) => ({ test: 'outside of any test', message }));
    let runtime = null;
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId).replaceAll('\\', '/');
      // An error of a file or a hook prevents the tests below from running.
      const broken = [module, ...module.children.allSuites()].flatMap((suite) => suite.errors());
      const refused = isRefused(broken);
      if (!refused) for (const { message } of broken) failures.push({ test: file, message });
      for (const test of module.children.allTests()) {
        const { state, note, errors = [] } = test.result();
        const meta = test.meta();
        runtime ??= meta.runtime ?? null;
        const name = `${file}: ${test.fullName}`;
        // The matrix has no row for lifetimes; test:windows runs them too.
        if (file.startsWith('test/lifetime/')) areas.lifetime ??= { passed: 0, failed: 0, skipped: 0 };
        const area = areas[areaOf(file) ?? 'lifetime'];
        const lacks = (refused && state !== 'passed') || isRefused(errors);
        if (state === 'failed' && !lacks)
          failures.push({ test: name, message: errors.map((e) => e.message).join('\n') });
        if (state === 'skipped' && note === undefined && !lacks)
          failures.push({ test: name, message: 'skipped without a reason' });
        if (area === undefined) continue;
        if (state === 'skipped' || lacks) {
          area.skipped++;
          skipped.push({ test: name, reason: lacks ? REFUSED : (note ?? 'no reason given') });
        } else if (meta.vectors === undefined) area[state === 'passed' ? 'passed' : 'failed']++;
        else {
          area.passed += meta.vectors.passed;
          area.failed += meta.vectors.failed;
        }
      }
    }
    const file = process.env.MEMORYVIEW_MATRIX;
    if (file === undefined) throw new Error('MEMORYVIEW_MATRIX names no file to write to');
    writeFileSync(file, JSON.stringify({ runtime, areas, skipped, failures }));
  }
}
