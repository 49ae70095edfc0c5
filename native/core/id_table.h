// A hash table from ids to the objects that have them.
//
// The objects carry the links of the table, so to list one takes no allocation but for the table's own
// growth. The table owns no object, and an object is in one table at most. It has no lock: its user does.
#ifndef MEMORYVIEW_CORE_ID_TABLE_H_
#define MEMORYVIEW_CORE_ID_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mv {

/// What a table lists.
struct Listed {
  uint64_t listed_id = 0;
  Listed* next_listed = nullptr;  // of those whose ids fall into the same place
};

class IdTable {
 public:
  Listed* Find(uint64_t id) const {
    if (places_.empty()) return nullptr;
    Listed* one = places_[PlaceOf(id)];
    while (one != nullptr && one->listed_id != id) one = one->next_listed;
    return one;
  }

  /// Lists an object under an id that no listed one has. Throws std::bad_alloc with nothing changed.
  void Add(Listed& one, uint64_t id) {
    if (count_ == places_.size()) Grow();
    one.listed_id = id;
    Push(one);
    count_ += 1;
  }

  /// Takes a listed object out.
  void Remove(const Listed& one) {
    Listed** at = &places_[PlaceOf(one.listed_id)];
    while (*at != &one) at = &(*at)->next_listed;
    *at = one.next_listed;
    count_ -= 1;
  }

  template <typename Visit>
  void ForEach(const Visit& visit) const {
    for (Listed* first : places_) {
      for (Listed* one = first; one != nullptr; one = one->next_listed) visit(*one);
    }
  }

  /// Takes all out.
  void Clear() {
    places_.clear();
    count_ = 0;
  }

 private:
  static constexpr int kFirstBits = 6;

  /// The highest bits of a product spread ids of any regular distance, such as each thousandth.
  size_t PlaceOf(uint64_t id) const {
    return static_cast<size_t>((id * uint64_t{0x9E3779B97F4A7C15}) >> (64 - bits_));
  }
  void Push(Listed& one) {
    Listed*& first = places_[PlaceOf(one.listed_id)];
    one.next_listed = first;
    first = &one;
  }
  void Grow() {
    const int bits = places_.empty() ? kFirstBits : bits_ + 1;
    std::vector<Listed*> old(size_t{1} << bits);
    old.swap(places_);
    bits_ = bits;
    for (Listed* one : old) {
      while (one != nullptr) {
        Listed* next = one->next_listed;
        Push(*one);
        one = next;
      }
    }
  }

  std::vector<Listed*> places_;  // as many as 2 to the power of bits_, or none
  int bits_ = kFirstBits;
  size_t count_ = 0;
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_ID_TABLE_H_
