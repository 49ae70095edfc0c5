/** native/core by its own tests under ASan with UBSan and LSan, and under TSan; and as it is built, with longer races. */
import { test } from 'vitest';
import { corePasses } from './core.js';

for (const mode of ['plain', 'asan', 'tsan'] as const) {
  test(`the core passes its own tests (${mode})`, { timeout: 600_000 }, (context) =>
    corePasses(mode, 200, context),
  );
}
