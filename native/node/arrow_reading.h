// What JS is told of Arrow structs of other libraries, and what keeps them there.
#ifndef MEMORYVIEW_NODE_ARROW_READING_H_
#define MEMORYVIEW_NODE_ARROW_READING_H_

#include "../capi/arrow_import.h"
#include "call.h"

namespace mv {

/// [format, name, flags, length, null count, offset, [buffer addresses], [children], dictionary or null,
/// metadata, the fault of this array or null] of an array that passed CheckArray. `level` is 0 for a root.
Napi::Array Describe(Napi::Env env, const ArrowSchema& schema, const ArrowArray& array, int level);

/// The same of a schema that passed CheckSchema and has no array yet.
Napi::Array DescribeSchema(Napi::Env env, const ArrowSchema& schema, int level);

/// Moves the array into a holding for JS; a status, and the array where it was, without memory.
Napi::Value HoldingToJs(Napi::Env env, const ArrowSchema& schema, ArrowArray& array);

}  // namespace mv

#endif  // MEMORYVIEW_NODE_ARROW_READING_H_
