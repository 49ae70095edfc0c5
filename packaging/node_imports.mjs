/**
 * Writes the C source through which an addon that zig builds for Windows finds Node-API. zig's linker has no delayed imports, and a plain
 * import of "node.exe" fails in a host with another name. Each function is therefore a pointer, which is set when the addon is loaded.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The names of the functions that node_api.h and js_native_api.h declare. */
export function namesOfNodeApi(headers) {
  const text = ['node_api.h', 'js_native_api.h'].map((file) => readFileSync(join(headers, file), 'utf8'));
  const names = text.join('').matchAll(/\b((?:napi|node_api)_[a-z0-9_]+) *\(/g);
  return [...new Set([...names].map(([, name]) => name))];
}

/**
 * The source. A call of a function declared as imported (`__declspec(dllimport)`) goes through the pointer `__imp_<name>`.
 *
 * @param headers - the folder of node_api.h
 */
export function importsOfNodeApi(headers) {
  const names = namesOfNodeApi(headers);
  return `#define WIN32_LEAN_AND_MEAN
#include <windows.h>
${names.map((name) => `void *__imp_${name};`).join('\n')}
static const struct { void **to; const char *name; } kImports[] = {
${names.map((name) => `  {&__imp_${name}, "${name}"},`).join('\n')}
};
/*
 * The host exports the functions, whatever its name is; a shared build of Node has them in libnode.dll. An older Node lacks some, which the
 * addon does not call there.
 */
__attribute__((constructor)) static void Find(void) {
  HMODULE library = GetModuleHandleW(L"libnode.dll");
  if (library == NULL) library = GetModuleHandleW(NULL);
  for (size_t i = 0; i < sizeof kImports / sizeof *kImports; i++)
    *kImports[i].to = (void *)GetProcAddress(library, kImports[i].name);
}
`;
}
