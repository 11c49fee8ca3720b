// Far transfers: what JMP, CALL, RET and IRET have in common.
#pragma once

#include "cpu/segmentation.hpp"

#include <cstdint>

namespace calque {

struct FarPointer {
    Selector selector;
    std::uint32_t offset = 0;
};

enum class FarTransfer : std::uint8_t { jump, call };

/// JMP and CALL far: through segments, call gates, task gates and TSSs. `width` is the operand size in bytes.
void transfer_far(Cpu& cpu, FarTransfer kind, const FarPointer& target, unsigned width,
                  std::uint32_t next_ip);

/// RET far; `released` are the bytes of parameters to drop.
void return_far(Cpu& cpu, unsigned width, std::uint32_t released);

/// IRET and IRETD in every mode.
void return_from_interrupt(Cpu& cpu, unsigned width, std::uint32_t next_ip);

/// CS and EIP, and what follows from them.
void set_code(Cpu& cpu, const SegmentRegister& cs, std::uint32_t ip, unsigned privilege);

/// #GP(0) if `ip` is outside the segment's limit.
void check_target(Cpu& cpu, const SegmentRegister& cs, std::uint32_t ip);

/// A code segment of real or virtual-8086 mode.
SegmentRegister unprotected_code(const Cpu& cpu, std::uint16_t selector);

}  // namespace calque
