// The machine's state as text.
#pragma once

#include "machine/board.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace calque {

using Say = std::function<void(std::string_view)>;

std::string registers_text(const Cpu& cpu);
std::string fpu_text(const FpuArea& fpu);
/// `flags`: bits of the table's selectors beside the index (4 for an LDT).
std::string descriptors_text(Board& board, std::uint64_t base, std::uint32_t limit, unsigned flags);
std::string interrupts_text(Board& board);
std::string task_text(Board& board);
/// What is mapped, page by page or in ranges of equal rights.
void each_page_text(Board& board, const Say& say);
void page_ranges_text(Board& board, const Say& say);
/// Every field of a chip's state; nullopt: there is no such chip.
std::optional<std::string> device_text(Board& board, std::string_view name);

}  // namespace calque
