// From bytes to compact instructions. The only place (with the re-encoder) that knows Zydis.
#pragma once

#include "cpu/block.hpp"
#include "cpu/cpu.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace calque {

/// The longest instruction (SDM vol. 2A, "Instruction Format").
inline constexpr unsigned max_instruction_length = 15;

/// Decodes one instruction from `bytes` as `mode` (bits of namespace mode) and `model` mean it.
///
/// Returns its length. 0: `bytes` end before the instruction does. Anything that is no instruction of the
/// model decodes to one that raises #UD; one longer than 15 bytes to one that raises #GP(0).
unsigned decode(std::span<const std::uint8_t> bytes, std::uint32_t mode, const CpuModel& model, Insn& insn);

/// Fetches and decodes a block at CS:RIP. nullptr: not even one instruction can be fetched and an exception
/// is pending. At most `limit` instructions.
std::unique_ptr<Block> decode_block(Cpu& cpu, unsigned limit);

/// What Block::breakpoint_page is to be for a block at CS:RIP.
std::uint32_t breakpoint_page(const Cpu& cpu);

/// Whether its handler is its row's: model and mode allow the form.
bool is_allowed(const Insn& insn, std::uint32_t mode);
/// Lets `insn` run the conditional jump behind it as well, if there is a handler for the two.
void fuse_with_branch(Insn& insn, const Insn& next, std::uint32_t mode);
/// The handler of `insn` alone.
Handler unfused_handler(const Insn& insn, std::uint32_t mode);

/// The handler of a block's end marker.
const Insn* end_of_block(Cpu& cpu, const Insn* insn);
/// The same for a block that ends because it is long enough, or the page is: goes on to the next one.
const Insn* run_on(Cpu& cpu, const Insn* insn);

}  // namespace calque
