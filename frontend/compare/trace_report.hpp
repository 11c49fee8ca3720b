// Where a machine leaves a trace, for people.
#pragma once

#include "frontend/compare/compared_machine.hpp"
#include "frontend/trace/comparison.hpp"

#include <string>

namespace calque {

/// In the form of report_of() for two machines. In `difference` the trace is left, the machine right.
std::string trace_report_of(const trace::RecordDifference& difference, const ComparedMachine& machine,
                            const std::string& trace_path);

}  // namespace calque
