/** Types of doors.mjs for the tests. */
export const DOORS: Readonly<Record<string, string>>;
export const CORE: { readonly subpath: string; readonly source: string; readonly name: string };
export function builtName(source: string): string;
export function doorsOf(): object;
export function manifestWith(text: string): string;
