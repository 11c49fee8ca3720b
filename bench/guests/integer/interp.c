// A bytecode interpreter: one switch in a loop, running a program that counts primes by trial division.
#include "guest.h"

enum Operation { LOAD, MOVE, ADD, SUBTRACT, REMAINDER, JUMP, JUMP_IF_ZERO, JUMP_IF_LESS, STOP };

typedef struct {
    uint8_t operation, a, b, c;
} Code;

enum Register { CANDIDATE, DIVISOR, REST, PRIMES, LIMIT, ONE, SQUARE };

static const Code program[] = {
    {LOAD, CANDIDATE, 2, 0},        // 0
    {LOAD, PRIMES, 0, 0},           // 1
    {LOAD, ONE, 1, 0},              // 2
    {LOAD, DIVISOR, 2, 0},          // 3: the next candidate
    {JUMP_IF_LESS, CANDIDATE, DIVISOR, 13},
    {MOVE, SQUARE, CANDIDATE, 0},   // 5: the next divisor
    {SUBTRACT, SQUARE, DIVISOR, 0},
    {JUMP_IF_ZERO, SQUARE, 12, 0},
    {REMAINDER, REST, CANDIDATE, DIVISOR},
    {JUMP_IF_ZERO, REST, 13, 0},
    {ADD, DIVISOR, ONE, 0},
    {JUMP, 5, 0, 0},
    {ADD, PRIMES, ONE, 0},          // 12: a prime
    {ADD, CANDIDATE, ONE, 0},       // 13
    {JUMP_IF_LESS, CANDIDATE, LIMIT, 3},
    {STOP, 0, 0, 0},
};

static uint32_t interpret(const Code* code, uint32_t limit) {
    uint32_t r[8] = {0};
    r[LIMIT] = limit;
    for (uint32_t at = 0;;) {
        const Code now = code[at++];
        switch (now.operation) {
            case LOAD: r[now.a] = now.b; break;
            case MOVE: r[now.a] = r[now.b]; break;
            case ADD: r[now.a] += r[now.b]; break;
            case SUBTRACT: r[now.a] -= r[now.b]; break;
            case REMAINDER: r[now.a] = r[now.b] % r[now.c]; break;
            case JUMP: at = now.a; break;
            case JUMP_IF_ZERO: at = r[now.a] == 0 ? now.b : at; break;
            case JUMP_IF_LESS: at = r[now.a] < r[now.b] ? now.c : at; break;
            default: return r[PRIMES];
        }
    }
}

uint32_t work(uint32_t rounds) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < rounds; ++i) { sum = sum * 31 + interpret(program, 1000 + (i & 15)); }
    return sum;
}

int main(int argc, char** argv) { return run_guest("interp", 400, argc, argv); }
