/** Where the C header is, for the `include_dirs` of an addon's binding.gyp. */
import { fileURLToPath } from 'node:url';
import { packageFolder } from '../binding.js';

/**
 * The folder of `memoryview.h` and `memoryview.hpp`: `"include_dirs": ["<!(node -p \"require('memoryview').include\")"]`.
 */
export const include: string = fileURLToPath(new URL('native/include', packageFolder));
