/**
 * Vitest's reporter for the matrix: counts by area what one runtime passed, failed and skipped, into the file that
 * MEMORYVIEW_MATRIX names. The counts of the conformance vectors are those of vectors, which the tests note in their metadata.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { AREAS, areaOf } from './table.mjs';

export default class MatrixReporter {
  onTestRunEnd(modules, unhandled) {
    const areas = Object.fromEntries(AREAS.map(({ name }) => [name, { passed: 0, failed: 0, skipped: 0 }]));
    const skipped = [];
    const failures = unhandled.map(({ message }) => ({ test: 'outside of any test', message }));
    let runtime = null;
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId);
      for (const { message } of module.errors()) failures.push({ test: file, message });
      for (const test of module.children.allTests()) {
        const { state, note, errors } = test.result();
        const meta = test.meta();
        runtime ??= meta.runtime ?? null;
        const name = `${file}: ${test.fullName}`;
        const area = areas[areaOf(file)];
        if (state === 'failed')
          failures.push({ test: name, message: errors.map((e) => e.message).join('\n') });
        if (state === 'skipped' && note === undefined)
          failures.push({ test: name, message: 'skipped without a reason' });
        if (area === undefined) continue;
        if (state === 'skipped') {
          area.skipped++;
          skipped.push({ test: name, reason: note ?? 'no reason given' });
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
