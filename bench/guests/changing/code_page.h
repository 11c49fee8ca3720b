// Pages that can be written and executed, and the few i386 instructions that the programs here write into them.
#ifndef CALQUE_BENCH_CODE_PAGE_H
#define CALQUE_BENCH_CODE_PAGE_H

#include <string.h>
#include <sys/mman.h>

#include "guest.h"

typedef uint32_t (*Code)(void);

static inline uint8_t* code_pages(size_t count) {
    uint8_t* pages = mmap(NULL, count * 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return pages;
}

// MOV EAX, value. Each writer returns where the next instruction goes.
static inline uint8_t* put_move(uint8_t* at, uint32_t value) {
    *at = 0xb8;
    memcpy(at + 1, &value, 4);
    return at + 5;
}

// ADD EAX, value
static inline uint8_t* put_add(uint8_t* at, uint32_t value) {
    *at = 0x05;
    memcpy(at + 1, &value, 4);
    return at + 5;
}

// ROL EAX, 1
static inline uint8_t* put_rotate(uint8_t* at) {
    memcpy(at, "\xd1\xc0", 2);
    return at + 2;
}

// RET
static inline uint8_t* put_return(uint8_t* at) {
    *at = 0xc3;
    return at + 1;
}

// The code that starts there, as the compiler must believe after every change.
static inline uint32_t call(uint8_t* code) {
    __asm__ volatile("" : : : "memory");
    return ((Code)(uintptr_t)code)();
}

#endif
