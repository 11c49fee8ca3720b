// Fresh code, run once: a thousand small functions written, each called, then written anew elsewhere.
#include "code_page.h"

enum { PAGES = 64, FUNCTIONS = 1000, STRIDE = PAGES * 4096 / FUNCTIONS };

uint32_t work(uint32_t rounds) {
    uint8_t* code = code_pages(PAGES);
    uint32_t seed = 13;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < rounds; ++i) {
        for (uint32_t k = 0; k < FUNCTIONS; ++k) {
            uint8_t* start = code + k * STRIDE + (i & 7);
            uint8_t* at = put_move(start, next_random(&seed));
            for (int n = 0; n < 8; ++n) { at = put_rotate(put_add(at, next_random(&seed))); }
            put_return(at);
            sum = sum * 31 + call(start);
        }
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest("cold_code", 120, argc, argv); }
