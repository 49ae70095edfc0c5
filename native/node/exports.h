// The groups of native functions that the addon exports; one file each. `src/binding.ts` has their types.
#ifndef MEMORYVIEW_NODE_EXPORTS_H_
#define MEMORYVIEW_NODE_EXPORTS_H_

#include "environment.h"
#include "raw.h"

namespace mv {

void ExportMemory(Environment& environment, Napi::Object to);
void ExportPins(Environment& environment, Napi::Object to);
void ExportAddress(Environment& environment, Napi::Object to);
void ExportArena(Environment& environment, Napi::Object to);
void ExportHandle(Environment& environment, Napi::Object to);
void ExportFile(Environment& environment, Napi::Object to);
void ExportForeign(Environment& environment, Napi::Object to);
void ExportExporter(Environment& environment, Napi::Object to);
void ExportDlpack(Environment& environment, Napi::Object to);
void ExportFileTransfer(Environment& environment, Napi::Object to);
void ExportPointer(Environment& environment, Napi::Object to);
void ExportKernels(Environment& environment, Napi::Object to);
void ExportCopyWork(Environment& environment, Napi::Object to);
void ExportArrowImport(Environment& environment, Napi::Object to);
void ExportArrowPull(Environment& environment, Napi::Object to);
void ExportArrowExport(Environment& environment, Napi::Object to);
void ExportArrowStream(Environment& environment, Napi::Object to);
void ExportAccounting(Environment& environment, Napi::Object to);

/// [name, count, …] of all that pin a block.
Napi::Array HoldersToJs(Napi::Env env, const Block::Holders& holders);

}  // namespace mv

#endif  // MEMORYVIEW_NODE_EXPORTS_H_
