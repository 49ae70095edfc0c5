/** Helpers for tests that also run on Windows: the reason of a skip there, and the removal of a folder whose files may still be mapped. */
import { rmSync } from 'node:fs';
import type { TestContext } from 'vitest';

export const onWindows: boolean = process.platform === 'win32';

/** Skips a test on Windows, with a reason. */
export function leaveOutOnWindows(context: Pick<TestContext, 'skip'>, reason: string): void {
  if (onWindows) context.skip(`Windows: ${reason}`);
}

/** Removes a folder with its files. Windows keeps a file that is mapped until its memory has been collected. */
export function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    if (!onWindows) throw error;
  }
}
