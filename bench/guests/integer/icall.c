// Indirect calls: a table of small functions, called in an order that no predictor sees through at first.
#include "guest.h"

typedef uint32_t (*Step)(uint32_t);

static uint32_t add(uint32_t x) { return x + 0x9e3779b9u; }
static uint32_t rotate(uint32_t x) { return x << 7 | x >> 25; }
static uint32_t invert(uint32_t x) { return ~x; }
static uint32_t multiply(uint32_t x) { return x * 0x85ebca6bu; }
static uint32_t fold(uint32_t x) { return x ^ x >> 15; }
static uint32_t subtract(uint32_t x) { return x - 0x7feb352du; }
static uint32_t swap(uint32_t x) { return x << 16 | x >> 16; }
static uint32_t twist(uint32_t x) { return x ^ x << 11; }

static Step volatile steps[8] = {add, rotate, invert, multiply, fold, subtract, swap, twist};

uint32_t work(uint32_t rounds) {
    uint8_t order[256];
    uint32_t seed = 1;
    for (int i = 0; i < 256; ++i) { order[i] = next_random(&seed) >> 9 & 7; }
    uint32_t x = 1;
    for (uint32_t i = 0; i < rounds; ++i) {
        for (int k = 0; k < 256; ++k) { x = steps[order[k]](x); }
    }
    return x;
}

int main(int argc, char** argv) { return run_guest("icall", 200000, argc, argv); }
