// A difference of two traces, for people.
#pragma once

#include "frontend/trace/comparison.hpp"
#include "frontend/trace/printer.hpp"

#include <string>

namespace calque::trace {

/// What stood before it, the records that differ ("<" and ">"), and the registers that do.
std::string text_of(const RecordDifference& difference, Printer& printer);

}  // namespace calque::trace
