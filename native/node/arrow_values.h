// Values that the Arrow glue reads and makes: structs at addresses, and externals with a tag.
#ifndef MEMORYVIEW_NODE_ARROW_VALUES_H_
#define MEMORYVIEW_NODE_ARROW_VALUES_H_

#include <node_api.h>

#include <cstdint>

#include "value.h"

namespace mv {

/// The struct at an address that JS has; null for what is no address.
template <typename Struct>
Struct* AtAddress(napi_env env, napi_value value) {
  uint64_t address = 0;
  bool lossless = false;
  if (napi_get_value_bigint_uint64(env, value, &address, &lossless) != napi_ok || !lossless) return nullptr;
  return reinterpret_cast<Struct*>(static_cast<uintptr_t>(address));
}

inline napi_value Address(napi_env env, const void* address) {
  napi_value value = nullptr;
  napi_create_bigint_uint64(env, reinterpret_cast<uintptr_t>(address), &value);
  return value;
}

/// What an external of ours holds; null for any other value.
inline void* Tagged(napi_env env, napi_value value, const napi_type_tag& tag) {
  napi_valuetype type = napi_undefined;
  bool tagged = false;
  void* data = nullptr;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_external ||
      napi_check_object_type_tag(env, value, &tag, &tagged) != napi_ok || !tagged ||
      napi_get_value_external(env, value, &data) != napi_ok) {
    return nullptr;
  }
  return data;
}

/// An external of ours; a status where the runtime refuses it, and then `data` was finalized.
inline napi_value External(napi_env env, void* data, napi_finalize finalize, const napi_type_tag& tag) {
  napi_value external = nullptr;
  if (napi_create_external(env, data, finalize, nullptr, &external) != napi_ok) {
    finalize(env, data, nullptr);
    return Number(env, Status::kOutOfMemory);
  }
  napi_type_tag_object(env, external, &tag);
  return external;
}

inline napi_value Element(napi_env env, napi_value list, uint32_t i) {
  napi_value value = nullptr;
  napi_get_element(env, list, i, &value);
  return value;
}

}  // namespace mv

#endif  // MEMORYVIEW_NODE_ARROW_VALUES_H_
