/** The types of report.js, for its tests. */
export interface Row {
  readonly question: string;
  readonly row: string;
  readonly work: string;
  readonly against: string;
  readonly unit: string;
  readonly ours: number | null;
  readonly theirs: number | null;
  readonly ratio: number | null;
  readonly bar: number | null;
  readonly ofStream: number | null;
}
export type Machine = Record<string, string>;
export type Stored = Record<string, { readonly machine: Machine; readonly rows: readonly Row[] }>;
export interface Answer {
  readonly row: string | number;
  readonly work: string;
  readonly unit: string;
  readonly ours: number;
  readonly streamSeconds?: number;
  readonly against: readonly {
    readonly name: string;
    readonly bar: number | null;
    readonly value: number | null;
    readonly ratio: number | null;
  }[];
}
export const MEMORY_BOUND_FROM: number;
export const TOLERANCE: number;
export const HEAD: readonly string[];
export function rowsOf(question: string, results: readonly Answer[]): Row[];
export function keyOf(row: Pick<Row, 'row' | 'work' | 'against'>): string;
export function boundOf(row: Pick<Row, 'ratio' | 'ofStream'>): string;
export function isMet(row: Pick<Row, 'ratio' | 'bar'>): boolean | null;
export function shownTime(value: number | null, unit: string): string;
export function cellsOf(row: Row): string[];
export function mediansOf(runs: readonly (readonly Row[])[]): Row[];
export function storedWith(stored: Stored, major: string, machine: Machine, rows: readonly Row[]): Stored;
export function slower(
  storedRows: readonly Row[],
  rows: readonly Row[],
  tolerance?: number,
): { key: string; before: number; now: number }[];
export function tableOf(stored: Stored): string;
export function summaryOf(stored: Stored): string;
export function pageWith(page: string, parts: Record<string, string>): string;
