// Exposure, and pins that JS holds: their holders, and the call that says that the last one has gone.
//
// An entry keeps the pins of its environment (environment.h). A block that waits for its last pin refers to
// the mailbox only, and posts to it from any thread. The functions here run on the environment's own thread.
#include "exports.h"

namespace mv {
namespace {

/// Reads (id, holder), and returns the status of `change(environment, entry, holder)`.
template <typename Change>
Napi::Value WithHolder(const Napi::CallbackInfo& info, Change change) {
  Environment& environment = EnvironmentOf(info);
  uint64_t id = 0;
  raw::ShortText holder;
  if (!ReadCount(info[0], id) || !raw::Read(info[1], holder)) return Answer(info.Env(), Status::kBadArgument);
  Entry* entry = environment.Find(id);
  return Answer(info.Env(),
                entry != nullptr && change(environment, *entry, holder) ? Status::kOk : Status::kUnknown);
}

// (id, holder) → status
Napi::Value Pin(const Napi::CallbackInfo& info) {
  return WithHolder(info, [](Environment& environment, Entry& entry, const raw::ShortText& holder) {
    return environment.Pin(entry, holder);
  });
}

// (id, holder) → status
Napi::Value Unpin(const Napi::CallbackInfo& info) {
  return WithHolder(info, [](Environment& environment, Entry& entry, const raw::ShortText& holder) {
    return environment.Unpin(entry, holder);
  });
}

// (id): code outside of the library gets the ArrayBuffer.
Napi::Value Expose(const Napi::CallbackInfo& info) {
  Environment& environment = EnvironmentOf(info);
  uint64_t id = 0;
  if (!ReadCount(info[0], id)) return {};
  if (Entry* entry = environment.Find(id)) environment.Expose(*entry);
  return {};
}

// (id, holder) → the number of the loan, or 0
Napi::Value Lend(const Napi::CallbackInfo& info) {
  Environment& environment = EnvironmentOf(info);
  uint64_t id = 0;
  raw::ShortText holder;
  Entry* entry = ReadCount(info[0], id) && raw::Read(info[1], holder) ? environment.Find(id) : nullptr;
  const uint64_t loan = entry == nullptr ? 0 : environment.Lend(*entry, holder);
  return Answer(info.Env(), static_cast<double>(loan));
}

// (id, loan): the object that was lent has been collected.
Napi::Value EndLoan(const Napi::CallbackInfo& info) {
  uint64_t id = 0;
  uint64_t loan = 0;
  if (ReadCount(info[0], id) && ReadCount(info[1], loan)) EnvironmentOf(info).EndLoan(id, loan);
  return {};
}

// (id) → [holder, count, …], or a status
Napi::Value Holders(const Napi::CallbackInfo& info) {
  uint64_t id = 0;
  if (!ReadCount(info[0], id)) return Answer(info.Env(), Status::kBadArgument);
  Entry* entry = EnvironmentOf(info).Find(id);
  if (entry == nullptr) return Answer(info.Env(), Status::kUnknown);
  return HoldersToJs(info.Env(), entry->block->holders());
}

// (id) → status; calls the waker with the id, in a later turn, once nothing pins the block.
Napi::Value WhenUnpinned(const Napi::CallbackInfo& info) {
  Environment& environment = EnvironmentOf(info);
  uint64_t id = 0;
  if (!ReadCount(info[0], id)) return Answer(info.Env(), Status::kBadArgument);
  Entry* entry = environment.Find(id);
  if (entry == nullptr) return Answer(info.Env(), Status::kUnknown);
  entry->block->WhenUnpinned([mailbox = environment.mailbox(), id] { mailbox->Post(id); });
  // The post comes in a later turn at the earliest.
  environment.mailbox()->Expect(info.Env());
  return Answer(info.Env(), Status::kOk);
}

// (waker): the function that WhenUnpinned calls.
Napi::Value SetWaker(const Napi::CallbackInfo& info) {
  if (info[0].IsFunction()) EnvironmentOf(info).mailbox()->Open(info[0].As<Napi::Function>());
  return {};
}

}  // namespace

void ExportPins(Environment& environment, Napi::Object to) {
  raw::Export<Pin>(to, "pin", &environment);
  raw::Export<Unpin>(to, "unpin", &environment);
  raw::Export<Expose>(to, "expose", &environment);
  raw::Export<Lend>(to, "lend", &environment);
  raw::Export<EndLoan>(to, "endLoan", &environment);
  raw::Export<Holders>(to, "holders", &environment);
  raw::Export<WhenUnpinned>(to, "whenUnpinned", &environment);
  raw::Export<SetWaker>(to, "setWaker", &environment);
}

}  // namespace mv
