// report.html, which the build makes part of the program.
#pragma once

#include <cstdint>
#include <span>

namespace calque {

std::span<const std::uint8_t> bench_report_page();

}  // namespace calque
