// Code that is never writable and executable at once: unprotected, changed, protected again, called.
#include "code_page.h"

uint32_t work(uint32_t rounds) {
    uint8_t* code = code_pages(1);
    uint32_t sum = 0;
    for (uint32_t i = 0; i < rounds; ++i) {
        mprotect(code, 4096, PROT_READ | PROT_WRITE);
        put_return(put_rotate(put_move(code, i)));
        mprotect(code, 4096, PROT_READ | PROT_EXEC);
        for (int run = 0; run < 20; ++run) { sum = sum * 31 + call(code); }
    }
    munmap(code, 4096);
    return sum;
}

int main(int argc, char** argv) { return run_guest("protect", 60000, argc, argv); }
