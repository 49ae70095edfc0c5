/**
 * The exports of Node's modules that tests use, for a page. Files are those of the repository, which the server of `run.mjs` serves; it
 * unpacks gzipped ones.
 */
export * from '../../../src/engine/web/buffer.js';
export { constants } from '../../../src/engine/web/buffer.js';
export * from '../../../src/engine/web/system.js';
export * from '../../../src/engine/web/util.js';

function fetched(path) {
  const request = new XMLHttpRequest();
  // A synchronous request takes no `responseType`, so the bytes come as characters.
  request.open('GET', String(path), false);
  request.overrideMimeType('text/plain; charset=x-user-defined');
  request.send();
  if (request.status !== 200) throw new Error(`${path}: the server of the repository has no such file`);
  return Uint8Array.from(request.responseText, (character) => character.charCodeAt(0) & 0xff).buffer;
}

export function readFileSync(path, encoding) {
  const bytes = Buffer.from(fetched(path));
  return encoding === undefined ? bytes : bytes.toString(encoding);
}

export const gunzipSync = (bytes) => bytes;

/** Code of another realm, that of a frame. */
export function runInNewContext(code) {
  const frame = document.createElement('iframe');
  document.body.append(frame);
  return Reflect.apply(Reflect.get(frame.contentWindow, 'eval'), null, [code]);
}

export const join = (...parts) => parts.join('/');
export const tmpdir = () => '/tmp';
export const fileURLToPath = (url) => String(url);

/** Replaces a name that a page lacks: a test that calls it fails by the library's own refusal. */
export function missing(name) {
  const text = `${name}: no native addon is loaded, so nothing of Node's is there`;
  throw Object.assign(new TypeError(text), { code: 'ERR_UNSUPPORTED' });
}
