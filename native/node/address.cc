// The address of a JS buffer's first byte.
#include "exports.h"

namespace mv {
namespace {

// (an ArrayBuffer, or a TypedArray over a SharedArrayBuffer from its byte 0) → bigint
Napi::Value AddressOf(const Napi::CallbackInfo& info) {
  raw::Buffer bytes;
  if (!raw::ReadArrayBuffer(info[0], bytes) && !raw::ReadTypedArray(info[0], bytes)) {
    return Answer(info.Env(), Status::kBadArgument);
  }
  return Napi::BigInt::New(info.Env(), static_cast<uint64_t>(reinterpret_cast<uintptr_t>(bytes.data)));
}

}  // namespace

void ExportAddress(Environment& environment, Napi::Object to) {
  raw::Export<AddressOf>(to, "addressOf", &environment);
}

}  // namespace mv
