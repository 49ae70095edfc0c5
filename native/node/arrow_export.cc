// Arrays and streams of ours as JS makes them: structs at addresses for FFI.
#include "../capi/arrow_export.h"

#include <memory>
#include <new>
#include <thread>
#include <vector>

#include "../capi/arrow_stream.h"
#include "../core/system.h"
#include "adoption.h"
#include "arrow_values.h"
#include "groups.h"

namespace mv {
namespace {

constexpr napi_type_tag kQueueTag = {0x2b90f4d6c8137ea5ull, 0xe6815d3b4c70a92full};
constexpr napi_type_tag kOutgoingTag = {0x5d1e8c27a4f39b60ull, 0x97c2e05f6ab1d834ull};

/// The address, and what keeps what is there: [external, address, further address?]
napi_value KeptAt(napi_env env, napi_value external, const void* first, const void* second) {
  napi_value list = nullptr;
  napi_create_array(env, &list);
  napi_set_element(env, list, 0, external);
  napi_set_element(env, list, 1, Address(env, first));
  if (second != nullptr) napi_set_element(env, list, 2, Address(env, second));
  return list;
}

/// Text of JS's for the time of a call.
class TextOf {
 public:
  bool Read(napi_env env, napi_value value) {
    if (napi_get_value_string_utf8(env, value, nullptr, 0, &size_) != napi_ok) return false;
    text_.reset(new (std::nothrow) char[size_ + 1]);
    return text_ != nullptr &&
           napi_get_value_string_utf8(env, value, text_.get(), size_ + 1, &size_) == napi_ok;
  }
  std::string_view view() const { return {text_.get(), size_}; }

 private:
  std::unique_ptr<char[]> text_{};
  size_t size_ = 0;
};

/// A list of JS's for the time of a call.
template <typename Item>
class ListOf {
 public:
  /// Reads each element by `read(value, item)`; false where one is refused.
  template <typename Read>
  bool Fill(napi_env env, napi_value list, Read read) {
    uint32_t length = 0;
    if (napi_get_array_length(env, list, &length) != napi_ok) return false;
    items_.reset(new (std::nothrow) Item[length + size_t{1}]);
    if (items_ == nullptr) return false;
    for (; size_ < length; ++size_) {
      if (!read(Element(env, list, static_cast<uint32_t>(size_)), items_[size_])) return false;
    }
    return true;
  }
  const Item* data() const { return items_.get(); }
  size_t size() const { return size_; }

 private:
  std::unique_ptr<Item[]> items_{};
  size_t size_ = 0;
};

bool ReadChild(napi_env env, napi_value value, ArrowChild& child) {
  child.schema = AtAddress<ArrowSchema>(env, Element(env, value, 0));
  child.array = AtAddress<ArrowArray>(env, Element(env, value, 1));
  return child.schema != nullptr && child.array != nullptr;
}

bool IsNull(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  return napi_typeof(env, value, &type) == napi_ok && type == napi_null;
}

// ([format, name, flags, length, null count, offset], [exporters or null], [[schema, array]], [schema, array]
// or null, bytes of metadata or null) → [external that keeps both structs, address of the ArrowSchema,
// address of the ArrowArray]; or a refusal; or a status. The children are moved in where that succeeds.
napi_value BuildArrayForJs(napi_env env, napi_callback_info info) {
  Arguments<5> arguments(env, info);
  ArrowNode node;
  TextOf format;
  TextOf name;
  ListOf<const mv_exporter*> buffers;
  ListOf<ArrowChild> children;
  ArrowChild dictionary{};
  const napi_value head = arguments[0];
  const auto number = [&](uint32_t at, int64_t& to) {
    return napi_get_value_int64(env, Element(env, head, at), &to) == napi_ok;
  };
  const auto exporter = [&](napi_value value, const mv_exporter*& to) {
    to = IsNull(env, value) ? nullptr : mv_exporter_of(env, value, nullptr);
    return to != nullptr || IsNull(env, value);
  };
  const auto child = [&](napi_value value, ArrowChild& to) { return ReadChild(env, value, to); };
  if (!format.Read(env, Element(env, head, 0)) || !name.Read(env, Element(env, head, 1)) ||
      !number(2, node.flags) || !number(3, node.length) || !number(4, node.null_count) ||
      !number(5, node.offset) || !buffers.Fill(env, arguments[1], exporter) ||
      !children.Fill(env, arguments[2], child)) {
    return Number(env, Status::kBadArgument);
  }
  if (!IsNull(env, arguments[3])) {
    if (!ReadChild(env, arguments[3], dictionary)) return Number(env, Status::kBadArgument);
    node.dictionary = &dictionary;
  }
  if (!IsNull(env, arguments[4])) {
    void* data = nullptr;
    size_t size = 0;
    if (napi_get_typedarray_info(env, arguments[4], nullptr, &size, &data, nullptr, nullptr) != napi_ok) {
      return Number(env, Status::kBadArgument);
    }
    node.metadata = {static_cast<const char*>(data), size};
  }
  node.format = format.view();
  node.name = name.view();
  node.buffers = buffers.data();
  node.n_buffers = buffers.size();
  node.children = children.data();
  node.n_children = children.size();
  std::unique_ptr<ArrowPair> pair(new (std::nothrow) ArrowPair);
  if (pair == nullptr) return Number(env, Status::kOutOfMemory);
  mv_error error;
  mv_error_init(&error);
  if (BuildArray(node, *pair, &error) != MV_OK) return Refusal(env, error);
  ArrowPair* kept = pair.release();
  napi_value external = nullptr;
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<ArrowPair*>(data); };
  if (napi_create_external(env, kept, finalize, nullptr, &external) != napi_ok) {
    delete kept;
    return Number(env, Status::kOutOfMemory);
  }
  return KeptAt(env, external, &kept->schema, &kept->array);
}

// (address of an ArrowSchema, name) → a status
napi_value RenameColumn(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  auto* schema = AtAddress<ArrowSchema>(env, arguments[0]);
  TextOf name;
  if (schema == nullptr || !name.Read(env, arguments[1])) return Number(env, Status::kBadArgument);
  if (schema->release == nullptr) return Number(env, Status::kUnknown);
  return Number(env, RenameSchema(*schema, name.view()) ? Status::kOk : Status::kOutOfMemory);
}

// (address of an ArrowSchema, address of an ArrowArray): releases what was not moved out
napi_value ReleaseArray(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  auto* schema = AtAddress<ArrowSchema>(env, arguments[0]);
  auto* array = AtAddress<ArrowArray>(env, arguments[1]);
  if (schema != nullptr && schema->release != nullptr) schema->release(schema);
  if (array != nullptr && array->release != nullptr) array->release(array);
  return nullptr;
}

/// What a stream asks of JS: by a call on its own thread, by a thread-safe function from any other.
class JsBatchMaker final : public BatchMaker {
 public:
  enum Errand : uintptr_t { kMake = 0, kClose = 1 };

  /// Null where the runtime refuses. `make(errand)` is called on the environment's thread.
  static JsBatchMaker* Create(napi_env env, napi_value make) {
    auto* maker = new (std::nothrow) JsBatchMaker;
    if (maker == nullptr) return nullptr;
    maker->env_ = env;
    if (napi_create_reference(env, make, 1, &maker->make_) != napi_ok ||
        napi_create_threadsafe_function(env, make, nullptr, Text(env, "memoryview.arrow"), 0, 1, maker,
                                        Closed, maker, Deliver, &maker->sender_) != napi_ok) {
      if (maker->make_ != nullptr) napi_delete_reference(env, maker->make_);
      delete maker;
      return nullptr;
    }
    napi_unref_threadsafe_function(env, maker->sender_);
    return maker;
  }

  /// The queue that hears of the end of the environment; the caller's reference, taken over.
  void Serve(BatchQueue* queue) { queue_ = queue; }

  bool Here() const override { return std::this_thread::get_id() == thread_; }
  bool Make() override {
    napi_handle_scope scope = nullptr;
    if (!OnThreadStack(&scope) || napi_open_handle_scope(env_, &scope) != napi_ok) return false;
    napi_value make = nullptr;
    const bool called =
        napi_get_reference_value(env_, make_, &make) == napi_ok && make != nullptr && Call(env_, make, kMake);
    napi_close_handle_scope(env_, scope);
    return called;
  }
  bool Ask() override { return Send(kMake, false); }
  void Close() override { Send(kClose, true); }

 private:
  JsBatchMaker() = default;

  /// False where JS can't run; the function itself throws nothing.
  static bool Call(napi_env env, napi_value make, Errand errand) {
    napi_value undefined = nullptr;
    napi_value what = Number(env, static_cast<double>(errand));
    napi_get_undefined(env, &undefined);
    if (napi_call_function(env, undefined, make, 1, &what, nullptr) == napi_ok) return true;
    bool pending = false;
    napi_value thrown = nullptr;
    if (napi_is_exception_pending(env, &pending) == napi_ok && pending) {
      napi_get_and_clear_last_exception(env, &thrown);
    }
    return false;
  }

  bool Send(Errand errand, bool last) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (sender_ == nullptr) return false;
    const bool sent = napi_call_threadsafe_function(sender_, reinterpret_cast<void*>(errand),
                                                    napi_tsfn_nonblocking) == napi_ok;
    if (last) napi_release_threadsafe_function(std::exchange(sender_, nullptr), napi_tsfn_release);
    return sent;
  }

  static void Deliver(napi_env env, napi_value make, void*, void* data) {
    // Without an environment the runtime only empties its queue.
    if (env == nullptr || make == nullptr) return;
    Call(env, make, static_cast<Errand>(reinterpret_cast<uintptr_t>(data)));
  }

  /// After the consumer's release, or at the end of the environment.
  static void Closed(napi_env env, void* data, void*) {
    auto* self = static_cast<JsBatchMaker*>(data);
    {
      const std::lock_guard<std::mutex> lock(self->mutex_);
      self->sender_ = nullptr;
    }
    if (env != nullptr) napi_delete_reference(env, self->make_);
    if (self->queue_ == nullptr) {
      delete self;
      return;
    }
    self->queue_->Fail("the thread of JavaScript has ended");
    self->queue_->Drop();  // which may delete this
  }

  napi_env env_ = nullptr;
  const std::thread::id thread_ = std::this_thread::get_id();
  napi_ref make_ = nullptr;
  BatchQueue* queue_ = nullptr;
  std::mutex mutex_;
  napi_threadsafe_function sender_ = nullptr;  // guarded by mutex_
};

/// A stream that JS has made and C may move out.
struct Outgoing {
  ArrowArrayStream stream{};

  Outgoing() = default;
  Outgoing(const Outgoing&) = delete;
  Outgoing& operator=(const Outgoing&) = delete;
  ~Outgoing() { Release(); }
  void Release() {
    if (stream.release != nullptr) stream.release(&stream);
  }
};

BatchQueue* QueueOf(napi_env env, napi_value value) {
  return static_cast<BatchQueue*>(Tagged(env, value, kQueueTag));
}

// (function that makes a batch, or null; milliseconds that other threads wait) → [external that keeps the
// struct, address of the ArrowArrayStream, external of the queue], or a status. The function may reach the
// queue, but not what keeps the struct, or a stream that nothing else knows would never end.
napi_value OpenStream(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  uint64_t wait = 0;
  if (!arguments.Read(1, wait)) return Number(env, Status::kBadArgument);
  JsBatchMaker* maker = nullptr;
  if (!IsNull(env, arguments[0])) {
    maker = JsBatchMaker::Create(env, arguments[0]);
    if (maker == nullptr) return Number(env, Status::kOutOfMemory);
  }
  BatchQueue* queue = BatchQueue::Make(maker, wait);
  if (queue == nullptr) {
    if (maker != nullptr) maker->Close();
    return Number(env, Status::kOutOfMemory);
  }
  if (maker != nullptr) {
    queue->Ref();
    maker->Serve(queue);
  }
  auto* outgoing = new (std::nothrow) Outgoing;
  if (outgoing == nullptr) {
    if (maker != nullptr) maker->Close();
    queue->Drop();
    return Number(env, Status::kOutOfMemory);
  }
  queue->Open(outgoing->stream);
  const auto drop = [](napi_env, void* data, void*) { static_cast<BatchQueue*>(data)->Drop(); };
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<Outgoing*>(data); };
  const napi_value feeder = External(env, queue, drop, kQueueTag);
  const napi_value kept = External(env, outgoing, finalize, kOutgoingTag);
  for (const napi_value made : {feeder, kept}) {
    napi_valuetype type = napi_undefined;
    if (napi_typeof(env, made, &type) != napi_ok || type != napi_external) return made;
  }
  const napi_value list = KeptAt(env, kept, &outgoing->stream, nullptr);
  napi_set_element(env, list, 2, feeder);
  return list;
}

// (queue, address of an ArrowSchema, address of an ArrowArray) → a status, or a refusal; moves the batch in
napi_value PushBatch(napi_env env, napi_callback_info info) {
  Arguments<3> arguments(env, info);
  BatchQueue* queue = QueueOf(env, arguments[0]);
  auto* schema = AtAddress<ArrowSchema>(env, arguments[1]);
  auto* array = AtAddress<ArrowArray>(env, arguments[2]);
  if (queue == nullptr || schema == nullptr || array == nullptr) return Number(env, Status::kBadArgument);
  mv_error error;
  mv_error_init(&error);
  if (schema->release == nullptr || array->release == nullptr) {
    mv_fail(&error, MV_RELEASED, "was released or moved away, expected a live one");
    return Refusal(env, error);
  }
  if (queue->Push(*schema, *array, &error) != MV_OK) return Refusal(env, error);
  return Number(env, Status::kOk);
}

// (queue, what failed or null): no batch follows
napi_value EndStream(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  BatchQueue* queue = QueueOf(env, arguments[0]);
  if (queue == nullptr) return Number(env, Status::kBadArgument);
  TextOf message;
  if (message.Read(env, arguments[1])) {
    queue->Fail(message.view().data());
  } else {
    queue->End();
  }
  return nullptr;
}

// (stream): releases it where it was not moved out
napi_value ReleaseStream(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  if (auto* outgoing = static_cast<Outgoing*>(Tagged(env, arguments[0], kOutgoingTag))) outgoing->Release();
  return nullptr;
}

}  // namespace

void ExportArrowExport(Environment& home, napi_value exports) {
  napi_env env = home.env();
  SetFunction(env, exports, "buildArray", BuildArrayForJs, &home);
  SetFunction(env, exports, "renameColumn", RenameColumn, &home);
  SetFunction(env, exports, "releaseArray", ReleaseArray, &home);
  SetFunction(env, exports, "openStream", OpenStream, &home);
  SetFunction(env, exports, "pushBatch", PushBatch, &home);
  SetFunction(env, exports, "endStream", EndStream, &home);
  SetFunction(env, exports, "releaseStream", ReleaseStream, &home);
}

}  // namespace mv
