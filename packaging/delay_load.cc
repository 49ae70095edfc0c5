// The prebuild for Windows imports Node-API from "node.exe" at its first call (delay loading). This hook
// returns the module of the process for that name: a renamed node.exe or Electron exports the same
// functions, and a shared build of Node has them in libnode.dll. If MSVC builds the addon, node-gyp
// links a hook of its own.
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
