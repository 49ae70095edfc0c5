// Entry point of the addon: makes the per-environment data and exports the groups of functions.
#include <exception>

#include "memoryview.h"
#include "node/exports.h"

namespace {

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
  // An addon that only a worker loaded is closed with it, and a finalizer that comes later would jump into
  // unmapped code.
  mv_pin_module();
  try {
    Export(env, exports);
  } catch (const std::exception&) {
    mv::raw::ThrowRangeError(env, "ERR_OUT_OF_MEMORY", "memoryview: the system refused memory");
  }
  return exports;
}

}  // namespace

NODE_API_MODULE(memoryview, Init)
