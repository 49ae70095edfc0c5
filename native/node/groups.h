// The groups of native functions that the addon exports; one file each. `src/binding.ts` has their types.
#ifndef MEMORYVIEW_NODE_GROUPS_H_
#define MEMORYVIEW_NODE_GROUPS_H_

#include "environment.h"
#include "raw.h"

namespace mv {

void ExportMemory(Environment& home, napi_value exports);
void ExportPins(Environment& home, napi_value exports);
void ExportAddress(Environment& home, napi_value exports);
void ExportArena(Environment& home, napi_value exports);
void ExportHandle(Environment& home, napi_value exports);
void ExportFile(Environment& home, napi_value exports);
void ExportForeign(Environment& home, napi_value exports);
void ExportExporter(Environment& home, napi_value exports);
void ExportDlpack(Environment& home, napi_value exports);
void ExportFileTransfer(Environment& home, napi_value exports);
void ExportPointer(Environment& home, napi_value exports);
void ExportKernels(Environment& home, napi_value exports);
void ExportCopyWork(Environment& home, napi_value exports);
void ExportArrowImport(Environment& home, napi_value exports);
void ExportArrowExport(Environment& home, napi_value exports);
void ExportArrowStream(Environment& home, napi_value exports);
void ExportAccounting(Environment& home, napi_value exports);

/// [name, count, …] of all that pin a block.
Napi::Array HoldersToJs(Napi::Env env, const Block::Holders& holders);

}  // namespace mv

#endif  // MEMORYVIEW_NODE_GROUPS_H_
