// Runs the suite as in a runtime without external ArrayBuffers (Electron), simulated by MEMORYVIEW_NO_EXTERNAL=1:
//   node test/native/without-external.mjs
//   MEMORYVIEW_ENGINE=javascript node test/native/without-external.mjs     as where no addon loads at all
//   node test/native/without-external.mjs test/view test/memory
// A test may pass, or fail by the one refusal that such a runtime has: by the error itself, by an assertion about it, or by the output of
// a child process that ended with it. Anything else fails the run. The sentence is made in one place, with its code
// (src/memory/external.ts), so that it stands for the code in texts that have no more than the message.
import { relative } from 'node:path';
import { startVitest } from 'vitest/node';

const CODE = 'ERR_UNSUPPORTED';
const withoutAddon = process.env.MEMORYVIEW_ENGINE === 'javascript';
const SENTENCE = withoutAddon
  ? 'no native addon is loaded, so '
  : 'this runtime has no external ArrayBuffers, so ';

process.env.MEMORYVIEW_NO_EXTERNAL = '1';

/** Whether an error of a test, or one behind it, is the refusal. */
function isRefusal(error, depth = 0) {
  if (typeof error !== 'object' || error === null || depth > 8) return false;
  if (error.code === CODE && String(error.message).includes(SENTENCE)) return true;
  const texts = [error.message, error.stack, error.actual, error.diff];
  if (texts.some((text) => String(text).includes(SENTENCE))) return true;
  return [error.cause, ...(Array.isArray(error.errors) ? error.errors : [])].some((each) =>
    isRefusal(each, depth + 1),
  );
}

const vitest = await startVitest('test', process.argv.slice(2), {
  watch: false,
  reporters: [{}],
  setupFiles: ['test/native/without-external.setup.mjs'],
});

const counts = { passed: 0, refused: 0, skipped: 0, failed: 0 };
const files = [];
const others = [];
const skipped = [];

function note(name, errors) {
  const unlike = errors.filter((error) => !isRefusal(error));
  if (errors.length > 0 && unlike.length === 0) return 'refused';
  others.push(
    `${name}\n${(unlike.length > 0 ? unlike : [{ message: 'no error given' }]).map(shown).join('\n')}`,
  );
  return 'failed';
}

function shown({ message = '', stack = '', diff = '' }) {
  const at = String(stack)
    .split('\n')
    .filter((line) => line.includes('/test/'))
    .slice(0, 2);
  return [String(message).slice(0, 600), ...at, String(diff).slice(0, 600)]
    .filter((line) => line !== '')
    .join('\n    ');
}

for (const module of vitest.state.getTestModules()) {
  const own = { passed: 0, refused: 0, skipped: 0, failed: 0 };
  const name = relative(process.cwd(), module.moduleId);
  // An error of a file or a hook prevents the tests below from running.
  const broken = [module, ...module.children.allSuites()].flatMap((suite) => suite.errors());
  const verdict = broken.length > 0 ? note(name, broken) : null;
  for (const test of module.children.allTests()) {
    const { state, errors } = test.result();
    if (state === 'passed') own.passed++;
    else if (state === 'failed') own[note(`${name} > ${test.fullName}`, errors ?? [])]++;
    else {
      own[verdict ?? 'skipped']++;
      if (verdict === null) skipped.push(`${name} > ${test.fullName}`);
    }
  }
  if (verdict !== null && own[verdict] === 0) own[verdict]++;
  for (const key of Object.keys(counts)) counts[key] += own[key];
  files.push([name, own]);
}
for (const error of vitest.state.getUnhandledErrors()) counts[note('outside of a test', [error])]++;
await vitest.close();

const line = (name, own) =>
  `${name.padEnd(44)}${Object.values(own)
    .map((n) => String(n).padStart(9))
    .join('')}`;
console.log(
  `${''.padEnd(44)}${Object.keys(counts)
    .map((key) => key.padStart(9))
    .join('')}`,
);
for (const [name, own] of files.sort()) console.log(line(name, own));
console.log(line('all', counts));
for (const each of skipped) console.log(`skipped: ${each}`);
for (const other of others) console.log(`\nnot by ${CODE}: ${other}`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
