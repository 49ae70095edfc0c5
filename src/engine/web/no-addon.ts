/** Replaces load-addon.ts and code-folder.ts in a build that has no addon and no folder. */

/** Returns no addon, and warns of nothing, because this build has none. */
export function loadAddon(): null {
  return null;
}

export const codeFolder = '';

export function isBundled(): boolean {
  return true;
}
