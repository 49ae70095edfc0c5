// Values that the Arrow and DLPack glue reads and makes: structs at addresses, and externals with a tag.
#ifndef MEMORYVIEW_NODE_ARROW_VALUES_H_
#define MEMORYVIEW_NODE_ARROW_VALUES_H_

#include <cstdint>

#include "call.h"

namespace mv {

/// The struct at an address that JS passed; null for a value that is not an address.
///
/// SAFETY: the program that passed the address vouches for a struct of this type there.
template <typename Struct>
Struct* AtAddress(Napi::Value value) {
  uint64_t address = 0;
  if (!raw::ReadBigint(value, address)) return nullptr;
  return reinterpret_cast<Struct*>(static_cast<uintptr_t>(address));
}

inline Napi::Value Address(Napi::Env env, const void* address) {
  return Napi::BigInt::New(env, static_cast<uint64_t>(reinterpret_cast<uintptr_t>(address)));
}

/// An external of ours, which owns the data; a status where the runtime refuses it, and then the data was
/// finalized.
inline Napi::Value External(Napi::Env env, void* data, napi_finalize finalize, const napi_type_tag& tag) {
  const Napi::Value made = raw::MakeTagged(env, data, finalize, tag);
  if (!made.IsEmpty()) return made;
  finalize(env, data, nullptr);
  return Answer(env, Status::kOutOfMemory);
}

/// An element of an array; empty if there is none.
inline Napi::Value Element(Napi::Value list, uint32_t i) {
  return list.IsArray() ? list.As<Napi::Array>().Get(i) : Napi::Value();
}

}  // namespace mv

#endif  // MEMORYVIEW_NODE_ARROW_VALUES_H_
