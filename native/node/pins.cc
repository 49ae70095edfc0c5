// Exposure, and pins that JS holds: who holds them, and the wake-up when the last one goes.
#include "groups.h"

namespace mv {
namespace {

// (id, holder) → status
napi_value Pin(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  Environment& home = arguments.home();
  uint64_t id = 0;
  std::string holder;
  if (!arguments.Read(0, id) || !arguments.Read(1, holder)) return Number(env, Status::kBadArgument);
  Entry* entry = home.Find(id);
  return Number(env, entry != nullptr && home.Pin(*entry, holder) ? Status::kOk : Status::kUnknown);
}

// (id, holder) → status
napi_value Unpin(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  Environment& home = arguments.home();
  uint64_t id = 0;
  std::string holder;
  if (!arguments.Read(0, id) || !arguments.Read(1, holder)) return Number(env, Status::kBadArgument);
  Entry* entry = home.Find(id);
  return Number(env, entry != nullptr && home.Unpin(*entry, holder) ? Status::kOk : Status::kUnknown);
}

// (id): code outside of the library gets the ArrayBuffer.
napi_value Expose(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Environment& home = arguments.home();
  uint64_t id = 0;
  if (!arguments.Read(0, id)) return nullptr;
  if (Entry* entry = home.Find(id)) home.Expose(*entry);
  return nullptr;
}

// (id, holder) → the number of the loan, or 0
napi_value Lend(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  Environment& home = arguments.home();
  uint64_t id = 0;
  std::string holder;
  Entry* entry = arguments.Read(0, id) && arguments.Read(1, holder) ? home.Find(id) : nullptr;
  const uint64_t loan = entry == nullptr ? 0 : home.Lend(*entry, holder);
  return Number(env, static_cast<double>(loan));
}

// (id, loan): the object that was lent has been collected.
napi_value EndLoan(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  uint64_t id = 0;
  uint64_t loan = 0;
  if (arguments.Read(0, id) && arguments.Read(1, loan)) arguments.home().EndLoan(id, loan);
  return nullptr;
}

// (id) → [holder, count, …], or a status
napi_value Holders(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  uint64_t id = 0;
  if (!arguments.Read(0, id)) return Number(env, Status::kBadArgument);
  Entry* entry = arguments.home().Find(id);
  if (entry == nullptr) return Number(env, Status::kUnknown);
  napi_value list = nullptr;
  napi_create_array(env, &list);
  uint32_t at = 0;
  for (const auto& [name, count] : entry->block->holders()) {
    napi_set_element(env, list, at++, Text(env, name));
    napi_set_element(env, list, at++, Number(env, static_cast<double>(count)));
  }
  return list;
}

// (id) → status; calls the waker with the id, in a later turn, once nothing pins the block.
napi_value WhenUnpinned(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Environment& home = arguments.home();
  uint64_t id = 0;
  if (!arguments.Read(0, id)) return Number(env, Status::kBadArgument);
  Entry* entry = home.Find(id);
  if (entry == nullptr) return Number(env, Status::kUnknown);
  entry->block->WhenUnpinned([mailbox = home.mailbox(), id] { mailbox->Post(id); });
  // The post comes in a later turn at the earliest.
  home.mailbox()->Expect();
  return Number(env, Status::kOk);
}

// (waker): the function that WhenUnpinned calls.
napi_value SetWaker(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  arguments.home().mailbox()->Open(env, arguments[0]);
  return nullptr;
}

}  // namespace

void ExportPins(Environment& home, napi_value exports) {
  SetFunction(home.env(), exports, "pin", Pin, &home);
  SetFunction(home.env(), exports, "unpin", Unpin, &home);
  SetFunction(home.env(), exports, "expose", Expose, &home);
  SetFunction(home.env(), exports, "lend", Lend, &home);
  SetFunction(home.env(), exports, "endLoan", EndLoan, &home);
  SetFunction(home.env(), exports, "holders", Holders, &home);
  SetFunction(home.env(), exports, "whenUnpinned", WhenUnpinned, &home);
  SetFunction(home.env(), exports, "setWaker", SetWaker, &home);
}

}  // namespace mv
