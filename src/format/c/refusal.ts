/**
 * Errors about C text: text that is not C (`ERR_FORMAT`), and C that is not a format (`ERR_UNSUPPORTED`). The second kind is
 * kept as a {@link Refusal} until it is known whether the caller uses the declaration.
 */
import { typeError } from '../../errors.js';

/** Where a token stands: a line, and the file that a line marker named. */
export interface SourcePosition {
  readonly line: number;
  /** Null before the first line marker. */
  readonly file: string | null;
}

/** Why a declaration has no format. */
export class Refusal {
  readonly position: SourcePosition;
  /** A clause about the line: `has the bit-field "a", whose …`. */
  readonly reason: string;
  /** The first cause, where this one follows from another. */
  readonly root: string;

  constructor(position: SourcePosition, reason: string, cause: Refusal | null = null) {
    this.position = position;
    this.root = cause === null ? `${placeText(position)} ${reason}` : cause.root;
    this.reason = cause === null ? reason : `${reason} (${cause.root})`;
  }

  /** The error that a caller gets. */
  error(): TypeError {
    return refused(this.position, this.reason);
  }
}

/** Makes the error about C that no format can say. */
export function refused(position: SourcePosition, reason: string): TypeError {
  return typeError('ERR_UNSUPPORTED', `cdef: ${placeText(position)} ${reason}`);
}

/** Makes the error about text that is no C. */
export function unreadable(position: SourcePosition, reason: string): TypeError {
  return typeError('ERR_FORMAT', `cdef: ${placeText(position)} ${reason}`);
}

function placeText({ line, file }: SourcePosition): string {
  return file === null ? `line ${line}` : `line ${line} of ${JSON.stringify(file.slice(-120))}`;
}
