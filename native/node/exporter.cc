// Our views as exporters for other addons, and other addons' exporters as blocks.
#include "../capi/exporter.h"

#include "adoption.h"
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
  if (entry->engines) return Number(env, Status::kNoExternal);
  description.itemsize = static_cast<int64_t>(itemsize);
  description.offset = offset >= 0 && offset <= 9007199254740991.0 ? static_cast<uint64_t>(offset) : 0;
  const mv_exporter* exporter = MakeExporter(*entry->block, std::move(description));
  if (exporter == nullptr) return Number(env, Status::kBadArgument);
  napi_value external = nullptr;
  const napi_status made = mv_external(env, exporter, &external);
  exporter->drop(exporter);
  return made == napi_ok ? external : Number(env, Status::kOutOfMemory);
}

// (external, most, check) → as AdoptIntoJs
napi_value Adopt(napi_env env, napi_callback_info info) {
  Arguments<3> arguments(env, info);
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
  return AdoptIntoJs(arguments.home(), exporter, view, most, arguments[2]);
}

}  // namespace

void ExportExporter(Environment& home, napi_value exports) {
  SetFunction(home.env(), exports, "exportView", ExportView, &home);
  SetFunction(home.env(), exports, "adopt", Adopt, &home);
}

}  // namespace mv
