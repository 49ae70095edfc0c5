// Entry point of the addon: makes the per-environment data and exports the groups of functions.
#include <dlfcn.h>

#include <exception>

#include "node/exports.h"

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
  mv::Environment* environment = mv::Environment::Create(env, exports);
  if (environment == nullptr) return;  // the runtime's exception is pending
  mv::ExportMemory(*environment, exports);
  mv::ExportPins(*environment, exports);
  mv::ExportAddress(*environment, exports);
  mv::ExportArena(*environment, exports);
  mv::ExportHandle(*environment, exports);
  mv::ExportFile(*environment, exports);
  mv::ExportForeign(*environment, exports);
  mv::ExportExporter(*environment, exports);
  mv::ExportDlpack(*environment, exports);
  mv::ExportFileTransfer(*environment, exports);
  mv::ExportPointer(*environment, exports);
  mv::ExportKernels(*environment, exports);
  mv::ExportCopyWork(*environment, exports);
  mv::ExportArrowImport(*environment, exports);
  mv::ExportArrowPull(*environment, exports);
  mv::ExportArrowExport(*environment, exports);
  mv::ExportArrowStream(*environment, exports);
  mv::ExportAccounting(*environment, exports);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  PinModule();
  try {
    Export(env, exports);
  } catch (const std::exception&) {
    mv::raw::ThrowRangeError(env, "ERR_OUT_OF_MEMORY", "memoryview: the system refused memory");
  }
  return exports;
}

}  // namespace

NODE_API_MODULE(memoryview, Init)
