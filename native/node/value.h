// A little sugar over node_api.h: reading arguments and making values, without exceptions and without owning
// anything.
//
// Every value made here lives in the handle scope of the running call, on that environment's thread only.
#ifndef MEMORYVIEW_NODE_VALUE_H_
#define MEMORYVIEW_NODE_VALUE_H_

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "call.h"

namespace mv {

/// The arguments of one call. Reading a wrong kind answers false and leaves the target alone.
template <size_t N>
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    napi_get_cb_info(env, info, &count_, values_, nullptr, &home_);
  }

  /// The environment that the function was exported for.
  Environment& home() const { return *static_cast<Environment*>(home_); }

  napi_value operator[](size_t i) const { return values_[i]; }
  bool Read(size_t i, double& out) const { return napi_get_value_double(env_, values_[i], &out) == napi_ok; }
  bool Read(size_t i, bool& out) const { return napi_get_value_bool(env_, values_[i], &out) == napi_ok; }
  bool Read(size_t i, std::string& out) const {
    size_t length = 0;
    if (napi_get_value_string_utf8(env_, values_[i], nullptr, 0, &length) != napi_ok) return false;
    out.resize(length);
    return napi_get_value_string_utf8(env_, values_[i], out.data(), length + 1, &length) == napi_ok;
  }
  /// A count or an id: an integral double from 0 to 2^53 - 1.
  bool Read(size_t i, uint64_t& out) const {
    double value = 0;
    if (!Read(i, value) || !(value >= 0 && value <= 9007199254740991.0)) return false;
    out = static_cast<uint64_t>(value);
    return static_cast<double>(out) == value;
  }

 private:
  napi_env env_;
  size_t count_ = N;
  napi_value values_[N == 0 ? 1 : N] = {};
  void* home_ = nullptr;
};

inline napi_value Number(napi_env env, double value) {
  napi_value result = nullptr;
  napi_create_double(env, value, &result);
  return result;
}

inline napi_value Number(napi_env env, Status status) { return Number(env, static_cast<double>(status)); }

inline napi_value Text(napi_env env, std::string_view text) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, text.data(), text.size(), &result);
  return result;
}

inline void SetProperty(napi_env env, napi_value object, const char* name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

inline void SetFunction(napi_env env, napi_value object, const char* name, napi_callback function,
                        void* data) {
  napi_value value = nullptr;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, data, &value) == napi_ok) {
    SetProperty(env, object, name, value);
  }
}

}  // namespace mv

#endif  // MEMORYVIEW_NODE_VALUE_H_
