#include "pair_walk.h"

#include <algorithm>
#include <cstdlib>

namespace mv {

size_t PairWalk::count() const {
  size_t product = 1;
  for (size_t d = 0; d < ndim; d++) product *= axes[d].length;
  return product;
}

bool PairWalk::DistinctInA() const {
  // Once sorted, each step must be larger than the reach of all smaller ones.
  auto reached = static_cast<ptrdiff_t>(itemsize);
  for (size_t d = ndim; d-- > 0;) {
    if (axes[d].length == 1) continue;
    if (axes[d].a < reached) return false;
    reached += axes[d].a * static_cast<ptrdiff_t>(axes[d].length - 1);
  }
  return true;
}

void PairWalk::SplitItems(size_t size) {
  if (size == itemsize) return;
  const auto step = static_cast<ptrdiff_t>(size);
  axes[ndim++] = {itemsize / size, step, step};
  itemsize = size;
}

void PairWalk::Simplify() {
  size_t kept = 0;
  for (size_t d = 0; d < ndim; d++) {
    Axis axis = axes[d];
    if (axis.length == 1) continue;
    if (axis.a < 0 || (axis.a == 0 && axis.b < 0)) {
      const auto steps = static_cast<ptrdiff_t>(axis.length - 1);
      a += axis.a * steps;
      b += axis.b * steps;
      axis.a = -axis.a;
      axis.b = -axis.b;
    }
    // Insertion sort keeps the order of equal strides; there are few dimensions.
    size_t at = kept++;
    for (; at > 0; at--) {
      const Axis& outer = axes[at - 1];
      if (outer.a > axis.a || (outer.a == axis.a && std::abs(outer.b) >= std::abs(axis.b))) break;
      axes[at] = outer;
    }
    axes[at] = axis;
  }
  size_t top = 0;
  for (size_t d = 1; d < kept; d++) {
    Axis& outer = axes[top];
    const Axis inner = axes[d];
    const auto length = static_cast<ptrdiff_t>(inner.length);
    if (outer.a == inner.a * length && outer.b == inner.b * length) {
      outer = {outer.length * inner.length, inner.a, inner.b};
    } else {
      axes[++top] = inner;
    }
  }
  const auto step = static_cast<ptrdiff_t>(itemsize);
  if (kept == 0) axes[0] = {1, step, step};
  ndim = kept == 0 ? 1 : top + 1;
}

void PairWalk::JoinRuns() {
  const auto step = static_cast<ptrdiff_t>(itemsize);
  if (inner().a != step || inner().b != step) return;
  itemsize *= inner().length;
  const auto run = static_cast<ptrdiff_t>(itemsize);
  if (ndim == 1) {
    axes[0] = {1, run, run};
  } else {
    ndim--;
  }
}

}  // namespace mv
