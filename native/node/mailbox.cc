#include "mailbox.h"

#include "value.h"

namespace mv {

void Mailbox::Open(napi_env env, napi_value function) {
  napi_ref kept = nullptr;
  functions_.reserve(functions_.size() + 1);
  if (napi_create_reference(env, function, 1, &kept) != napi_ok) return;
  functions_.push_back(kept);
  std::lock_guard<std::mutex> lock(mutex_);
  if (sender_ != nullptr) return;
  env_ = env;
  // The thread-safe function holds the mailbox until the runtime has closed it.
  auto self = std::make_unique<std::shared_ptr<Mailbox>>(shared_from_this());
  if (napi_create_threadsafe_function(env, nullptr, nullptr, Text(env, "memoryview"), 0, 1, self.get(),
                                      Closed, this, Deliver, &sender_) != napi_ok) {
    sender_ = nullptr;
    return;
  }
  static_cast<void>(self.release());
  napi_unref_threadsafe_function(env, sender_);
}

void Mailbox::Expect() {
  if (expected_++ == 0 && sender_ != nullptr) napi_ref_threadsafe_function(env_, sender_);
}

void Mailbox::Post(uint64_t id) { Send(id); }

// No block has the id 0.
void Mailbox::Nudge() { Send(0); }

void Mailbox::Send(uint64_t letter) {
  static_assert(sizeof(void*) == sizeof letter);
  std::lock_guard<std::mutex> lock(mutex_);
  if (sender_ == nullptr) return;
  napi_call_threadsafe_function(sender_, reinterpret_cast<void*>(letter), napi_tsfn_nonblocking);
}

void Mailbox::Deliver(napi_env env, napi_value, void* context, void* data) {
  // Without an environment the runtime only empties its queue.
  if (env == nullptr) return;
  auto* self = static_cast<Mailbox*>(context);
  const auto letter = reinterpret_cast<uintptr_t>(data);
  if (letter == 0) {
    if (self->errand_) self->errand_();
    return;
  }
  if (self->expected_ != 0 && --self->expected_ == 0) napi_unref_threadsafe_function(env, self->sender_);
  napi_value undefined = nullptr;
  napi_value id = Number(env, static_cast<double>(letter));
  napi_get_undefined(env, &undefined);
  // By index: a call may run code that opens the mailbox for one more.
  for (size_t i = 0; i < self->functions_.size(); i++) {
    napi_value function = nullptr;
    if (napi_get_reference_value(env, self->functions_[i], &function) != napi_ok) continue;
    if (napi_call_function(env, undefined, function, 1, &id, nullptr) != napi_ok)
      return;  // it reports the exception
  }
}

void Mailbox::Closed(napi_env, void* data, void*) {
  auto* self = static_cast<std::shared_ptr<Mailbox>*>(data);
  {
    std::lock_guard<std::mutex> lock((*self)->mutex_);
    (*self)->sender_ = nullptr;
  }
  delete self;
}

}  // namespace mv
