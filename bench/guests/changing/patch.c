// An immediate operand changed before each call of its code, as old programs patch their loops.
#include "code_page.h"

uint32_t work(uint32_t rounds) {
    uint8_t* code = code_pages(1);
    uint32_t sum = 0;
    put_return(put_rotate(put_add(put_move(code, 0), 3)));
    for (uint32_t i = 0; i < rounds; ++i) {
        put_move(code, i);
        sum = sum * 31 + call(code);
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest("patch", 400000, argc, argv); }
