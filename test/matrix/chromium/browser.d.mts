export const BROWSER: string;
export const FLAGS: readonly string[];
