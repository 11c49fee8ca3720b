// REP MOVS, STOS, SCAS and CMPS, written out: bytes, words and doublewords, short and long.
#include "guest.h"

enum { SIZE = 8192 };

static uint32_t from[SIZE / 4];
static uint32_t to[SIZE / 4];

static void move(void* target, const void* source, uint32_t count) {
    __asm__ volatile("rep movsl" : "+D"(target), "+S"(source), "+c"(count) : : "memory");
}

static void move_bytes(void* target, const void* source, uint32_t count) {
    __asm__ volatile("rep movsb" : "+D"(target), "+S"(source), "+c"(count) : : "memory");
}

static void fill(void* target, uint32_t value, uint32_t count) {
    __asm__ volatile("rep stosl" : "+D"(target), "+c"(count) : "a"(value) : "memory");
}

// How many bytes were left when `byte` was found.
static uint32_t scan(const void* bytes, uint8_t byte, uint32_t count) {
    __asm__ volatile("repne scasb" : "+D"(bytes), "+c"(count) : "a"(byte) : "memory", "cc");
    return count;
}

static uint32_t compare(const void* a, const void* b, uint32_t count) {
    __asm__ volatile("repe cmpsb" : "+D"(a), "+S"(b), "+c"(count) : : "memory", "cc");
    return count;
}

uint32_t work(uint32_t rounds) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < rounds; ++i) {
        fill(from, 0x01010101u * (i & 127), SIZE / 4);
        ((uint8_t*)from)[200] = 200;
        for (uint32_t size = 1; size <= SIZE / 4; size *= 2) { move(to, from, size); }
        for (uint32_t at = 0; at < 1024; at += 16) { move_bytes((uint8_t*)to + at + 3, from, 13); }
        for (uint32_t at = 0; at < 1024; at += 32) { fill((uint8_t*)to + at, i, 5); }
        sum = sum * 31 + scan(from, 200, SIZE) + compare(from, to, 400);
    }
    return sum;
}

int main(int argc, char** argv) { return run_guest("string_instructions", 200000, argc, argv); }
