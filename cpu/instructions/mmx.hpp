// What MMX instructions have in common.
#pragma once

#include "cpu/instructions/x87.hpp"

#include <cstdint>

namespace calque {

/// ModRM.rm's operand: `size` bytes of memory, zero-extended, or an MMX register.
template <unsigned size = 8>
bool read_mm_operand(Cpu& cpu, const Insn& insn, std::uint64_t& value) {
    if (!insn.has_memory()) {
        value = host_x87::read_mm(insn.modrm_rm());
        return true;
    }
    OperandBytes<size> bytes;
    if (!RmMemory::read(cpu, insn, bytes)) return false;
    value = 0;
    std::memcpy(&value, bytes.data(), size);
    return true;
}

template <auto semantics>
constexpr Row mmx_row(const char* name, std::uint8_t opcode) {
    return {.name = name,
            .map = OpcodeMap::map_0f,
            .opcode = opcode,
            .mandatory = Mandatory::none,
            .reg = OperandKind::mm,
            .rm = OperandKind::mm,
            .rm_access = Access::read,
            .reg_access = Access::read_write,
            .memory_size = 8,
            .cls = InstructionClass::innocuous,
            .attributes = attribute::mmx,
            .features = feature::mmx,
            .handlers = handlers_any(threaded_memory<semantics>)};
}

}  // namespace calque
