// Simplifies walks; pair_walk.h states what a walk is.
#include "pair_walk.h"

#include <algorithm>
#include <cstdlib>

namespace mv {

size_t PairWalk::count() const {
  size_t product = 1;
  for (size_t d = 0; d < ndim; d++) product *= axes[d].length;
  return product;
}

bool PairWalk::HasDistinctTarget() const {
  // Once sorted, each step must be larger than the reach of all smaller ones.
  auto reached = static_cast<ptrdiff_t>(itemsize);
  for (size_t d = ndim; d-- > 0;) {
    if (axes[d].length == 1) continue;
    if (axes[d].to < reached) return false;
    reached += axes[d].to * static_cast<ptrdiff_t>(axes[d].length - 1);
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
    if (axis.to < 0 || (axis.to == 0 && axis.from < 0)) {
      const auto steps = static_cast<ptrdiff_t>(axis.length - 1);
      to += axis.to * steps;
      from += axis.from * steps;
      axis.to = -axis.to;
      axis.from = -axis.from;
    }
    // Insertion sort keeps the order of equal strides; there are few dimensions.
    size_t at = kept++;
    for (; at > 0; at--) {
      const Axis& outer = axes[at - 1];
      if (outer.to > axis.to || (outer.to == axis.to && std::abs(outer.from) >= std::abs(axis.from))) break;
      axes[at] = outer;
    }
    axes[at] = axis;
  }
  size_t top = 0;
  for (size_t d = 1; d < kept; d++) {
    Axis& outer = axes[top];
    const Axis inner = axes[d];
    const auto length = static_cast<ptrdiff_t>(inner.length);
    if (outer.to == inner.to * length && outer.from == inner.from * length) {
      outer = {outer.length * inner.length, inner.to, inner.from};
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
  if (inner().to != step || inner().from != step) return;
  itemsize *= inner().length;
  const auto run = static_cast<ptrdiff_t>(itemsize);
  if (ndim == 1) {
    axes[0] = {1, run, run};
  } else {
    ndim--;
  }
}

}  // namespace mv
