// The first difference of two traces.
#pragma once

#include "frontend/trace/printer.hpp"
#include "frontend/trace/reader.hpp"

#include <cstdint>
#include <string>

namespace calque::trace {

struct Comparison {
    bool differs = false;
    std::string text;  ///< a report
};

/// Both from the first instruction that both have, with `context` records in front of a difference.
Comparison first_difference(Reader& left, Reader& right, Printer& printer, std::uint64_t context);

}  // namespace calque::trace
