// The calls of node_api.h that stay bare, because node-addon-api has no counterpart or its own does more than
// is safe. No other file of native/node calls napi_* functions.
//
// Nothing here owns anything. Every value lives in the handle scope of the running call, on its environment's
// thread.
#ifndef MEMORYVIEW_NODE_RAW_H_
#define MEMORYVIEW_NODE_RAW_H_

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <string>
#include <string_view>

namespace mv::raw {

// --- reading arguments ---
//
// Napi::Number::DoubleValue and its kin raise a JavaScript exception for a value of another kind, where these
// return false. Asking for the kind first would cost a second call for each argument.

inline bool Read(Napi::Value value, double& out) {
  return napi_get_value_double(value.Env(), value, &out) == napi_ok;
}

inline bool Read(Napi::Value value, bool& out) {
  return napi_get_value_bool(value.Env(), value, &out) == napi_ok;
}

inline bool Read(Napi::Value value, std::string& out) {
  size_t length = 0;
  if (napi_get_value_string_utf8(value.Env(), value, nullptr, 0, &length) != napi_ok) return false;
  out.resize(length);
  return napi_get_value_string_utf8(value.Env(), value, out.data(), length + 1, &length) == napi_ok;
}

/// Text in an array, so that it can be read even if memory is short. Names of shared memory have at most 256
/// bytes.
struct ShortText {
  char bytes[260];
  size_t length = 0;
  operator std::string_view() const { return {bytes, length}; }
};

/// False also for longer text.
inline bool Read(Napi::Value value, ShortText& out) {
  // The engine writes whole characters only, of up to 4 bytes.
  return napi_get_value_string_utf8(value.Env(), value, out.bytes, sizeof out.bytes, &out.length) ==
             napi_ok &&
         out.length + 4 < sizeof out.bytes;
}

/// An address; false where it has more than 64 bits.
inline bool ReadBigint(Napi::Value value, uint64_t& out) {
  bool lossless = false;
  return napi_get_value_bigint_uint64(value.Env(), value, &out, &lossless) == napi_ok && lossless;
}

struct Buffer {
  void* data = nullptr;
  size_t nbytes = 0;
};

/// False for anything but an ArrayBuffer. Napi::ArrayBuffer would ask twice: for the kind, and for the bytes.
inline bool ReadArrayBuffer(Napi::Value value, Buffer& out) {
  return napi_get_arraybuffer_info(value.Env(), value, &out.data, &out.nbytes) == napi_ok;
}

/// False for anything but a TypedArray. Napi::TypedArray reaches bytes by an ArrayBuffer, and a
/// SharedArrayBuffer is none.
inline bool ReadTypedArray(Napi::Value value, Buffer& out, napi_typedarray_type* type = nullptr) {
  return value.IsTypedArray() && napi_get_typedarray_info(value.Env(), value, type, &out.nbytes, &out.data,
                                                          nullptr, nullptr) == napi_ok;
}

// --- externals ---
//
// Napi::External allocates a record for each finalizer, and its CheckTypeTag raises a JavaScript exception
// for a value that is not an object.

/// A new external, which owns `data` from now on; empty, with no exception, where the runtime refuses. All
/// externals of one type have one tag.
inline Napi::Value MakeTagged(Napi::Env env, void* data, napi_finalize finalize, const napi_type_tag& tag) {
  napi_value value = nullptr;
  if (napi_create_external(env, data, finalize, nullptr, &value) == napi_ok) {
    // Where this fails, no function accepts the external, and its finalizer ends the data.
    napi_type_tag_object(env, value, &tag);
    return {env, value};
  }
  napi_get_and_clear_last_exception(env, &value);
  return {};
}

/// The data of any external, whatever its tag; null for any other value.
inline void* ReadExternal(Napi::Value value) {
  void* data = nullptr;
  return napi_get_value_external(value.Env(), value, &data) == napi_ok ? data : nullptr;
}

/// The data of an external with that tag; null for any other value.
inline void* ReadTagged(Napi::Value value, const napi_type_tag& tag) {
  bool tagged = false;
  if (!value.IsExternal() || napi_check_object_type_tag(value.Env(), value, &tag, &tagged) != napi_ok)
    return nullptr;
  return tagged ? ReadExternal(value) : nullptr;
}

// --- ArrayBuffers over memory that the engine does not own ---
//
// Napi::ArrayBuffer::New and Napi::Object::AddFinalizer allocate a record for each finalizer, and open a
// handle scope around its call. Deno calls finalizers on a thread of V8's, where no scope may be opened.

/// Makes one; the runtime calls `finalize(env, data, hint)` when its backing store has gone.
inline napi_status MakeArrayBuffer(Napi::Env env, void* data, size_t nbytes, napi_finalize finalize,
                                   void* hint, Napi::Value& out) {
  napi_value value = nullptr;
  const napi_status made = napi_create_external_arraybuffer(env, data, nbytes, finalize, hint, &value);
  if (made == napi_ok) {
    out = Napi::Value(env, value);
  } else {
    napi_get_and_clear_last_exception(env, &value);
  }
  return made;
}

/// Has `finalize(env, data, null)` called when the object has been collected; returns a weak reference of the
/// object, or null.
inline napi_ref FollowObject(Napi::Value object, void* data, napi_finalize finalize) {
  napi_ref followed = nullptr;
  const napi_status added = napi_add_finalizer(object.Env(), object, data, finalize, nullptr, &followed);
  return added == napi_ok ? followed : nullptr;
}

/// A weak reference without a finalizer, or null. Napi::Weak would delete it by itself.
inline napi_ref ReferTo(Napi::Value object) {
  napi_ref made = nullptr;
  return napi_create_reference(object.Env(), object, 0, &made) == napi_ok ? made : nullptr;
}

/// The object of such a reference; empty once it is dead. Napi::Reference would own the reference.
inline Napi::Value ObjectOf(Napi::Env env, napi_ref followed) {
  napi_value value = nullptr;
  if (followed == nullptr || napi_get_reference_value(env, followed, &value) != napi_ok) return {};
  return {env, value};
}

/// Nothing happens to none. It fails for no reference that this library made.
inline void DeleteReference(Napi::Env env, napi_ref reference) {
  if (reference != nullptr) napi_delete_reference(env, reference);
}

/// Whether it could be detached. Napi::ArrayBuffer::Detach raises a JavaScript exception where it can't.
inline bool Detach(Napi::Value buffer) { return napi_detach_arraybuffer(buffer.Env(), buffer) == napi_ok; }

// --- calls of JavaScript ---

/// Calls a function; empty, with the exception pending, where it throws. Napi::Function::Call makes an Error
/// of its own of what was thrown, and raises that.
inline Napi::Value Call(Napi::Function function, napi_value receiver,
                        std::initializer_list<napi_value> arguments) {
  napi_value answer = nullptr;
  if (napi_call_function(function.Env(), receiver, function, arguments.size(), arguments.begin(), &answer) !=
      napi_ok) {
    return {};
  }
  return {function.Env(), answer};
}

/// A promise and the means to settle it. A thread that is being terminated makes none;
/// Napi::Promise::Deferred then returns values that were never set.
class Deferred {
 public:
  explicit Deferred(Napi::Env env) : env_(env) {
    if (napi_create_promise(env, &deferred_, &promise_) == napi_ok) return;
    deferred_ = nullptr;
    promise_ = nullptr;
  }
  /// Empty where there is none.
  Napi::Promise Promise() const { return {env_, promise_}; }
  /// Fails only where the thread is being terminated: no code waits for the promise any more.
  void Resolve(napi_value value) const {
    if (deferred_ != nullptr) napi_resolve_deferred(env_, deferred_, value);
  }

 private:
  const Napi::Env env_;
  napi_deferred deferred_ = nullptr;
  napi_value promise_ = nullptr;
};

/// Napi::Env::GetAndClearPendingException makes an Error of what was thrown, which takes memory.
inline void DropException(Napi::Env env) {
  napi_value dropped = nullptr;
  napi_get_and_clear_last_exception(env, &dropped);
}

/// Napi::RangeError takes no code.
inline void ThrowRangeError(Napi::Env env, const char* code, const char* message) {
  napi_throw_range_error(env, code, message);
}

/// Whether JavaScript can still run: as the environment ends, a checked call returns another status than ok,
/// of which Napi::Value::StrictEquals makes a JavaScript exception. Not to be asked inside of a finalizer.
inline bool CanRun(Napi::Env env) {
  napi_value undefined = nullptr;
  bool same = false;
  return napi_get_undefined(env, &undefined) == napi_ok &&
         napi_strict_equals(env, undefined, undefined, &same) == napi_ok;
}

// --- functions ---

/// Raises the error that src/binding.ts makes for a C++ allocation that failed.
void RaiseOutOfMemory(void* environment);

/// Calls `function`, and turns an allocation that fails in it into a JavaScript exception.
/// Napi::Function::New makes a callback that allocates before the function runs (for more than six
/// arguments), and no exception of C++ may reach the engine's frames.
template <auto function>
napi_value Guarded(napi_env env, napi_callback_info info) noexcept {
  void* environment = nullptr;
  try {
    const Napi::CallbackInfo call(env, info);
    environment = call.Data();
    return function(call);
  } catch (const std::exception&) {
    // Only the standard library throws here: std::bad_alloc, or std::length_error for more than could be
    // allocated.
    if (environment == nullptr) napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &environment);
    RaiseOutOfMemory(environment);
    return nullptr;
  }
}

/// Sets `exports[name]` to a function that gets `environment` as its data. Fails only where the thread is
/// being terminated: no code calls the function any more.
template <auto function>
void Export(Napi::Object exports, const char* name, void* environment) {
  napi_value value = nullptr;
  if (napi_create_function(exports.Env(), name, NAPI_AUTO_LENGTH, Guarded<function>, environment, &value) ==
      napi_ok) {
    napi_set_named_property(exports.Env(), exports, name, value);
  }
}

}  // namespace mv::raw

#endif  // MEMORYVIEW_NODE_RAW_H_
