/** The results of `cdef` and `formatInfo` for random declarations, in the order in which a compiler is asked. */
import { cdef } from '../../../src/format/c/cdef.js';
import { type FieldInfo, formatInfo } from '../../../src/format/info.js';
import type { Sample } from './random-c.js';

/** `[sizeof, alignof, offset of each path, sizeof each path]` of each sample. */
export function measuredByCdef(samples: readonly Sample[]): number[][] {
  const record: Readonly<Record<string, unknown>> & { alignof?: unknown } = cdef(
    samples.map(({ text }) => text).join('\n'),
  );
  const alignments = record.alignof as Record<string, number>;
  return samples.map(({ name, paths }) => {
    const info = formatInfo(record[name]);
    const alignment = alignments[name]!;
    if (info.alignment > alignment)
      throw new Error(`${name}: the format claims the alignment ${info.alignment}`);
    const answers = [info.itemsize, alignment];
    for (const { names } of paths) {
      let offset = 0;
      let fields = info.fields;
      let field: FieldInfo | undefined;
      for (const one of names) {
        field = fields.find((candidate) => candidate.name === one);
        if (field === undefined) throw new Error(`${name}: no ${names.join('.')} in ${record[name]}`);
        offset += field.offset;
        fields = field.fields ?? [];
      }
      answers.push(offset, field?.itemsize ?? -1);
    }
    return answers;
  });
}
