/** What one runtime did with the suite's runtime-neutral part. */
export interface MatrixResult {
  readonly runtime: { readonly name: string; readonly version: string; readonly engine?: 'javascript' };
  readonly areas: Readonly<
    Record<string, { readonly passed: number; readonly failed: number; readonly skipped?: number }>
  >;
  readonly skipped: readonly { readonly test: string; readonly reason: string }[];
}

export const RUNTIMES: readonly {
  readonly binary: string;
  readonly name: string;
  readonly major: number | null;
  readonly engine?: 'javascript';
  readonly without?: readonly string[];
}[];
export const AREAS: readonly { readonly name: string; readonly paths: readonly string[] }[];
export function areaOf(path: string): string | undefined;
export function shareOf(result: MatrixResult): {
  readonly passed: number;
  readonly of: number;
  readonly percent: number;
  readonly addon: number;
};
export function countsOf(results: readonly MatrixResult[]): string[];
export function tableOf(results: readonly MatrixResult[]): string;
export function tableIn(document: string): string | null;
export function withTable(document: string, table: string): string;
export function faultsOf(table: string): string[];
