// What macOS has of this header, as its manual page getentropy(2) lists it.
#pragma once
#include <sys/types.h>
extern "C" int getentropy(void*, size_t);
