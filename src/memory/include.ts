/** Where the C header is, for the `include_dirs` of an addon's binding.gyp. */
import { resolve } from 'node:path';
import { codeFolder } from '../code-folder.js';

/**
 * The folder of `memoryview.h` and `memoryview.hpp`: `"include_dirs": ["<!(node -p \"require('memoryview').include\")"]`.
 */
export const include: string = resolve(codeFolder, '../native/include');
