// The groups of native functions that the addon exports; one file each. `src/binding.ts` has their types.
#ifndef MEMORYVIEW_NODE_GROUPS_H_
#define MEMORYVIEW_NODE_GROUPS_H_

#include "environment.h"
#include "raw.h"

namespace mv {

void ExportMemory(Environment& home, Napi::Object to);
void ExportPins(Environment& home, Napi::Object to);
void ExportAddress(Environment& home, Napi::Object to);
void ExportArena(Environment& home, Napi::Object to);
void ExportHandle(Environment& home, Napi::Object to);
void ExportFile(Environment& home, Napi::Object to);
void ExportForeign(Environment& home, Napi::Object to);
void ExportExporter(Environment& home, Napi::Object to);
void ExportDlpack(Environment& home, Napi::Object to);
void ExportFileTransfer(Environment& home, Napi::Object to);
void ExportPointer(Environment& home, Napi::Object to);
void ExportKernels(Environment& home, Napi::Object to);
void ExportCopyWork(Environment& home, Napi::Object to);
void ExportArrowImport(Environment& home, Napi::Object to);
void ExportArrowExport(Environment& home, Napi::Object to);
void ExportArrowStream(Environment& home, Napi::Object to);
void ExportAccounting(Environment& home, Napi::Object to);

/// [name, count, …] of all that pin a block.
Napi::Array HoldersToJs(Napi::Env env, const Block::Holders& holders);

}  // namespace mv

#endif  // MEMORYVIEW_NODE_GROUPS_H_
