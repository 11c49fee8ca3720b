// Words at odd addresses, some across cache lines and pages.
#include <string.h>

#include "guest.h"

enum { SIZE = 65536 };

static uint8_t area[SIZE + 8];

uint32_t work(uint32_t rounds) {
    uint32_t sum = 1;
    for (uint32_t i = 0; i < rounds; ++i) {
        for (uint32_t at = 1; at < SIZE; at += 7) {
            uint32_t value;
            memcpy(&value, area + at, sizeof value);
            sum = sum * 5 + value;
            memcpy(area + at, &sum, sizeof sum);
        }
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest("unaligned", 40000, argc, argv); }
