// The differences that a later processor legitimately has from the 80286, each with a name and a reason.
#pragma once

#include "frontend/vectors/moo_file.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace calque {

/// How a test's outcome differs from the vector.
struct VectorDifference {
    std::optional<std::uint8_t> vector;  ///< the exception whose handler ours ended in
    bool restartable = false;            ///< and with the state before the instruction, but for the frame
    std::uint32_t registers = 0;         ///< which differ; where exceptions differ, CS:IP are our handler's
    std::array<std::uint16_t, moo_register_count> found{};
    bool high_flags = false;    ///< bits 12-15 of FLAGS are not zero
    bool memory = false;        ///< bytes differ, outside the FLAGS that an exception pushed
    bool pushed_flags = false;  ///< and in those
};

struct VectorRule {
    std::string_view name;
    std::string_view reason;  ///< with the manual's section
    bool (*excuses)(const MooTest&, const VectorDifference&);
};

std::span<const VectorRule> vector_rules();
/// The first rule that excuses a difference, or nullptr.
const VectorRule* rule_for(const MooTest& test, const VectorDifference& difference);

/// Which FLAGS bits a form defines, as an AND mask; everything else is undefined and not compared.
std::uint16_t defined_flags(const MooTest& test);

}  // namespace calque
