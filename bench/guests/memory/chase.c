// A pointer chase: every load's address is the last load's result. 16 KiB for L1, then 256 KiB for L2.
#include "guest.h"

enum { MOST = 65536 };

static uint32_t next[MOST];

// One cycle through all `count` cells in random order (Sattolo's shuffle).
static void make_cycle(uint32_t count) {
    uint32_t seed = 12345;
    for (uint32_t i = 0; i < count; ++i) { next[i] = i; }
    for (uint32_t i = count - 1; i > 0; --i) {
        const uint32_t j = next_random(&seed) % i;
        const uint32_t cell = next[i];
        next[i] = next[j];
        next[j] = cell;
    }
}

static uint32_t chase(uint32_t count, uint32_t steps) {
    uint32_t at = 0;
    uint32_t sum = 0;
    make_cycle(count);
    for (uint32_t i = 0; i < steps; ++i) {
        at = next[at];
        sum += at;
    }
    return sum;
}

uint32_t work(uint32_t rounds) { return chase(4096, rounds) ^ chase(65536, rounds / 3); }

int main(int argc, char** argv) { return run_guest("chase", 100000000, argc, argv); }
