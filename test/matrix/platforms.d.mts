/** Types of platforms.mjs. */
export type Platform = 'linux-arm64' | 'linux-x64-musl';

export interface Failure {
  readonly test: string;
  readonly message: string;
}

export interface PlatformResult {
  readonly runtime: { readonly name: string; readonly version: string } | null;
  readonly areas: Record<string, { passed: number; failed: number; skipped: number }>;
  readonly skipped: readonly { readonly test: string; readonly reason: string }[];
  readonly emulator: readonly Failure[];
  readonly failures: readonly Failure[];
}

type Counted = Omit<PlatformResult, 'emulator'>;

export function missingTools(name: Platform): string[];
export function runOn(name: Platform, prebuilds: string, files?: readonly string[]): PlatformResult;
export function told(name: Platform, result: PlatformResult): string;
export function started(runAll: (files: readonly string[]) => Counted, files: readonly string[]): Counted;
