// Our views as exporters for other addons, and other addons' exporters as blocks.
#include "../capi/exporter.h"

#include "../capi/adopted_block.h"
#include "groups.h"

namespace mv {
namespace {

bool ReadSizes(napi_env env, napi_value value, Description& description) {
  napi_typedarray_type type = napi_int8_array;
  size_t count = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, value, &type, &count, &data, nullptr, nullptr) != napi_ok ||
      type != napi_float64_array || count % 2 != 0 || count > 2 * MV_MAX_NDIM) {
    return false;
  }
  const auto* sizes = static_cast<const double*>(data);
  for (size_t i = 0; i < count; ++i) {
    // A stride that is never used may be any number; the check of the whole refuses one that is.
    const bool fits = sizes[i] > -9.2e18 && sizes[i] < 9.2e18;
    (i < count / 2 ? description.shape : description.strides)
        .push_back(fits ? static_cast<int64_t>(sizes[i]) : INT64_MAX);
  }
  return true;
}

// (id, offset, itemsize, format, readonly, Float64Array of shape and strides) → a tagged external, or a
// status.
napi_value ExportView(napi_env env, napi_callback_info info) {
  Arguments<6> arguments(env, info);
  uint64_t id = 0;
  double offset = 0;
  uint64_t itemsize = 0;
  Description description;
  if (!arguments.Read(0, id) || !arguments.Read(1, offset) || !arguments.Read(2, itemsize) ||
      !arguments.Read(3, description.format) || !arguments.Read(4, description.readonly) ||
      !ReadSizes(env, arguments[5], description)) {
    return Number(env, Status::kBadArgument);
  }
  Entry* entry = arguments.home().Find(id);
  if (entry == nullptr) return Number(env, Status::kUnknown);
  description.itemsize = static_cast<int64_t>(itemsize);
  description.offset = offset >= 0 && offset <= 9007199254740991.0 ? static_cast<uint64_t>(offset) : 0;
  const mv_exporter* exporter = MakeExporter(*entry->block, std::move(description));
  if (exporter == nullptr) return Number(env, Status::kBadArgument);
  napi_value external = nullptr;
  const napi_status made = mv_external(env, exporter, &external);
  exporter->drop(exporter);
  return made == napi_ok ? external : Number(env, Status::kOutOfMemory);
}

napi_value Numbers(napi_env env, const int64_t* values, int32_t count) {
  napi_value list = nullptr;
  napi_create_array_with_length(env, static_cast<size_t>(count), &list);
  for (int32_t i = 0; i < count; ++i) {
    napi_set_element(env, list, static_cast<uint32_t>(i), Number(env, static_cast<double>(values[i])));
  }
  return list;
}

napi_value Refusal(napi_env env, const mv_error& error) {
  napi_value list = nullptr;
  napi_create_array_with_length(env, 2, &list);
  napi_set_element(env, list, 0, Number(env, static_cast<double>(error.code)));
  napi_set_element(env, list, 1, Text(env, error.message));
  return list;
}

/// Finds or makes this environment's ArrayBuffer over the view's region; consumes the view.
Status WrapRegion(Environment& home, const mv_exporter* exporter, mv_view& view, napi_value* buffer) {
  const RegionKey key{&home, exporter, view.region_base, view.region_size, (view.flags & MV_READONLY) != 0};
  uint64_t id = FindAdopted(key);
  Entry* entry = id == 0 ? nullptr : home.Find(id);
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

// (external, most bytes of an ArrayBuffer, check(format, itemsize)) → [ArrayBuffer, format, shape, strides];
// or [code of mv_error, message]; or a status. Results: id, address and size of the region, offset of the
// first element, whether it is read-only, the itemsize.
napi_value Adopt(napi_env env, napi_callback_info info) {
  Arguments<3> arguments(env, info);
  Environment& home = arguments.home();
  double most = 0;
  if (!arguments.Read(1, most)) return Number(env, Status::kBadArgument);
  mv_error error;
  const mv_exporter* exporter = mv_exporter_of(env, arguments[0], &error);
  if (exporter == nullptr) return Refusal(env, error);
  mv_request request;
  mv_request_init(&request, "memoryview");
  request.flags = MV_REQUEST_ALLOW_FAULT | MV_REQUEST_ALLOW_SHARED;
  mv_view view;
  if (mv_acquire(exporter, &request, &view, &error) != MV_OK) return Refusal(env, error);
  if (view.device_type != MV_CPU) {
    mv_fail(&error, MV_BAD_VIEW, "has memory of device type %d, expected %d, the CPU's",
            static_cast<int>(view.device_type), MV_CPU);
  } else if ((view.flags & MV_JS_BORROWED) != 0) {
    mv_fail(&error, MV_BAD_VIEW, "lends the engine's memory, expected memory that can be pinned");
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
  if (napi_call_function(env, undefined, arguments[2], 2, described, nullptr) != napi_ok) {
    mv_release(&view);
    return nullptr;  // its exception is pending
  }
  double* results = home.results();
  results[1] = static_cast<double>(reinterpret_cast<uintptr_t>(view.region_base));
  results[2] = static_cast<double>(view.region_size);
  results[3] = view.nbytes == 0 ? 0
                                : static_cast<double>(reinterpret_cast<uintptr_t>(view.data) -
                                                      reinterpret_cast<uintptr_t>(view.region_base));
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

}  // namespace

void ExportExporter(Environment& home, napi_value exports) {
  SetFunction(home.env(), exports, "exportView", ExportView, &home);
  SetFunction(home.env(), exports, "adopt", Adopt, &home);
}

}  // namespace mv
