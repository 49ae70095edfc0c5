/**
 * Runs batches of random cases here and there, and finds those that differ.
 */
import { difference } from '../contract/score.js';
import type { Outcome, Vector } from '../contract/vectors.js';
import { type Answer, ask } from './ask.js';
import type { Case } from './case.js';
import { randomCase } from './cases.js';
import { Random } from './random.js';

/** The intended differences between CPython 3.11, numpy 1.24 and the contract; each is counted, none is compared. */
export const RULES: { readonly [name: string]: string } = {
  'beyond CPython': 'what raises NotImplementedError there works here; numpy answers for the same operations',
  'equality of what struct cannot read':
    'CPython finds such views unequal even to themselves; here they are decoded',
  'numpy squeezes the axes 0 and -1 of no dimensions':
    'an axis out of range is an error here in every method',
  'an empty view is contiguous':
    'CPython finds a view of size 0 in one dimension contiguous by its stride only',
  'numpy 1 stops at 32 dimensions': "views have up to 64, as CPython's and numpy 2's have",
  'nothing to assign':
    "shapes agree as soon as they share a length of 0, as CPython's do; numpy compares the rest",
  'a bool of another byte than 0 or 1': 'is true here; CPython compares it as a C _Bool, which is undefined',
  'a stride beyond 2^53 is rounded': 'a number cannot hold it exactly, nor what a further step makes of it',
  'the bits of a NaN':
    'a conversion keeps that a value is NaN, not its sign and payload, which JavaScript does not tell',
  'NaN is no truth': 'a bool takes what is true in JavaScript, where NaN is not',
  'a search for bytes':
    'a Uint8Array is a sequence in a view of bytes here, and an error where it can be no element; in CPython it is an object that equals no number',
  'f overflows to infinity': 'struct raises OverflowError for < and >, memoryview does not; here no f does',
};

export interface Batch {
  readonly cases: number;
  readonly byRule: Map<string, number>;
  readonly differences: string[];
}

/** The case of a seed and a number, always the same for one version of the generator. */
export function caseOf(seed: number, number: number): Case {
  return randomCase(new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)));
}

function vectorOf(one: Case, answer: Answer, id: string): Vector {
  const accept: Outcome[] = [];
  // A struct.error is a TypeError, a RangeError or a format's error here.
  if (answer.pyerror === 'error') accept.push({ error: 'TypeError' }, { error: 'NotImplementedError' });
  return { id, group: 'oracle', ...one, expect: answer, accept };
}

/** The difference between an answer and the outcome here; null if they agree, else the text, or the rule's name. */
export async function compared(
  one: Case,
  answer: Answer,
  id: string,
): Promise<{ rule?: string; text?: string }> {
  const rule = answer.rule ?? (answer.error === 'NotImplementedError' ? 'beyond CPython' : undefined);
  const text = await difference(vectorOf(one, answer, id));
  if (rule !== undefined) {
    if (RULES[rule] === undefined) throw new Error(`the oracle names a rule that is none: ${rule}`);
    return { rule };
  }
  if (text === null) return {};
  return searchesBytes(one) ? { rule: 'a search for bytes' } : { text };
}

const SEARCHES = new Set(['contains', 'count', 'index_of']);

function searchesBytes({ ops }: Case): boolean {
  return ops.some(([name, value]) => {
    return SEARCHES.has(String(name)) && typeof value === 'object' && value !== null && '$bytes' in value;
  });
}

/** Runs cases `from` up to but without `to` of a seed. */
export async function runBatch(python: string, seed: number, from: number, to: number): Promise<Batch> {
  const cases: Case[] = [];
  for (let number = from; number < to; number++) cases.push(caseOf(seed, number));
  const answers = ask(python, cases);
  const byRule = new Map<string, number>();
  const differences: string[] = [];
  for (const [i, one] of cases.entries()) {
    const { rule, text } = await compared(one, answers[i]!, `seed ${seed}, case ${from + i}`);
    if (rule !== undefined) byRule.set(rule, (byRule.get(rule) ?? 0) + 1);
    if (text !== undefined) differences.push(`${text}\n    ${JSON.stringify(one)}`);
  }
  return { cases: cases.length, byRule, differences };
}
