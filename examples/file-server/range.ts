/** Selects the bytes of a file that a request gets, and the status: RFC 9110, sections 13 and 14. It knows neither files nor sockets. */
import type { IncomingHttpHeaders } from 'node:http';

/** What identifies one state of a file. */
export interface Validators {
  readonly etag: string;
  /** As `Last-Modified` has it. */
  readonly modified: string;
}

/** The bytes `[from, to)` of the file, under a status. */
export interface Selection {
  readonly status: 200 | 206 | 304 | 416;
  readonly from: number;
  readonly to: number;
}

/**
 * Selects the answer to a GET or HEAD request. It serves one range. A request for several ranges, with an invalid range, or whose
 * `If-Range` names another state of the file gets the whole file.
 *
 * @param size - of the file (bytes)
 */
export function select(
  method: string | undefined,
  headers: IncomingHttpHeaders,
  size: number,
  validators: Validators,
): Selection {
  const whole = { status: 200, from: 0, to: size } as const;
  if (knows(headers['if-none-match'], validators.etag)) return { status: 304, from: 0, to: 0 };
  const range = /^\s*bytes\s*=\s*(\d*)-(\d*)\s*$/i.exec(headers.range ?? '');
  // A range of HEAD means nothing.
  if (range === null || method !== 'GET' || !holds(headers['if-range'], validators)) return whole;
  const [, first = '', last = ''] = range;
  if (first === '' && last === '') return whole;
  if (first === '') {
    const count = Math.min(Number(last), size);
    return count === 0 ? unsatisfiable : { status: 206, from: size - count, to: size };
  }
  if (last !== '' && Number(last) < Number(first)) return whole;
  if (Number(first) >= size) return unsatisfiable;
  const to = last === '' ? size : Math.min(Number(last) + 1, size);
  return { status: 206, from: Number(first), to };
}

const unsatisfiable: Selection = { status: 416, from: 0, to: 0 };

/** Whether an `If-None-Match` lists the file's state. */
function knows(list: string | undefined, etag: string): boolean {
  const tags = list?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes('*') || tags.includes(etag);
}

/** Whether an `If-Range`, a tag or a date, names the file's state; true if none was sent. */
function holds(condition: string | string[] | undefined, { etag, modified }: Validators): boolean {
  return condition === undefined || condition === etag || condition === modified;
}
