/** Replaces load-addon.ts and place.ts in a build that has no addon and no folder. */

/** There is no addon to load, and no warning to give. */
export function loadAddon(): null {
  return null;
}

export const codeFolder = '';

export function isBundled(): boolean {
  return true;
}
