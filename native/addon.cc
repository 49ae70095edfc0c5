// Entry point of the addon: makes the per-environment data and exports the groups of functions.
#include <dlfcn.h>

#include <exception>

#include "node/groups.h"

namespace {

// An addon that only a worker loaded is closed with it, and a finalizer that comes later would jump into
// unmapped code.
void PinModule() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&PinModule), &info) != 0 && info.dli_fname != nullptr) {
    dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
  }
}

void Export(Napi::Env env, Napi::Object exports) {
  mv::Environment* home = mv::Environment::Create(env, exports);
  if (home == nullptr) return;  // the runtime's exception is pending
  mv::ExportMemory(*home, exports);
  mv::ExportPins(*home, exports);
  mv::ExportAddress(*home, exports);
  mv::ExportArena(*home, exports);
  mv::ExportHandle(*home, exports);
  mv::ExportFile(*home, exports);
  mv::ExportForeign(*home, exports);
  mv::ExportExporter(*home, exports);
  mv::ExportDlpack(*home, exports);
  mv::ExportFileTransfer(*home, exports);
  mv::ExportPointer(*home, exports);
  mv::ExportKernels(*home, exports);
  mv::ExportCopyWork(*home, exports);
  mv::ExportArrowImport(*home, exports);
  mv::ExportArrowExport(*home, exports);
  mv::ExportArrowStream(*home, exports);
  mv::ExportAccounting(*home, exports);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  PinModule();
  try {
    Export(env, exports);
  } catch (const std::exception&) {
    mv::raw::ThrowRangeError(env, "ERR_OUT_OF_MEMORY", "memoryview: the system gave no memory");
  }
  return exports;
}

}  // namespace

NODE_API_MODULE(memoryview, Init)
