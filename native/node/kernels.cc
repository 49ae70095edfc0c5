// Copying, comparing and searching many items at once.
//
// Layouts come in one Float64Array that lives as long as the environment: filling it costs less than passing
// an argument. JS has validated them; here they are held only against the bytes that the given buffers have
// now.
#include "../core/kernels/compare.h"
#include "../core/kernels/search.h"
#include "../core/kernels/strided_copy.h"
#include "groups.h"
#include "sides.h"

namespace mv {
namespace {

// (to, from) → status. kOverlap where items of `to` share bytes.
napi_value CopyAll(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  Environment& home = arguments.home();
  Sides sides;
  if (!ReadSides(home.layouts(), BytesOf(env, arguments[0]), BytesOf(env, arguments[1]), sides)) {
    return Number(env, Status::kBadArgument);
  }
  PairWalk sorted = sides.walk;
  sorted.Simplify();
  if (!sorted.DistinctInA()) return Number(env, Status::kOverlap);
  CopyItems(sides.walk, sides.swap());
  return Number(env, Status::kOk);
}

// (a, b) → status; results: 1 where all items are equal, else 0.
napi_value CompareAll(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  Environment& home = arguments.home();
  Sides sides;
  if (!ReadSides(home.layouts(), BytesOf(env, arguments[0]), BytesOf(env, arguments[1]), sides)) {
    return Number(env, Status::kBadArgument);
  }
  home.results()[0] = ItemsEqual(sides.walk, sides.part, sides.how, sides.swap_a, sides.swap_b) ? 1 : 0;
  return Number(env, Status::kOk);
}

/// One dimension of the first buffer; the second holds the wanted item.
template <bool kCount>
napi_value Search(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  Environment& home = arguments.home();
  Sides sides;
  if (!ReadSides(home.layouts(), BytesOf(env, arguments[0]), BytesOf(env, arguments[1]), sides) ||
      sides.walk.ndim != 1 || sides.part != sides.walk.itemsize) {
    return Number(env, Status::kBadArgument);
  }
  const Axis& axis = sides.walk.axes[0];
  const Row row{sides.walk.a, sides.walk.itemsize, axis.length, axis.a};
  const bool swap = sides.how == Equality::kFloat && sides.swap_a;
  double& result = home.results()[0];
  if constexpr (kCount) {
    result = static_cast<double>(CountItems(row, sides.walk.b, sides.how, swap));
  } else {
    const size_t found = FindItem(row, sides.walk.b, sides.how, swap);
    result = found == kNotFound ? -1 : static_cast<double>(found);
  }
  return Number(env, Status::kOk);
}

}  // namespace

void ExportKernels(Environment& home, napi_value exports) {
  SetFunction(home.env(), exports, "copyItems", CopyAll, &home);
  SetFunction(home.env(), exports, "equalItems", CompareAll, &home);
  SetFunction(home.env(), exports, "findItem", Search<false>, &home);
  SetFunction(home.env(), exports, "countItems", Search<true>, &home);
}

}  // namespace mv
