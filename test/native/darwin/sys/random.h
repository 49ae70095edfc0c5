// The part of this header that macOS has, as its manual page getentropy(2) lists it.
#pragma once
#include <sys/types.h>
extern "C" int getentropy(void*, size_t);
