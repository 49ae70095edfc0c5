/** Asks one question, in a process of its own, so that no other question's types are in its call sites. */
import { endPython, reported } from './harness.js';

const { ask } = await import(process.argv[2]);
try {
  await ask();
} finally {
  endPython();
}
process.send(reported(), () => process.exit(0));
