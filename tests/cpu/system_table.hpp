// What tables of system-level cases share.
#pragma once

#include "tests/cpu/manual_rules.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

namespace calque::test {

/// A free place in either table, and one that lies behind it.
constexpr std::uint16_t in_gdt = SystemMachine::free_selector & ~7U, in_ldt = 0x0c, beyond_gdt = 0x1000,
                        beyond_ldt = 0x104;

/// A selector of each kind with each RPL: of either table, beyond it, null.
inline std::vector<manual::Reference> references() {
    std::vector<manual::Reference> all;
    for (std::uint16_t rpl = 0; rpl < 4; ++rpl) {
        for (const std::uint16_t good : {in_gdt, in_ldt})
            all.push_back({static_cast<std::uint16_t>(good | rpl), true});
        for (const std::uint16_t bad : {beyond_gdt, beyond_ldt})
            all.push_back({static_cast<std::uint16_t>(bad | rpl), false});
        all.push_back({rpl, true});
    }
    return all;
}

constexpr std::uint8_t byte(std::uint32_t value, unsigned shift = 0) {
    return static_cast<std::uint8_t>(value >> shift);
}

/// `run` tries the table on a machine and returns how many cases it had.
void under_every_engine(unsigned expected_cases, auto run) {
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(kind.name);
        SystemMachine machine(kind);
        CHECK(run(machine) == expected_cases);
    }
}

}  // namespace calque::test
