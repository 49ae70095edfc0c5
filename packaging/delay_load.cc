// The prebuild for Windows imports Node-API from "node.exe" at its first call (delay loading). This hook
// answers that name with the module that the process has: a renamed node.exe, Electron and the like export
// the same functions, and a shared build has them in libnode.dll. node-gyp links a hook of its own into what
// it builds with MSVC.
#include <windows.h>
// After windows.h.
#include <delayimp.h>

#include <cstring>

namespace {

FARPROC WINAPI Find(unsigned event, DelayLoadInfo *info) {
  if (event != dliNotePreLoadLibrary || _stricmp(info->szDll, "node.exe") != 0) return nullptr;
  const HMODULE library = GetModuleHandleW(L"libnode.dll");
  return reinterpret_cast<FARPROC>(library != nullptr ? library : GetModuleHandleW(nullptr));
}

}  // namespace

extern "C" {
PfnDliHook __pfnDliNotifyHook2 = Find;
}
