// From an acquired view of another library's memory to what JS gets; all protocols share it.
//
// The view is consumed: either the block that this environment now has an ArrayBuffer over owns it, or it has
// been released when the call returns. On the environment's own thread only.
#ifndef MEMORYVIEW_NODE_ADOPTION_H_
#define MEMORYVIEW_NODE_ADOPTION_H_

#include <napi.h>

#include "environment.h"
#include "memoryview.h"

namespace mv {

/// Returns [ArrayBuffer over the region, format, shape, strides]; or a refusal; or a status; or null with a
/// pending exception of `check(format, itemsize)`, which is called before anything is made. `exporter` names
/// what the region belongs to: views of one exporter and region share an ArrayBuffer. `most`: the bytes that
/// an ArrayBuffer can have. Results: id, address and size of the region, offset of the first element, 1 where
/// the memory is read-only.
Napi::Value AdoptIntoJs(Environment& environment, const void* exporter, mv_view& view, double most,
                        Napi::Value check);

/// [code of mv_error, message]
Napi::Value Refusal(Napi::Env env, const mv_error& error);

}  // namespace mv

#endif  // MEMORYVIEW_NODE_ADOPTION_H_
