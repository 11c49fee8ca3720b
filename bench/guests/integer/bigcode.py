#!/usr/bin/env python3
"""Writes bigcode.c: a thousand different functions, so that the code itself does not fit the caches."""

import random

COUNT = 1000
STEPS = ("x += {n}u;", "x ^= x >> {s};", "x *= {n}u | 1;", "x = x << {s} | x >> (32 - {s});", "if (x & {b}u) {{ x -= y; }}",
         "y += x ^ {n}u;", "table[x & 255] += y;", "x ^= table[y & 255];")

random.seed(1)
print('// Made by bigcode.py.\n#include "guest.h"\n\nstatic uint32_t table[256];\n')
for i in range(COUNT):
    print(f"__attribute__((noinline)) static uint32_t step_{i}(uint32_t x, uint32_t y) {{")
    for _ in range(12):
        step = random.choice(STEPS)
        print("    " + step.format(n=random.getrandbits(32), s=random.randint(1, 31), b=1 << random.randint(0, 31)))
    print("    return x + y;\n}\n")
calls = "\n".join(f"        x = step_{i}(x, i + {i}u);" for i in range(COUNT))
print(f"uint32_t work(uint32_t rounds) {{\n    uint32_t x = 1;\n    for (uint32_t i = 0; i < rounds; ++i) {{\n{calls}\n    }}\n    return x;\n}}\n")
print('int main(int argc, char** argv) { return run_guest("bigcode", 25000, argc, argv); }')
