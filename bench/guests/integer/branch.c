// Branches on random bits: half of them taken, none of them foreseeable.
#include "guest.h"

uint32_t work(uint32_t rounds) {
    uint32_t seed = 17;
    uint32_t a = 1;
    uint32_t b = 2;
    for (uint32_t i = 0; i < rounds; ++i) {
        const uint32_t random = next_random(&seed);
        if (random & 1) {
            a += b;
        } else {
            b ^= a + i;
        }
        if (random & 2) { a = a << 3 | a >> 29; }
        if ((random & 12) == 4) {
            b -= a;
        } else if (random & 16) {
            a *= 5;
        }
        if ((int32_t)random < 0) { __asm__ volatile("" : "+r"(a), "+r"(b)); }
    }
    return a ^ b;
}

int main(int argc, char** argv) { return run_guest("branch", 15000000, argc, argv); }
