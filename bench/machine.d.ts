/** The types of machine.js, for its tests. */
export function bytesOfSize(text: string): number;
export function caches(folder?: string): { level: number; nbytes: number }[];
export function machine(): Record<string, string>;
