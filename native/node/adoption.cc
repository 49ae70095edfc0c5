#include "adoption.h"

#include "../capi/adopted_block.h"

namespace mv {
namespace {

napi_value Numbers(napi_env env, const int64_t* values, int32_t count) {
  napi_value list = nullptr;
  napi_create_array_with_length(env, static_cast<size_t>(count), &list);
  for (int32_t i = 0; i < count; ++i) {
    napi_set_element(env, list, static_cast<uint32_t>(i), Number(env, static_cast<double>(values[i])));
  }
  return list;
}

/// Finds or makes this environment's ArrayBuffer over the view's region; consumes the view.
Status WrapRegion(Environment& home, const void* exporter, mv_view& view, napi_value* buffer) {
  const RegionKey key{&home, exporter, view.region_base, view.region_size, (view.flags & MV_READONLY) != 0};
  const uint64_t id = FindAdopted(key);
  const Entry* entry = id == 0 ? nullptr : home.Find(id);
  if (entry != nullptr) {
    *buffer = home.BufferOf(*entry);
    bool detached = true;
    if (*buffer != nullptr) napi_is_detached_arraybuffer(home.env(), *buffer, &detached);
    if (!detached) {
      // The block's own view pins the region; a second one would only make it harder to release.
      mv_release(&view);
      home.results()[0] = static_cast<double>(id);
      return Status::kOk;
    }
  }
  home.BeforeAllocation(0);
  Block* block = AdoptView(key, view);
  home.results()[0] = static_cast<double>(block->id());
  return home.Wrap(block, buffer);
}

}  // namespace

napi_value Refusal(napi_env env, const mv_error& error) {
  napi_value list = nullptr;
  napi_create_array_with_length(env, 2, &list);
  napi_set_element(env, list, 0, Number(env, static_cast<double>(error.code)));
  napi_set_element(env, list, 1, Text(env, error.message));
  return list;
}

napi_value AdoptIntoJs(Environment& home, const void* exporter, mv_view& view, double most,
                       napi_value check) {
  napi_env env = home.env();
  mv_error error;
  mv_error_init(&error);
  if (view.device_type != MV_CPU) {
    mv_fail(&error, MV_BAD_VIEW, "has memory of device type %d, expected %d, the CPU's",
            static_cast<int>(view.device_type), MV_CPU);
  } else if ((view.flags & MV_JS_BORROWED) != 0) {
    mv_fail(&error, MV_BAD_VIEW, "lends the engine's memory, expected memory that can be pinned");
  }
  if (error.code == MV_OK && view.nbytes > kMostBytes) {
    mv_fail(&error, MV_BAD_VIEW, "has elements of %llu bytes in all, expected fewer than 2^53",
            static_cast<unsigned long long>(view.nbytes));
  }
  if (error.code != MV_OK) {
    mv_release(&view);
    return Refusal(env, error);
  }
  if ((view.flags & MV_IMMUTABLE) != 0) view.flags |= MV_READONLY;
  if (static_cast<double>(view.region_size) > most) {
    mv_release(&view);
    return Number(env, Status::kOutOfMemory);
  }
  napi_value undefined = nullptr;
  napi_get_undefined(env, &undefined);
  const napi_value described[2] = {Text(env, view.format), Number(env, static_cast<double>(view.itemsize))};
  if (napi_call_function(env, undefined, check, 2, described, nullptr) != napi_ok) {
    mv_release(&view);
    return nullptr;  // its exception is pending
  }
  double* results = home.results();
  const auto base = reinterpret_cast<uintptr_t>(view.region_base);
  results[1] = static_cast<double>(base);
  results[2] = static_cast<double>(view.region_size);
  results[3] = view.nbytes == 0 ? 0 : static_cast<double>(reinterpret_cast<uintptr_t>(view.data) - base);
  results[4] = (view.flags & MV_READONLY) != 0 ? 1 : 0;
  napi_value parts[4] = {nullptr, described[0], Numbers(env, view.shape, view.ndim),
                         Numbers(env, view.strides, view.ndim)};
  const Status status = WrapRegion(home, exporter, view, &parts[0]);
  if (status != Status::kOk) return Number(env, status);
  napi_value list = nullptr;
  napi_create_array_with_length(env, 4, &list);
  for (uint32_t i = 0; i < 4; ++i) napi_set_element(env, list, i, parts[i]);
  return list;
}

}  // namespace mv
