/** Checks the promises in the comments of the documents' code blocks while the code runs. */
import { format, inspect } from 'node:util';

/**
 * Checks `expression; // → text`: the text that `util.inspect` gives for the value.
 *
 * @param place - file and line, for the message
 * @param expected - in which `…` stands for any text on one line
 */
export function shows(place: string, value: unknown, expected: string): void {
  check(place, inspect(value), expected);
}

/** Checks `console.log(…); // → text`: the text that is printed. */
export function prints(place: string, values: unknown[], expected: string): void {
  check(place, format(...values), expected);
}

/** Checks `expression; // throws CODE: message`; the message may be left out. */
export function throwsError(place: string, act: () => unknown, code: string, message: string): void {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  if (!(thrown instanceof Error)) throw new Error(`${place}: nothing was thrown, expected ${code}`);
  const found = 'code' in thrown ? String(thrown.code) : 'no code';
  // Shows the message even if only the code differs: it says why.
  if (message !== '' || found !== code) check(place, `${found}: ${thrown.message}`, `${code}: ${message}`);
}

function check(place: string, actual: string, expected: string): void {
  const pattern = expected
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.+');
  if (new RegExp(`^${pattern}$`).test(actual)) return;
  throw new Error(`${place}: the document promises\n${expected}\nbut there is\n${actual}`);
}
