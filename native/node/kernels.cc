// Copying, comparing and searching many items at once.
//
// Layouts come in one Float64Array that lives as long as the environment: filling it costs less than passing
// an argument. JS has validated them; here they are held only against the bytes that the given buffers have
// now.
#include "../core/kernels/compare.h"
#include "../core/kernels/search.h"
#include "../core/kernels/strided_copy.h"
#include "../core/mapping.h"
#include "exports.h"
#include "item_layouts.h"

namespace mv {
namespace {

/// Reads the layouts over the call's two buffers.
bool ReadBoth(const Napi::CallbackInfo& info, ItemLayouts& out) {
  return ReadItemLayouts(EnvironmentOf(info).layouts(), BytesOf(info[0]), BytesOf(info[1]), out);
}

// (to, from) → status. kOverlap where items of `to` share bytes.
Napi::Value CopyAll(const Napi::CallbackInfo& info) {
  ItemLayouts layouts;
  if (!ReadBoth(info, layouts)) return Answer(info.Env(), Status::kBadArgument);
  PairWalk sorted = layouts.walk;
  sorted.Simplify();
  if (!sorted.HasDistinctTarget()) return Answer(info.Env(), Status::kOverlap);
  CopyItems(layouts.walk, layouts.swap());
  return Answer(info.Env(), Status::kOk);
}

// (ours, theirs) → status; results: 1 where all items are equal, else 0.
Napi::Value CompareAll(const Napi::CallbackInfo& info) {
  ItemLayouts layouts;
  if (!ReadBoth(info, layouts)) return Answer(info.Env(), Status::kBadArgument);
  const bool equal = ItemsEqual(layouts.walk, layouts.part, layouts.how, layouts.swap_to, layouts.swap_from);
  EnvironmentOf(info).results()[Result::kFound] = equal ? 1 : 0;
  return Answer(info.Env(), Status::kOk);
}

/// One dimension of the first buffer; the second holds the wanted item.
template <bool kCount>
Napi::Value Search(const Napi::CallbackInfo& info) {
  ItemLayouts layouts;
  if (!ReadBoth(info, layouts) || layouts.walk.ndim != 1 || layouts.part != layouts.walk.itemsize) {
    return Answer(info.Env(), Status::kBadArgument);
  }
  const Axis& axis = layouts.walk.axes[0];
  const Row row{layouts.walk.to, layouts.walk.itemsize, axis.length, axis.to};
  const bool swap = layouts.how == Equality::kFloat && layouts.swap_to;
  double& result = EnvironmentOf(info).results()[Result::kFound];
  if constexpr (kCount) {
    result = static_cast<double>(CountItems(row, layouts.walk.from, layouts.how, swap));
  } else {
    const size_t found = FindItem(row, layouts.walk.from, layouts.how, swap);
    result = found == kNotFound ? -1 : static_cast<double>(found);
  }
  return Answer(info.Env(), Status::kOk);
}

// (bytes) → status
Napi::Value PreferHuge(const Napi::CallbackInfo& info) {
  const BufferBytes bytes = BytesOf(info[0]);
  if (bytes.data == nullptr) return Answer(info.Env(), Status::kBadArgument);
  PreferHugePages(WholePagesIn(bytes.data, static_cast<size_t>(bytes.nbytes)));
  return Answer(info.Env(), Status::kOk);
}

}  // namespace

void ExportKernels(Environment& environment, Napi::Object to) {
  raw::Export<CopyAll>(to, "copyItems", &environment);
  raw::Export<CompareAll>(to, "equalItems", &environment);
  raw::Export<Search<false>>(to, "findItem", &environment);
  raw::Export<Search<true>>(to, "countItems", &environment);
  raw::Export<PreferHuge>(to, "preferHugePages", &environment);
}

}  // namespace mv
