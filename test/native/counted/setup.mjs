/** After each file of tests, the addon writes how often its lines ran. See dump.cc. */
import koffi from 'koffi';
import { afterAll } from 'vitest';

const dump = koffi.load(process.env.MEMORYVIEW_ADDON).func('void mv_dump_counts()');
afterAll(() => dump());
