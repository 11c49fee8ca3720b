// First touches: fresh anonymous pages mapped, written to, given back.
#include <sys/mman.h>

#include "guest.h"

enum { PAGES = 256 };

uint32_t work(uint32_t rounds) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < rounds; ++i) {
        uint8_t* area = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (area == MAP_FAILED) { exit(1); }
        for (int page = 0; page < PAGES; ++page) { area[page * 4096] = (uint8_t)page; }
        sum += area[(i & 255) * 4096];
        munmap(area, PAGES * 4096);
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest("page_fault", 1200, argc, argv); }
