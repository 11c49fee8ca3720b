// Factorials in many words: carries from word to word, 32 by 32 bit products, divisions.
#include "guest.h"

enum { WORDS = 320, UP_TO = 700 };

static uint32_t number[WORDS];

static void multiply(uint32_t factor) {
    uint64_t carry = 0;
    for (int i = 0; i < WORDS; ++i) {
        carry += (uint64_t)number[i] * factor;
        number[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static uint32_t remainder_by(uint32_t divisor) {
    uint64_t rest = 0;
    for (int i = WORDS - 1; i >= 0; --i) { rest = (rest << 32 | number[i]) % divisor; }
    return (uint32_t)rest;
}

static void add_itself(void) {
    uint64_t carry = 0;
    for (int i = 0; i < WORDS; ++i) {
        carry += (uint64_t)number[i] + number[i];
        number[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

uint32_t work(uint32_t rounds) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < rounds; ++i) {
        for (int k = 1; k < WORDS; ++k) { number[k] = 0; }
        number[0] = 1 + i;
        for (uint32_t n = 2; n < UP_TO; ++n) { multiply(n); }
        for (int n = 0; n < 500; ++n) { add_itself(); }
        sum = sum * 31 + remainder_by(1000003);
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest("bignum", 1200, argc, argv); }
