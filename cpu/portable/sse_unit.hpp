// SSE instructions in software, by mandatory prefix and opcode.
#pragma once

#include "cpu/instruction_table.hpp"
#include "cpu/state.hpp"

#include <cstdint>

namespace calque::soft {

using Xmm = FpuArea::Register;

/// destination = op(destination, source), for forms that neither use nor change MXCSR. No more of the source
/// is read than the form has.
void sse_plain(Mandatory mandatory, std::uint8_t opcode, Xmm& destination, const void* source);
/// The same under `mxcsr`, with all exceptions masked. Returns the exception flags raised.
std::uint32_t sse_reporting(Mandatory mandatory, std::uint8_t opcode, Xmm& destination, const void* source,
                            std::uint32_t mxcsr);
/// ROUNDPS (opcode 0F 3A 08), ROUNDPD (09), ROUNDSS (0A) and ROUNDSD (0B) with bits 0 to 3 of the immediate.
std::uint32_t sse_round(std::uint8_t opcode, unsigned mode, Xmm& destination, const void* source,
                        std::uint32_t mxcsr);
/// CMPPS and its kind.
std::uint32_t sse_compare(Mandatory mandatory, unsigned predicate, Xmm& destination, const void* source,
                          std::uint32_t mxcsr);
/// COMISS (opcode 2F), UCOMISS (2E) and their kind: `flags` gets ZF, PF and CF as bits of EFLAGS.
std::uint32_t sse_compare_ordered(Mandatory mandatory, std::uint8_t opcode, const Xmm& left,
                                  const void* source, std::uint32_t mxcsr, std::uint32_t& flags);
/// CVTSS2SI (2D), CVTTSS2SI (2C) and their kind.
std::uint32_t sse_convert(Mandatory mandatory, std::uint8_t opcode, std::uint32_t& result, const void* source,
                          std::uint32_t mxcsr);

}  // namespace calque::soft
