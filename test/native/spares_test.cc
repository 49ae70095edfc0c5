// Objects that serve again: what is taken is as new, and AddressSanitizer reports the use of a spare.
#include "../../native/core/spares.h"

#include <cstddef>
#include <vector>

#include "expect.h"
#ifdef MV_ADDRESS_SANITIZED
#include "child.h"
#endif

namespace {

constexpr size_t kMost = 16;

struct Thing {
  static inline int live = 0;

  Thing() { live += 1; }
  Thing(const Thing&) = delete;
  Thing& operator=(Thing&& other) {
    number = other.number;
    bytes = std::move(other.bytes);
    next = other.next;
    return *this;
  }
  ~Thing() { live -= 1; }

  int number = 7;
  std::vector<char> bytes{};
  Thing* next = nullptr;
};

using Things = mv::Spares<Thing, &Thing::next, kMost>;

/// Keeps new things, with `number` counting up from 0.
std::vector<Thing*> KeepMany(Things& spares, size_t count) {
  std::vector<Thing*> kept;
  for (size_t i = 0; i < count; i++) {
    kept.push_back(new Thing);
    kept.back()->number = static_cast<int>(i);
    kept.back()->bytes.resize(100);
    EXPECT(spares.Keep(*kept.back()));
  }
  return kept;
}

void WhatIsTakenIsAsNewAndTheCallers() {
  Things spares;
  EXPECT(spares.Take() == nullptr);
  const std::vector<Thing*> kept = KeepMany(spares, Things::kRested + 2);
  for (int i = 0; i < 2; i++) {
    Thing* taken = spares.Take();
    EXPECT(taken != nullptr && taken->number == 7 && taken->bytes.empty() && taken->next == nullptr);
    delete taken;
  }
  EXPECT(spares.Take() == nullptr);
}

void TheLatestServesFirstOrTheLongestUnusedWhereTheSanitizerWatches() {
  Things spares;
  const std::vector<Thing*> kept = KeepMany(spares, Things::kRested + 3);
  std::vector<Thing*> taken;
  while (Thing* thing = spares.Take()) taken.push_back(thing);
  EXPECT(taken.size() == 3);
  for (size_t i = 0; i < taken.size(); i++) {
    EXPECT(taken[i] == kept[mv::kAddressSanitized ? i : kept.size() - 1 - i]);
  }
  for (Thing* thing : taken) EXPECT(spares.Keep(*thing));
  Thing* again = spares.Take();
  EXPECT(again == kept[mv::kAddressSanitized ? 3 : kept.size() - 3]);
  delete again;
}

void OneTooManyStaysAsItIs() {
  Things spares;
  KeepMany(spares, kMost);
  Thing more;
  more.number = 3;
  EXPECT(!spares.Keep(more) && more.number == 3);
}

void TheCollectionEndsItsSpares() {
  Thing::live = 0;
  {
    Things spares;
    KeepMany(spares, 5);
    spares.Drop();
    EXPECT(Thing::live == 0 && spares.Take() == nullptr);
    KeepMany(spares, 5);
    EXPECT(Thing::live == 5);
  }
  EXPECT(Thing::live == 0);
}

#ifdef MV_ADDRESS_SANITIZED
void TheUseOfASpareIsReported() {
  const auto read_at = [](size_t which) {
    return InChild([which] {
      Things spares;
      const std::vector<Thing*> kept = KeepMany(spares, 4);
      static volatile int read;
      read = kept[which]->number;
      EXPECT(read >= 0);
    });
  };
  for (size_t which = 0; which < 4; which++) {
    const Ended ended = read_at(which);
    EXPECT_OF(ended, ended.died() && ended.output.find("use-after-poison") != std::string::npos);
  }
}
#endif

void TestSpares(int) {
  WhatIsTakenIsAsNewAndTheCallers();
  TheLatestServesFirstOrTheLongestUnusedWhereTheSanitizerWatches();
  OneTooManyStaysAsItIs();
  TheCollectionEndsItsSpares();
#ifdef MV_ADDRESS_SANITIZED
  TheUseOfASpareIsReported();
#endif
}

const Suite suite("spares", TestSpares);

}  // namespace
