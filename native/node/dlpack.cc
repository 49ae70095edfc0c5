// DLPack as JS has it: one-shot capsules, and addresses of tensors for FFI.
#include "../capi/dlpack.h"

#include "adoption.h"
#include "groups.h"

namespace mv {
namespace {

constexpr napi_type_tag kCapsuleTag = MV_DLPACK_TYPE_TAG;

void FinalizeCapsule(napi_env, void* data, void*) {
  auto* capsule = static_cast<mv_dlpack_capsule*>(data);
  void* tensor = __atomic_exchange_n(&capsule->tensor, nullptr, __ATOMIC_ACQ_REL);
  if (tensor != nullptr) DeleteTensor(tensor, capsule->versioned != 0);
  delete capsule;
}

mv_dlpack_capsule* CapsuleOf(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  bool tagged = false;
  void* data = nullptr;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_external ||
      napi_check_object_type_tag(env, value, &kCapsuleTag, &tagged) != napi_ok || !tagged ||
      napi_get_value_external(env, value, &data) != napi_ok) {
    return nullptr;
  }
  return static_cast<mv_dlpack_capsule*>(data);
}

// (exporter, whether it is a copy) → a capsule, or a refusal
napi_value ExportTensorToJs(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  bool copied = false;
  arguments.Read(1, copied);
  mv_error error;
  const mv_exporter* exporter = mv_exporter_of(env, arguments[0], &error);
  DlManagedTensorVersioned* tensor = nullptr;
  if (exporter == nullptr || ExportTensor(exporter, copied, &tensor, &error) != MV_OK)
    return Refusal(env, error);
  auto* capsule = new mv_dlpack_capsule{tensor, 1, 0};
  napi_value external = nullptr;
  if (napi_create_external(env, capsule, FinalizeCapsule, nullptr, &external) != napi_ok) {
    FinalizeCapsule(env, capsule, nullptr);
    return Number(env, Status::kOutOfMemory);
  }
  napi_type_tag_object(env, external, &kCapsuleTag);
  return external;
}

// (capsule) → the tensor's address, which is the caller's now; or a status
napi_value TakeTensor(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  mv_dlpack_capsule* capsule = CapsuleOf(env, arguments[0]);
  if (capsule == nullptr) return Number(env, Status::kBadArgument);
  void* tensor = __atomic_exchange_n(&capsule->tensor, nullptr, __ATOMIC_ACQ_REL);
  if (tensor == nullptr) return Number(env, Status::kUnknown);
  napi_value address = nullptr;
  napi_create_bigint_uint64(env, reinterpret_cast<uintptr_t>(tensor), &address);
  return address;
}

// (capsule or address, whether the address is of a versioned tensor, TensorAccess, most, check) → as
// AdoptIntoJs. The tensor stays where it was unless that succeeds.
napi_value AdoptTensorIntoJs(napi_env env, napi_callback_info info) {
  Arguments<5> arguments(env, info);
  bool versioned = true;
  uint64_t access = 0;
  double most = 0;
  if (!arguments.Read(1, versioned) || !arguments.Read(2, access) || access > 2 || !arguments.Read(3, most)) {
    return Number(env, Status::kBadArgument);
  }
  mv_dlpack_capsule* capsule = CapsuleOf(env, arguments[0]);
  void* tensor = nullptr;
  if (capsule != nullptr) {
    versioned = capsule->versioned != 0;
    tensor = __atomic_exchange_n(&capsule->tensor, nullptr, __ATOMIC_ACQ_REL);
    if (tensor == nullptr) return Number(env, Status::kUnknown);
  } else {
    uint64_t address = 0;
    bool lossless = false;
    if (napi_get_value_bigint_uint64(env, arguments[0], &address, &lossless) != napi_ok || !lossless ||
        address == 0) {
      return Number(env, Status::kBadArgument);
    }
    tensor = reinterpret_cast<void*>(static_cast<uintptr_t>(address));
  }
  mv_error error;
  mv_error_init(&error);
  mv_view view;
  if (AdoptTensor(tensor, versioned, static_cast<TensorAccess>(access), most, &view, &error) != MV_OK) {
    if (capsule != nullptr) __atomic_store_n(&capsule->tensor, tensor, __ATOMIC_RELEASE);
    return Refusal(env, error);
  }
  return AdoptIntoJs(arguments.home(), tensor, view, most, arguments[4]);
}

}  // namespace

void ExportDlpack(Environment& home, napi_value exports) {
  SetFunction(home.env(), exports, "exportTensor", ExportTensorToJs, &home);
  SetFunction(home.env(), exports, "takeTensor", TakeTensor, &home);
  SetFunction(home.env(), exports, "adoptTensor", AdoptTensorIntoJs, &home);
}

}  // namespace mv
