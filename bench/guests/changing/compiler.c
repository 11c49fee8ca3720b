// A just-in-time compiler's life: an expression compiled, run a thousand times, thrown away.
#include "code_page.h"

enum { RUNS = 1000, TERMS = 40 };

uint32_t work(uint32_t rounds) {
    uint8_t* code = code_pages(4);
    uint32_t seed = 19;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < rounds; ++i) {
        uint8_t* start = code + (i & 3) * 4096;
        uint8_t* at = put_move(start, i);
        for (int n = 0; n < TERMS; ++n) { at = put_rotate(put_add(at, next_random(&seed))); }
        put_return(at);
        for (int run = 0; run < RUNS; ++run) { sum = sum * 31 + call(start); }
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest("compiler", 4000, argc, argv); }
