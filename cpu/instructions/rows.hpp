// Helpers with which the groups write their rows.
#pragma once

#include "cpu/form.hpp"
#include "cpu/instruction_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace calque {

inline constexpr FlagUse writes_all{.read = 0, .written = flag::status};

/// A row whose operands are ModRM.rm and ModRM.reg.
constexpr Row modrm_row(const char* name, std::uint8_t opcode, OperandKind rm, Access rm_access,
                        OperandKind reg, Access reg_access, FlagUse flags, const Handlers& handlers,
                        std::uint16_t attributes = 0) {
    return {.name = name,
            .opcode = opcode,
            .reg = reg,
            .rm = rm,
            .rm_access = rm_access,
            .reg_access = reg_access,
            .cls = InstructionClass::innocuous,
            .attributes = attributes,
            .flags = flags,
            .handlers = handlers};
}

/// A row with ModRM.reg as an opcode extension.
constexpr Row digit_row(const char* name, std::uint8_t opcode, int digit, OperandKind rm, Access rm_access,
                        FlagUse flags, const Handlers& handlers, std::uint16_t attributes = 0) {
    Row row =
        modrm_row(name, opcode, rm, rm_access, OperandKind::digit, Access::none, flags, handlers, attributes);
    row.digit = static_cast<std::int8_t>(digit);
    return row;
}

/// A row without ModRM.
constexpr Row plain_row(const char* name, std::uint8_t opcode, InstructionClass cls, FlagUse flags,
                        const Handlers& handlers, std::uint16_t attributes = 0) {
    return {.name = name,
            .opcode = opcode,
            .cls = cls,
            .attributes = static_cast<std::uint16_t>(attributes | attribute::no_modrm),
            .flags = flags,
            .handlers = handlers};
}

/// A row without ModRM whose opcode names the general register in Insn::rm.
constexpr Row register_row(const char* name, std::uint8_t opcode, OperandKind rm, Access access,
                           InstructionClass cls, FlagUse flags, const Handlers& handlers) {
    Row row = plain_row(name, opcode, cls, flags, handlers, attribute::register_in_opcode);
    row.rm = rm;
    row.rm_access = access;
    return row;
}

constexpr Row in_map(OpcodeMap map, Row row) {
    row.map = map;
    return row;
}
constexpr Row in_map_0f(Row row) { return in_map(OpcodeMap::map_0f, row); }
constexpr Row needing(std::uint32_t features, Row row) {
    row.features = features;
    return row;
}
constexpr Row as_class(InstructionClass cls, Row row) {
    row.cls = cls;
    return row;
}
constexpr Row only(Mod mod, Row row) {
    row.mod = mod;
    return row;
}
constexpr Row with_mandatory(Mandatory mandatory, Row row) {
    row.mandatory = mandatory;
    return row;
}

template <std::size_t... sizes>
constexpr auto join(const std::array<Row, sizes>&... parts) {
    std::array<Row, (sizes + ...)> all{};
    std::size_t next = 0;
    const auto append = [&](const auto& part) {
        for (const Row& row : part) all[next++] = row;
    };
    (append(parts), ...);
    return all;
}

}  // namespace calque
