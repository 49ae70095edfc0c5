/** Unpacks node-addon-api's headers in the package, and tells binding.gyp where they are, from its own folder. pack.mjs puts it beside them. */
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { gunzipSync } = require('node:zlib');

const place = join(__dirname, '../build/node-addon-api');
mkdirSync(place, { recursive: true });
const headers = JSON.parse(gunzipSync(readFileSync(join(__dirname, 'headers.json.gz'))));
for (const [file, text] of Object.entries(headers)) writeFileSync(join(place, file), text);
console.log('build/node-addon-api');
