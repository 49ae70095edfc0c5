/** The C library of the running process, and so the name of the addon that fits it. */
import { existsSync } from 'node:fs';
import { readExecutable } from './executable.js';

/** The folder of a prebuilt addon for the running process. */
export function targetName(): string {
  return `${process.platform}-${process.arch}${libc() === 'musl' ? '-musl' : ''}`;
}

/**
 * The C library of the running process. The head of the process's binary names the loader, which belongs to one C library: reading the head
 * takes 0.1 to 0.6 ms, a report of the process ten times that.
 */
export function libc(): 'glibc' | 'musl' | null {
  if (process.platform !== 'linux') return null;
  try {
    const loader = readExecutable(process.execPath)?.interpreter;
    if (loader) return /\/ld-musl-/.test(loader) ? 'musl' : 'glibc';
  } catch {
    // The binary can't be read: permissions forbid it, or it was replaced.
  }
  return glibcVersion() === null && existsSync('/etc/alpine-release') ? 'musl' : 'glibc';
}

export function glibcVersion(): string | null {
  try {
    const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: unknown } };
    const version = header?.glibcVersionRuntime;
    return typeof version === 'string' ? version : null;
  } catch {
    return null; // Deno has no reports.
  }
}
