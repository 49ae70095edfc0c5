// The table from ids to what has them: against the standard library's map, for ids of several distances.
#include "../../native/core/id_table.h"

#include <cstdint>
#include <memory>
#include <random>
#include <unordered_map>
#include <utility>
#include <vector>

#include "expect.h"

namespace {

using mv::IdTable;
using mv::Listed;

void AnEmptyTableFindsNothing() {
  IdTable table;
  EXPECT(table.Find(0) == nullptr && table.Find(7) == nullptr);
  size_t visits = 0;
  table.ForEach([&](Listed&) { visits += 1; });
  EXPECT(visits == 0);
}

void ItFindsWhatIsListedAndNothingElse() {
  std::mt19937_64 random(20);
  for (const uint64_t distance : {uint64_t{1}, uint64_t{64}, uint64_t{4096}, uint64_t{1} << 40}) {
    IdTable table;
    std::unordered_map<uint64_t, std::unique_ptr<Listed>> known;
    for (uint64_t step = 0; step < 5000; ++step) {
      const uint64_t id = (random() % 2000) * distance;
      const auto found = known.find(id);
      if (found == known.end()) {
        EXPECT(table.Find(id) == nullptr);
        auto one = std::make_unique<Listed>();
        table.Add(*one, id);
        EXPECT(table.Find(id) == one.get());
        known.emplace(id, std::move(one));
      } else {
        EXPECT(table.Find(id) == found->second.get());
        table.Remove(*found->second);
        EXPECT(table.Find(id) == nullptr);
        known.erase(found);
      }
    }
    size_t visits = 0;
    table.ForEach([&](Listed& one) {
      visits += 1;
      EXPECT(known.at(one.listed_id).get() == &one);
    });
    EXPECT(visits == known.size());
    for (const auto& [id, one] : known) EXPECT(table.Find(id) == one.get());
  }
}

void AClearedTableListsAgain() {
  IdTable table;
  std::vector<Listed> many(1000);
  for (size_t i = 0; i < many.size(); ++i) table.Add(many[i], i);
  table.Clear();
  EXPECT(table.Find(3) == nullptr);
  for (size_t i = 0; i < many.size(); ++i) table.Add(many[i], i + 1);
  EXPECT(table.Find(0) == nullptr && table.Find(1000) == &many[999]);
}

void TestIdTable(int) {
  AnEmptyTableFindsNothing();
  ItFindsWhatIsListedAndNothingElse();
  AClearedTableListsAgain();
}

const Suite suite("id_table", TestIdTable);

}  // namespace
