// SHA-256 (FIPS 180-4) over its own output: rotations, additions and logic on more values than there are registers.
#include <math.h>

#include "guest.h"

static uint32_t constants[64];

static uint32_t rotated(uint32_t x, int by) { return x >> by | x << (32 - by); }

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
static void make_constants(void) {
    for (uint32_t n = 2, found = 0; found < 64; ++n) {
        uint32_t divisor = 2;
        while (divisor * divisor <= n && n % divisor) { ++divisor; }
        if (divisor * divisor <= n) { continue; }
        const double root = cbrt((double)n);
        constants[found++] = (uint32_t)((root - floor(root)) * 4294967296.0);
    }
}

static void compress(uint32_t* hash, const uint32_t* block) {
    uint32_t w[64];
    uint32_t s[8];
    for (int i = 0; i < 16; ++i) { w[i] = block[i]; }
    for (int i = 16; i < 64; ++i) {
        const uint32_t low = rotated(w[i - 15], 7) ^ rotated(w[i - 15], 18) ^ w[i - 15] >> 3;
        const uint32_t high = rotated(w[i - 2], 17) ^ rotated(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + low + w[i - 7] + high;
    }
    for (int i = 0; i < 8; ++i) { s[i] = hash[i]; }
    for (int i = 0; i < 64; ++i) {
        const uint32_t e = rotated(s[4], 6) ^ rotated(s[4], 11) ^ rotated(s[4], 25);
        const uint32_t a = rotated(s[0], 2) ^ rotated(s[0], 13) ^ rotated(s[0], 22);
        const uint32_t first = s[7] + e + ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[i] + w[i];
        const uint32_t second = a + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        for (int k = 7; k > 0; --k) { s[k] = s[k - 1]; }
        s[4] += first;
        s[0] = first + second;
    }
    for (int i = 0; i < 8; ++i) { hash[i] += s[i]; }
}

uint32_t work(uint32_t rounds) {
    uint32_t hash[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint32_t block[16] = {0};
    make_constants();
    for (uint32_t i = 0; i < rounds; ++i) {
        for (int k = 0; k < 16; ++k) { block[k] = hash[k & 7] + (uint32_t)k; }
        compress(hash, block);
    }
    return hash[0] ^ hash[7];
}

int main(int argc, char** argv) { return run_guest("sha256", 80000, argc, argv); }
