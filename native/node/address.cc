// The address of a JS buffer's first byte.
#include "groups.h"

namespace mv {
namespace {

// (an ArrayBuffer, or a TypedArray over a SharedArrayBuffer from its byte 0) → bigint
napi_value AddressOf(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  void* data = nullptr;
  bool is_typed = false;
  bool is_buffer = false;
  if (napi_is_typedarray(env, arguments[0], &is_typed) == napi_ok && is_typed) {
    napi_get_typedarray_info(env, arguments[0], nullptr, nullptr, &data, nullptr, nullptr);
  } else if (napi_is_arraybuffer(env, arguments[0], &is_buffer) == napi_ok && is_buffer) {
    napi_get_arraybuffer_info(env, arguments[0], &data, nullptr);
  } else {
    return Number(env, Status::kBadArgument);
  }
  napi_value address = nullptr;
  napi_create_bigint_uint64(env, reinterpret_cast<uintptr_t>(data), &address);
  return address;
}

}  // namespace

void ExportAddress(Environment& home, napi_value exports) {
  SetFunction(home.env(), exports, "addressOf", AddressOf, &home);
}

}  // namespace mv
