// A checksum of floating-point results: their bits.
#ifndef CALQUE_BENCH_GUEST_BITS_H
#define CALQUE_BENCH_GUEST_BITS_H

#include <string.h>

#include "guest.h"

static inline uint32_t bits_of(const void* values, size_t size) {
    uint32_t sum = 0;
    for (size_t at = 0; at + 4 <= size; at += 4) {
        uint32_t word;
        memcpy(&word, (const uint8_t*)values + at, 4);
        sum = sum * 31 + word;
    }
    return sum;
}

#endif
