// Arrow schemas and arrays of other libraries as lists of JS.
#include <iterator>

#include "arrow_reading.h"

namespace mv {
namespace {

/// A copy of the bytes of a schema's metadata; null for none, false if unreadable.
Napi::Value Metadata(Napi::Env env, const ArrowSchema& schema) {
  size_t nbytes = 0;
  if (schema.metadata == nullptr) return env.Null();
  if (!MetadataSize(schema.metadata, &nbytes)) return Napi::Boolean::New(env, false);
  return Napi::Buffer<char>::Copy(env, schema.metadata, nbytes);
}

/// What an array says of itself; of a schema alone, nothing.
struct Numbers {
  int64_t length = 0;
  int64_t null_count = -1;
  int64_t offset = 0;
};

/// As Describe says.
Napi::Array Description(Napi::Env env, const ArrowSchema& schema, const Numbers& numbers, Napi::Array buffers,
                        Napi::Array children, Napi::Value dictionary, const char* fault) {
  const Napi::Value parts[] = {
      Napi::String::New(env, schema.format == nullptr ? "" : schema.format),
      Napi::String::New(env, schema.name == nullptr ? "" : schema.name),
      Answer(env, static_cast<double>(schema.flags)),
      Answer(env, static_cast<double>(numbers.length)),
      Answer(env, static_cast<double>(numbers.null_count)),
      Answer(env, static_cast<double>(numbers.offset)),
      buffers,
      children,
      dictionary,
      Metadata(env, schema),
      fault == nullptr ? env.Null() : Napi::Value(Napi::String::New(env, fault)),
  };
  const Napi::Array list = Napi::Array::New(env, std::size(parts));
  for (uint32_t i = 0; i < std::size(parts); ++i) list.Set(i, parts[i]);
  return list;
}

}  // namespace

Napi::Array Describe(Napi::Env env, const ArrowSchema& schema, const ArrowArray& array, int level) {
  mv_error fault;
  mv_error_init(&fault);
  const bool sound = NodeFault(schema, array, level, &fault) == MV_OK;
  const Napi::Array buffers = Napi::Array::New(env);
  const Napi::Array children = Napi::Array::New(env);
  for (int64_t i = 0; sound && i < array.n_buffers; ++i) {
    buffers.Set(static_cast<uint32_t>(i),
                Answer(env, static_cast<double>(reinterpret_cast<uintptr_t>(array.buffers[i]))));
  }
  for (int64_t i = 0; sound && i < array.n_children; ++i) {
    const Napi::HandleScope scope(env);
    children.Set(static_cast<uint32_t>(i), Describe(env, *schema.children[i], *array.children[i], level + 1));
  }
  const bool coded = sound && array.dictionary != nullptr;
  const Napi::Value dictionary =
      coded ? Napi::Value(Describe(env, *schema.dictionary, *array.dictionary, level + 1)) : env.Null();
  const Numbers numbers{sound ? array.length : 0, array.null_count, sound ? array.offset : 0};
  return Description(env, schema, numbers, buffers, children, dictionary, sound ? nullptr : fault.message);
}

Napi::Array DescribeSchema(Napi::Env env, const ArrowSchema& schema, int level) {
  mv_error fault;
  mv_error_init(&fault);
  const bool sound = SchemaFault(schema, level, &fault) == MV_OK;
  const Napi::Array children = Napi::Array::New(env);
  for (int64_t i = 0; sound && i < schema.n_children; ++i) {
    const Napi::HandleScope scope(env);
    children.Set(static_cast<uint32_t>(i), DescribeSchema(env, *schema.children[i], level + 1));
  }
  const bool coded = sound && schema.dictionary != nullptr;
  const Napi::Value dictionary =
      coded ? Napi::Value(DescribeSchema(env, *schema.dictionary, level + 1)) : env.Null();
  return Description(env, schema, Numbers{}, Napi::Array::New(env), children, dictionary,
                     sound ? nullptr : fault.message);
}

}  // namespace mv
