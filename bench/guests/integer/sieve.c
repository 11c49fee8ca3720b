// The sieve of Eratosthenes over a bitmap: shifts, bit sets, short strided loops.
#include <string.h>

#include "guest.h"

enum { LIMIT = 1 << 18 };

static uint32_t composite[LIMIT / 32];

static uint32_t count_primes(void) {
    uint32_t primes = 0;
    memset(composite, 0, sizeof composite);
    for (uint32_t n = 2; n < LIMIT; ++n) {
        if (composite[n / 32] >> (n & 31) & 1) { continue; }
        ++primes;
        for (uint32_t multiple = 2 * n; multiple < LIMIT; multiple += n) {
            composite[multiple / 32] |= 1u << (multiple & 31);
        }
    }
    return primes;
}

uint32_t work(uint32_t rounds) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < rounds; ++i) { sum = sum * 31 + count_primes(); }
    return sum;
}

int main(int argc, char** argv) { return run_guest("sieve", 250, argc, argv); }
