#include "mailbox.h"

#include "value.h"

namespace mv {

void Mailbox::Open(napi_env env, napi_value function) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (sender_ != nullptr) return;
  env_ = env;
  // The thread-safe function holds the mailbox until the runtime has closed it.
  auto* self = new std::shared_ptr<Mailbox>(shared_from_this());
  if (napi_create_threadsafe_function(env, function, nullptr, Text(env, "memoryview"), 0, 1, self, Closed,
                                      this, Deliver, &sender_) != napi_ok) {
    sender_ = nullptr;
    delete self;
    return;
  }
  napi_unref_threadsafe_function(env, sender_);
}

void Mailbox::Expect() {
  if (expected_++ == 0 && sender_ != nullptr) napi_ref_threadsafe_function(env_, sender_);
}

void Mailbox::Post(uint64_t id) { Send(new uint64_t(id)); }

// A nudge is an empty letter.
void Mailbox::Nudge() { Send(nullptr); }

void Mailbox::Send(uint64_t* letter) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (sender_ == nullptr || napi_call_threadsafe_function(sender_, letter, napi_tsfn_nonblocking) != napi_ok)
    delete letter;
}

void Mailbox::Deliver(napi_env env, napi_value function, void* context, void* data) {
  auto* letter = static_cast<uint64_t*>(data);
  // Without an environment the runtime only empties its queue.
  if (env != nullptr && function != nullptr) {
    auto* self = static_cast<Mailbox*>(context);
    if (letter == nullptr) {
      if (self->errand_) self->errand_();
      return;
    }
    if (self->expected_ != 0 && --self->expected_ == 0) napi_unref_threadsafe_function(env, self->sender_);
    napi_value undefined = nullptr;
    napi_value id = Number(env, static_cast<double>(*letter));
    napi_get_undefined(env, &undefined);
    napi_call_function(env, undefined, function, 1, &id, nullptr);
  }
  delete letter;
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
