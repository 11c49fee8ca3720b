// A stack machine with computed goto: every operation jumps to the next one's code.
#include "guest.h"

enum Operation { PUSH, DUPLICATE, SWAP, ADD, MULTIPLY, MIX, DROP, LOOP };

static const uint8_t program[] = {PUSH, 7,   DUPLICATE, ADD, SWAP, DUPLICATE, MULTIPLY, ADD,  PUSH,      3,
                                  MIX,  PUSH, 11,       SWAP, MIX, DUPLICATE, ADD,      PUSH, 1,         ADD,
                                  DUPLICATE, DROP, PUSH, 5, MULTIPLY, PUSH, 9, MIX, LOOP};

static uint32_t interpret(uint32_t x, uint32_t times) {
    static const void* const code[] = {&&push, &&duplicate, &&swap, &&add, &&multiply, &&mix, &&drop, &&loop};
    uint32_t stack[16] = {0, x};
    uint32_t* top = stack + 1;
    const uint8_t* at = program;
#define NEXT goto* code[*at++]
    NEXT;
push:
    *++top = *at++;
    NEXT;
duplicate:
    top[1] = top[0];
    ++top;
    NEXT;
swap : {
    const uint32_t under = top[-1];
    top[-1] = top[0];
    top[0] = under;
    if (top - stack < 3) { *++top = under ^ 0x55; }
    NEXT;
}
add:
    top[-1] += top[0];
    --top;
    NEXT;
multiply:
    top[-1] *= top[0];
    --top;
    NEXT;
mix:
    top[-1] ^= top[0] << 5 | top[-1] >> 3;
    --top;
    NEXT;
drop:
    --top;
    NEXT;
loop:
    if (--times == 0) { return *top; }
    stack[1] = *top;
    top = stack + 1;
    at = program;
    NEXT;
#undef NEXT
}

uint32_t work(uint32_t rounds) { return interpret(12345, rounds); }

int main(int argc, char** argv) { return run_guest("threaded", 6000000, argc, argv); }
