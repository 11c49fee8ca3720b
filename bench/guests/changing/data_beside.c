// Counters that lie on the page of the code that is called: data beside code, as trampolines and old linkers leave it.
#include "code_page.h"

uint32_t work(uint32_t rounds) {
    uint8_t* code = code_pages(1);
    volatile uint32_t* counters = (uint32_t*)(code + 2048);
    uint32_t sum = 0;
    put_return(put_rotate(put_add(put_move(code, 5), 3)));
    for (uint32_t i = 0; i < rounds; ++i) {
        counters[i & 255] += i;
        sum = sum * 31 + call(code) + counters[i * 7 & 255];
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest("data_beside", 10000000, argc, argv); }
