// Posts to JS by a thread-safe function; mailbox.h states who holds a mailbox, and on which thread.
#include "mailbox.h"

#include "raw.h"

namespace mv {

void Mailbox::Open(Napi::Function function) {
  const Napi::Env env = function.Env();
  functions_.push_back(Napi::Persistent(function));
  functions_.back().SuppressDestruct();
  std::lock_guard<std::mutex> lock(mutex_);
  if (open_) return;
  // The thread-safe function holds the mailbox until the runtime has closed it.
  auto self = std::make_unique<std::shared_ptr<Mailbox>>(shared_from_this());
  const auto closed = [](Napi::Env, std::shared_ptr<Mailbox>* held, Mailbox*) {
    const std::unique_ptr<std::shared_ptr<Mailbox>> last(held);
    std::lock_guard<std::mutex> closing((*held)->mutex_);
    (*held)->open_ = false;
  };
  sender_ = Sender::New(env, "memoryview", 0, 1, this, closed, self.get());
  if (static_cast<napi_threadsafe_function>(sender_) == nullptr) return;  // its exception is pending
  static_cast<void>(self.release());
  open_ = true;
  sender_.Unref(env);
}

void Mailbox::Expect(Napi::Env env) {
  if (expected_++ == 0 && open_) sender_.Ref(env);
}

void Mailbox::Post(uint64_t id) { Send(id); }

// No block has the id 0.
void Mailbox::Nudge() { Send(0); }

void Mailbox::Close() {
  task_ = nullptr;
  std::lock_guard<std::mutex> lock(mutex_);
  open_ = false;
  closed_ = true;
}

bool Mailbox::IsClosed() {
  std::lock_guard<std::mutex> lock(mutex_);
  return closed_;
}

void Mailbox::Send(uint64_t message) {
  static_assert(sizeof(void*) == sizeof message);
  std::lock_guard<std::mutex> lock(mutex_);
  if (open_) sender_.NonBlockingCall(reinterpret_cast<void*>(message));
}

void Mailbox::Deliver(Napi::Env env, Napi::Function, Mailbox* self, void* data) {
  // Without an environment the runtime only empties its queue.
  if (static_cast<napi_env>(env) == nullptr) return;
  const auto message = reinterpret_cast<uintptr_t>(data);
  if (message == 0) {
    if (self->task_) self->task_();
    return;
  }
  if (self->expected_ != 0 && --self->expected_ == 0) self->sender_.Unref(env);
  const Napi::Number id = Napi::Number::New(env, static_cast<double>(message));
  // By index: a call may run code that opens the mailbox for one more.
  for (size_t i = 0; i < self->functions_.size(); i++) {
    const Napi::Function function = self->functions_[i].Value();
    if (raw::Call(function, env.Undefined(), {id}).IsEmpty()) return;  // the runtime reports the exception
  }
}

}  // namespace mv
