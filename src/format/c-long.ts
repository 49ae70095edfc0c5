/**
 * C's `long` in the formats that addons exchange. A native `l` has 8 bytes in this library on every system, so that a format means the same
 * everywhere; C on Windows gives it 4. So formats that leave the library on Windows say `q`, and those that enter it become `i`.
 */

/** Bytes of `long` on this system. format/c/type.ts knows it too, but is loaded with the declarations only. */
const LONG: 4 | 8 = typeof process !== 'undefined' && process.platform === 'win32' ? 4 : 8;

/** A format of this library, as C reads it. */
export function formatForC(text: string, long: 4 | 8 = LONG): string {
  return long === 8 ? text : withNativeLong(text, 'q');
}

/** A format of C's, as this library reads it. */
export function formatFromC(text: string, long: 4 | 8 = LONG): string {
  return long === 8 ? text : withNativeLong(text, 'i');
}

/** The text with another signed code for each `l`, and its upper case for each `L`, where sizes are native; names of fields and types stay as they are. */
function withNativeLong(text: string, signed: 'q' | 'i'): string {
  let native = true;
  return text.replace(/:(?:\\.|[^:\\])*:|b?float\d\w*|complex\d+|timedelta\d+|bool|[@^<>=!lL]/gs, (part) => {
    if (part === 'l' && native) return signed;
    if (part === 'L' && native) return signed.toUpperCase();
    if (part.length === 1 && !'lL'.includes(part)) native = part === '@' || part === '^';
    return part;
  });
}
