// Copying memory with the C library (in the form it chooses for the CPU it finds): blocks of 64 bytes to 64 KiB, aligned and not.
#include <string.h>

#include "guest.h"

enum { MOST = 65536 };

static uint8_t from[MOST + 64];
static uint8_t to[MOST + 64];

uint32_t work(uint32_t rounds) {
    uint32_t seed = 7;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < sizeof from; ++i) { from[i] = (uint8_t)next_random(&seed); }
    for (uint32_t i = 0; i < rounds; ++i) {
        for (uint32_t size = 64; size <= MOST; size *= 4) {
            const uint32_t shift = next_random(&seed) & 15;
            memcpy(to + (shift & 3), from + shift, size);
            sum = sum * 31 + to[size - 1] + to[size / 2];
        }
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest("memcpy", 200000, argc, argv); }
