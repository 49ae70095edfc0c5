// DLPack for JS: capsules that one consumer takes, and addresses of tensors for FFI.
//
// A capsule owns its tensor until a consumer takes it; its finalizer calls the deleter of a tensor that
// no consumer took. The functions run on the environment's own thread; a consumer may call a deleter on
// any thread.
#include "../capi/dlpack.h"

#include "adoption.h"
#include "arrow_values.h"
#include "exports.h"

namespace mv {
namespace {

constexpr napi_type_tag kCapsuleTag = MV_DLPACK_TYPE_TAG;

void FinalizeCapsule(napi_env, void* data, void*) {
  auto* capsule = static_cast<mv_dlpack_capsule*>(data);
  void* tensor = __atomic_exchange_n(&capsule->tensor, nullptr, __ATOMIC_ACQ_REL);
  if (tensor != nullptr) DeleteTensor(tensor, capsule->versioned != 0);
  delete capsule;
}

mv_dlpack_capsule* CapsuleOf(Napi::Value value) {
  return static_cast<mv_dlpack_capsule*>(raw::ReadTagged(value, kCapsuleTag));
}

// (exporter, whether it is a copy) → a capsule, or a refusal
Napi::Value ExportTensorToJs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  bool copied = false;
  raw::Read(info[1], copied);
  mv_error error;
  const mv_exporter* exporter = mv_exporter_of(env, info[0], &error);
  DlManagedTensorVersioned* tensor = nullptr;
  std::unique_ptr<mv_dlpack_capsule> capsule(new mv_dlpack_capsule{nullptr, 1, 0});
  if (exporter == nullptr || ExportTensor(exporter, copied, &tensor, &error) != MV_OK)
    return Refusal(env, error);
  capsule->tensor = tensor;
  return External(env, capsule.release(), FinalizeCapsule, kCapsuleTag);
}

// (capsule) → the tensor's address, which is the caller's now; or a status
Napi::Value TakeTensor(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  mv_dlpack_capsule* capsule = CapsuleOf(info[0]);
  if (capsule == nullptr) return Answer(env, Status::kBadArgument);
  void* tensor = __atomic_exchange_n(&capsule->tensor, nullptr, __ATOMIC_ACQ_REL);
  return tensor == nullptr ? Answer(env, Status::kUnknown) : Address(env, tensor);
}

/// Puts a tensor back into its capsule unless it was adopted, also where an allocation fails.
struct Restore {
  mv_dlpack_capsule* capsule;
  void* tensor;

  Restore(mv_dlpack_capsule* from, void* taken) : capsule(from), tensor(taken) {}
  Restore(const Restore&) = delete;
  Restore& operator=(const Restore&) = delete;
  ~Restore() {
    if (capsule != nullptr) __atomic_store_n(&capsule->tensor, tensor, __ATOMIC_RELEASE);
  }
};

// (capsule or address, whether the address is of a versioned tensor, TensorAccess, most, check) → as
// AdoptIntoJs. A tensor that AdoptTensor refuses stays where it was; one that AdoptIntoJs refuses is deleted.
Napi::Value AdoptTensorIntoJs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  bool versioned = true;
  uint64_t access = 0;
  double most = 0;
  if (!raw::Read(info[1], versioned) || !ReadCount(info[2], access) || access > 2 ||
      !raw::Read(info[3], most)) {
    return Answer(env, Status::kBadArgument);
  }
  mv_dlpack_capsule* capsule = CapsuleOf(info[0]);
  void* tensor = nullptr;
  if (capsule != nullptr) {
    versioned = capsule->versioned != 0;
    tensor = __atomic_exchange_n(&capsule->tensor, nullptr, __ATOMIC_ACQ_REL);
    if (tensor == nullptr) return Answer(env, Status::kUnknown);
  } else {
    tensor = AtAddress<void>(info[0]);
    if (tensor == nullptr) return Answer(env, Status::kBadArgument);
  }
  mv_error error;
  mv_error_init(&error);
  mv_view view;
  Restore restore(capsule, tensor);
  if (AdoptTensor(tensor, versioned, static_cast<TensorAccess>(access), most, &view, &error) != MV_OK) {
    return Refusal(env, error);
  }
  restore.capsule = nullptr;
  return AdoptIntoJs(EnvironmentOf(info), tensor, view, most, info[4]);
}

}  // namespace

void ExportDlpack(Environment& environment, Napi::Object to) {
  raw::Export<ExportTensorToJs>(to, "exportTensor", &environment);
  raw::Export<TakeTensor>(to, "takeTensor", &environment);
  raw::Export<AdoptTensorIntoJs>(to, "adoptTensor", &environment);
}

}  // namespace mv
