// Short copies and fills through the C library: 1 to 40 bytes, at every alignment.
#include <string.h>

#include "guest.h"

static uint8_t from[512];
static uint8_t to[512];

uint32_t work(uint32_t rounds) {
    uint32_t seed = 5;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < sizeof from; ++i) { from[i] = (uint8_t)next_random(&seed); }
    for (uint32_t i = 0; i < rounds; ++i) {
        const uint32_t random = next_random(&seed);
        const size_t size = 1 + random % 40;
        memcpy(to + (random >> 8 & 255), from + (random >> 16 & 255), size);
        memset(to + (random >> 24), (int)random, size / 2);
        sum += to[random & 511];
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest("memcpy_small", 12000000, argc, argv); }
