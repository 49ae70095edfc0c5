/** native/core by its own tests, which know no Node; core.gate.test.ts runs them under sanitizers. */
import { test } from 'vitest';
import { corePasses } from './core.js';

test('the core passes its own tests', { timeout: 180_000 }, (context) => corePasses('plain', 50, context));
