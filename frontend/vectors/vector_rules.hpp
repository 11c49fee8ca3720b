// The differences that a later processor legitimately has from the 80286, each with a name and a reason.
#pragma once

#include "frontend/vectors/moo_file.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace calque {

/// How a test's outcome differs from the vector.
struct VectorDifference {
    bool exception_taken = false;          ///< ours ended in an exception handler
    std::uint8_t vector = 0;               ///< which
    bool only_flags_12_to_15 = false;      ///< nothing but bits 12-15 of FLAGS differ
};

struct VectorRule {
    std::string_view name;
    std::string_view reason;  ///< with the manual's section
    bool (*excuses)(const MooTest&, const VectorDifference&);
};

std::span<const VectorRule> vector_rules();

/// Which FLAGS bits a form defines, as an AND mask; everything else is undefined and not compared.
std::uint16_t defined_flags(const MooTest& test);

}  // namespace calque
