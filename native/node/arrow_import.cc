// Arrow arrays of other libraries as JS has them: a holding, which keeps the moved array, and buffers as
// memory.
//
// An external owns one reference of a holding, until JS drops it; each block over a buffer owns another
// (capi/arrow_import.h). The functions run on the environment's own thread.
#include "../capi/arrow_import.h"

#include <memory>
#include <new>

#include "adoption.h"
#include "arrow_reading.h"
#include "arrow_values.h"
#include "exports.h"

namespace mv {
namespace {

constexpr napi_type_tag kHoldingTag = {0x1f6c4b0a9d2e7358ull, 0xc27d91e35b80f46aull};

/// JS's reference of a holding, until it drops it or loses it.
struct HoldingReference {
  ArrowHolding* holding;

  void Drop() {
    if (holding != nullptr) holding->Drop();
    holding = nullptr;
  }
};

HoldingReference* ReferenceOf(Napi::Value value) {
  return static_cast<HoldingReference*>(raw::ReadTagged(value, kHoldingTag));
}

// (address of an ArrowSchema, address of an ArrowArray) → a description, or a refusal; moves nothing
Napi::Value DescribeArray(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto* schema = AtAddress<ArrowSchema>(info[0]);
  const auto* array = AtAddress<ArrowArray>(info[1]);
  if (schema == nullptr || array == nullptr) return Answer(env, Status::kBadArgument);
  mv_error error;
  mv_error_init(&error);
  if (CheckArray(*schema, *array, &error) != MV_OK) return Refusal(env, error);
  return Describe(env, *schema, *array, 0);
}

// (both addresses) → the holding; the array is moved into it, the schema released. Or a refusal, or a status
Napi::Value TakeArray(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* schema = AtAddress<ArrowSchema>(info[0]);
  auto* array = AtAddress<ArrowArray>(info[1]);
  if (schema == nullptr || array == nullptr || schema->release == nullptr || array->release == nullptr) {
    return Answer(env, Status::kBadArgument);
  }
  mv_error error;
  mv_error_init(&error);
  if (CheckArray(*schema, *array, &error) != MV_OK) return Refusal(env, error);
  const Napi::Value holding = HoldingToJs(env, *schema, *array);
  if (array->release != nullptr) return holding;  // without memory the structs stay as they were
  schema->release(schema);
  schema->release = nullptr;
  return holding;
}

// (holding, address, nbytes, most, check) → as AdoptIntoJs
Napi::Value AdoptBuffer(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const HoldingReference* reference = ReferenceOf(info[0]);
  ArrowHolding* holding = reference == nullptr ? nullptr : reference->holding;
  uint64_t address = 0;
  uint64_t nbytes = 0;
  double most = 0;
  mv_view view;
  if (holding == nullptr || !ReadCount(info[1], address) || !ReadCount(info[2], nbytes) ||
      !raw::Read(info[3], most) ||
      !holding->BufferView(reinterpret_cast<const void*>(static_cast<uintptr_t>(address)), nbytes, &view)) {
    return Answer(env, Status::kBadArgument);
  }
  return AdoptIntoJs(EnvironmentOf(info), holding, view, most, info[4]);
}

// (holding): only its buffers keep the array now
Napi::Value DropArray(const Napi::CallbackInfo& info) {
  if (HoldingReference* reference = ReferenceOf(info[0])) reference->Drop();
  return info.Env().Undefined();
}

}  // namespace

Napi::Value HoldingToJs(Napi::Env env, const ArrowSchema& schema, ArrowArray& array) {
  std::unique_ptr<HoldingReference> reference(new (std::nothrow) HoldingReference{nullptr});
  if (reference != nullptr) reference->holding = ArrowHolding::Take(schema, array);
  if (reference == nullptr || reference->holding == nullptr) return Answer(env, Status::kOutOfMemory);
  const auto finalize = [](napi_env, void* data, void*) {
    auto* given = static_cast<HoldingReference*>(data);
    given->Drop();
    delete given;
  };
  return External(env, reference.release(), finalize, kHoldingTag);
}

void ExportArrowImport(Environment& environment, Napi::Object to) {
  raw::Export<DescribeArray>(to, "describeArray", &environment);
  raw::Export<TakeArray>(to, "takeArray", &environment);
  raw::Export<AdoptBuffer>(to, "adoptBuffer", &environment);
  raw::Export<DropArray>(to, "dropArray", &environment);
}

}  // namespace mv
