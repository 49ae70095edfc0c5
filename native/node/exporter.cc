// Views of this library as exporters for other addons, and exporters of other addons as blocks.
#include "../capi/exporter.h"

#include "adoption.h"
#include "exports.h"

namespace mv {
namespace {

bool ReadSizes(Napi::Value value, Description& description) {
  napi_typedarray_type type = napi_int8_array;
  raw::Buffer read;
  // Of a TypedArray that is the number of elements.
  if (!raw::ReadTypedArray(value, read, &type)) return false;
  const size_t count = read.nbytes;
  if (type != napi_float64_array || count % 2 != 0 || count > 2 * MV_MAX_NDIM) return false;
  const auto* sizes = static_cast<const double*>(read.data);
  for (size_t i = 0; i < count; ++i) {
    // A stride that is never used may be any number; the check of the whole refuses one that is.
    (i < count / 2 ? description.shape : description.strides).push_back(mv_integer_(sizes[i]));
  }
  return true;
}

// (id, offset, itemsize, format, readonly, Float64Array of shape and strides) → a tagged external, or a
// status.
Napi::Value ExportView(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  uint64_t id = 0;
  double offset = 0;
  uint64_t itemsize = 0;
  Description description;
  if (!ReadCount(info[0], id) || !raw::Read(info[1], offset) || !ReadCount(info[2], itemsize) ||
      !raw::Read(info[3], description.format) || !raw::Read(info[4], description.readonly) ||
      !ReadSizes(info[5], description)) {
    return Answer(env, Status::kBadArgument);
  }
  Entry* entry = EnvironmentOf(info).Find(id);
  if (entry == nullptr) return Answer(env, Status::kUnknown);
  if (entry->engines) return Answer(env, Status::kNoExternal);
  description.itemsize = static_cast<int64_t>(itemsize);
  description.offset = offset >= 0 && offset <= 9007199254740991.0 ? static_cast<uint64_t>(offset) : 0;
  const mv_exporter* exporter = MakeExporter(*entry->block, std::move(description));
  if (exporter == nullptr) return Answer(env, Status::kBadArgument);
  napi_value external = nullptr;
  const napi_status made = mv_external(env, exporter, &external);
  exporter->drop(exporter);
  return made == napi_ok ? Napi::Value(env, external) : Answer(env, Status::kOutOfMemory);
}

// (external, most, check) → as AdoptIntoJs
Napi::Value Adopt(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  double most = 0;
  if (!raw::Read(info[1], most)) return Answer(env, Status::kBadArgument);
  mv_error error;
  const mv_exporter* exporter = mv_exporter_of(env, info[0], &error);
  if (exporter == nullptr) return Refusal(env, error);
  mv_request request;
  mv_request_init(&request, "memoryview");
  request.flags = MV_REQUEST_ALLOW_FAULT | MV_REQUEST_ALLOW_SHARED;
  mv_view view;
  if (mv_acquire(exporter, &request, &view, &error) != MV_OK) return Refusal(env, error);
  return AdoptIntoJs(EnvironmentOf(info), exporter, view, most, info[2]);
}

}  // namespace

void ExportExporter(Environment& environment, Napi::Object to) {
  raw::Export<ExportView>(to, "exportView", &environment);
  raw::Export<Adopt>(to, "adopt", &environment);
}

}  // namespace mv
