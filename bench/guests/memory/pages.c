// One access a page, over 2,048 pages in an order that defeats prefetching: what the reach of a TLB is worth.
#include "guest.h"

enum { PAGE = 4096, PAGES = 2048 };

static uint8_t area[PAGES * PAGE];

uint32_t work(uint32_t rounds) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < rounds; ++i) {
        for (uint32_t k = 0; k < PAGES; ++k) {
            const uint32_t page = k * 683 % PAGES;
            uint32_t* cell = (uint32_t*)(area + page * PAGE + (page * 52 & 4092));
            sum += *cell;
            *cell = sum + k;
        }
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest("pages", 50000, argc, argv); }
