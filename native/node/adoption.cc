// Checks an acquired view of another library's memory, and wraps its region in an ArrayBuffer of this
// environment.
//
// Ownership: AdoptIntoJs consumes the view. On success a block owns it, a new one or the one that this
// environment already has for the same exporter and region. On every other path the view is released
// before the call returns. It runs on the environment's own thread.
#include "adoption.h"

#include <memory>

#include "../capi/adopted_block.h"

namespace mv {
namespace {

Napi::Array Numbers(Napi::Env env, const int64_t* values, int32_t count) {
  Napi::Array list = Napi::Array::New(env, static_cast<size_t>(count));
  for (int32_t i = 0; i < count; ++i) {
    list.Set(static_cast<uint32_t>(i), Answer(env, static_cast<double>(values[i])));
  }
  return list;
}

/// Finds or makes this environment's ArrayBuffer over the view's region; consumes the view.
Status WrapRegion(Environment& environment, const void* exporter, mv_view& view, Napi::Value& buffer) {
  const RegionKey key{&environment, exporter, view.region_base, view.region_size,
                      (view.flags & MV_READONLY) != 0};
  const uint64_t id = FindAdopted(key);
  const Entry* entry = id == 0 ? nullptr : environment.Find(id);
  if (entry != nullptr) {
    buffer = environment.BufferOf(*entry);
    if (!buffer.IsEmpty() && !buffer.As<Napi::ArrayBuffer>().IsDetached()) {
      // The block's own view pins the region; a second one would only make it harder to release.
      mv_release(&view);
      environment.results()[Result::kId] = static_cast<double>(id);
      return Status::kOk;
    }
  }
  Block* block = AdoptView(key, view);
  environment.results()[Result::kId] = static_cast<double>(block->id());
  return environment.Wrap(block, buffer);
}

}  // namespace

Napi::Value Refusal(Napi::Env env, const mv_error& error) {
  Napi::Array list = Napi::Array::New(env, 2);
  list.Set(uint32_t{0}, Answer(env, static_cast<double>(error.code)));
  list.Set(uint32_t{1}, Napi::String::New(env, error.message));
  return list;
}

Napi::Value AdoptIntoJs(Environment& environment, const void* exporter, mv_view& view, double most,
                        Napi::Value check) {
  const Napi::Env env = environment.env();
  // Releases the view on every way out, an exception's too; one that a block has taken over is empty by then.
  const std::unique_ptr<mv_view, void (*)(mv_view*)> consumed(&view,
                                                              [](mv_view* given) { mv_release(given); });
  mv_error error;
  mv_error_init(&error);
  if (view.device_type != MV_CPU) {
    mv_fail(&error, MV_BAD_VIEW, "has memory of device type %d, expected %d, the CPU's",
            static_cast<int>(view.device_type), MV_CPU);
  } else if ((view.flags & MV_JS_BORROWED) != 0) {
    mv_fail(&error, MV_BAD_VIEW, "lends the engine's memory, expected memory that can be pinned");
  }
  if (error.code == MV_OK && view.nbytes > kMaxBytes) {
    mv_fail(&error, MV_BAD_VIEW, "has elements of %llu bytes in all, expected fewer than 2^53",
            static_cast<unsigned long long>(view.nbytes));
  }
  if (error.code != MV_OK) return Refusal(env, error);
  if ((view.flags & MV_IMMUTABLE) != 0) view.flags |= MV_READONLY;
  if (static_cast<double>(view.region_size) > most) return Answer(env, Status::kOutOfMemory);
  const Napi::String format = Napi::String::New(env, view.format);
  const Napi::Value itemsize = Answer(env, static_cast<double>(view.itemsize));
  if (!check.IsFunction() ||
      raw::Call(check.As<Napi::Function>(), env.Undefined(), {format, itemsize}).IsEmpty()) {
    return {};  // its exception is pending
  }
  // It may end blocks, whose deleters may call JS, which may write results.
  environment.BeforeAllocation(0);
  double* results = environment.results();
  const auto base = reinterpret_cast<uintptr_t>(view.region_base);
  results[Result::kAddress] = static_cast<double>(base);
  results[Result::kNbytes] = static_cast<double>(view.region_size);
  results[Result::kOffset] =
      view.nbytes == 0 ? 0 : static_cast<double>(reinterpret_cast<uintptr_t>(view.data) - base);
  results[Result::kReadonly] = (view.flags & MV_READONLY) != 0 ? 1 : 0;
  const Napi::Array shape = Numbers(env, view.shape, view.ndim);
  const Napi::Array strides = Numbers(env, view.strides, view.ndim);
  Napi::Value buffer;
  const Status status = WrapRegion(environment, exporter, view, buffer);
  if (status != Status::kOk) return Answer(env, status);
  Napi::Array list = Napi::Array::New(env, 4);
  list.Set(uint32_t{0}, buffer);
  list.Set(uint32_t{1}, format);
  list.Set(uint32_t{2}, shape);
  list.Set(uint32_t{3}, strides);
  return list;
}

}  // namespace mv
