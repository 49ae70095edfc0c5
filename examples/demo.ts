/**
 * The whole library in six steps, on real memory, a real file and a real C library. Each step checks its claims; the first false one ends
 * the demo with an error and a non-zero exit status.
 *
 *     npm run demo
 */
import { crcOfRealFile } from './demo/checksum.js';
import { sectionTable } from './demo/elf.js';
import { matrixViews } from './demo/matrix.js';
import { readRunningBinary } from './demo/real-file.js';
import { releaseAll } from './demo/release.js';
import { classicSession } from './demo/session.js';
import { flatSlices } from './demo/slices.js';
import { title } from './report.js';

title(`memoryview on Node ${process.versions.node}, ${process.platform} ${process.arch}`);
classicSession();
matrixViews();
flatSlices();
const binary = readRunningBinary();
crcOfRealFile(binary);
sectionTable(binary);
releaseAll(binary);
title('All six steps hold.');
