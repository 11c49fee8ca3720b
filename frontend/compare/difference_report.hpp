// A difference between two machines, for people.
#pragma once

#include "frontend/compare/comparison.hpp"

#include <string>

namespace calque {

/// Where it is, the instructions from there on, the registers before them, and what each machine made of it.
/// Disassembles with the help of `machine`, whose state is another one afterwards.
std::string report_of(const Difference& difference, ComparedMachine& machine, const std::string& second_name);

}  // namespace calque
