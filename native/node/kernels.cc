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

/// Reads the layouts over the call's two buffers.
bool ReadBoth(const Napi::CallbackInfo& info, Sides& out) {
  return ReadSides(HomeOf(info).layouts(), BytesOf(info[0]), BytesOf(info[1]), out);
}

// (to, from) → status. kOverlap where items of `to` share bytes.
Napi::Value CopyAll(const Napi::CallbackInfo& info) {
  Sides sides;
  if (!ReadBoth(info, sides)) return Answer(info.Env(), Status::kBadArgument);
  PairWalk sorted = sides.walk;
  sorted.Simplify();
  if (!sorted.DistinctInA()) return Answer(info.Env(), Status::kOverlap);
  CopyItems(sides.walk, sides.swap());
  return Answer(info.Env(), Status::kOk);
}

// (a, b) → status; results: 1 where all items are equal, else 0.
Napi::Value CompareAll(const Napi::CallbackInfo& info) {
  Sides sides;
  if (!ReadBoth(info, sides)) return Answer(info.Env(), Status::kBadArgument);
  const bool equal = ItemsEqual(sides.walk, sides.part, sides.how, sides.swap_a, sides.swap_b);
  HomeOf(info).results()[Result::kFound] = equal ? 1 : 0;
  return Answer(info.Env(), Status::kOk);
}

/// One dimension of the first buffer; the second holds the wanted item.
template <bool kCount>
Napi::Value Search(const Napi::CallbackInfo& info) {
  Sides sides;
  if (!ReadBoth(info, sides) || sides.walk.ndim != 1 || sides.part != sides.walk.itemsize) {
    return Answer(info.Env(), Status::kBadArgument);
  }
  const Axis& axis = sides.walk.axes[0];
  const Row row{sides.walk.a, sides.walk.itemsize, axis.length, axis.a};
  const bool swap = sides.how == Equality::kFloat && sides.swap_a;
  double& result = HomeOf(info).results()[Result::kFound];
  if constexpr (kCount) {
    result = static_cast<double>(CountItems(row, sides.walk.b, sides.how, swap));
  } else {
    const size_t found = FindItem(row, sides.walk.b, sides.how, swap);
    result = found == kNotFound ? -1 : static_cast<double>(found);
  }
  return Answer(info.Env(), Status::kOk);
}

}  // namespace

void ExportKernels(Environment& home, Napi::Object to) {
  raw::Export<CopyAll>(to, "copyItems", &home);
  raw::Export<CompareAll>(to, "equalItems", &home);
  raw::Export<Search<false>>(to, "findItem", &home);
  raw::Export<Search<true>>(to, "countItems", &home);
}

}  // namespace mv
