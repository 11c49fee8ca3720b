// Guest memory for people: what is there, without what an access would do.
#pragma once

#include "cpu/debug_points.hpp"
#include "machine/board.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace calque {

/// Reads physical memory without any effect on the guest. Plain memory, the VGA's window and the APICs' and
/// HPET's registers can be read so; false: something else is there, or nothing.
bool peek_physical(Board& board, PhysicalAddress address, std::span<std::uint8_t> bytes);
/// The same by the page tables in force, whatever their rights; accessed flags stay as they are. Wraps at
/// 4 GiB. False: part of it is not mapped, or cannot be read.
bool peek_linear(Board& board, LinearAddress address, std::span<std::uint8_t> bytes);
bool peek(Board& board, AddressSpace space, std::uint64_t address, std::span<std::uint8_t> bytes);
/// As much as can be read from there on, up to the first page of which nothing can, and at most `size` bytes.
std::vector<std::uint8_t> peek_some(Board& board, AddressSpace space, std::uint64_t address,
                                    std::size_t size);

/// Writes as a device would: code is decoded anew, registers of MMIO are written. False: ROM or nothing is
/// there and what comes before was written.
bool poke_physical(Board& board, PhysicalAddress address, std::span<const std::uint8_t> bytes);
bool poke_linear(Board& board, LinearAddress address, std::span<const std::uint8_t> bytes);

}  // namespace calque
