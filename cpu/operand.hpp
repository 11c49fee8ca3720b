// Operand access: registers, immediates and memory as one vocabulary for semantic functions.
#pragma once

#include "cpu/cpu.hpp"

#include <cstring>

namespace calque {

/// A register by its byte offset into CpuState::gpr. 32-bit writes clear the upper half of the 64.
template <typename T>
T register_at(const CpuState& state, unsigned byte_offset) {
    T value;
    std::memcpy(&value, reinterpret_cast<const std::uint8_t*>(state.gpr.data()) + byte_offset, sizeof(T));
    return value;
}
template <typename T>
void set_register_at(CpuState& state, unsigned byte_offset, T value) {
    std::uint8_t* place = reinterpret_cast<std::uint8_t*>(state.gpr.data()) + byte_offset;
    if constexpr (sizeof(T) == 4) {
        const std::uint64_t wide = value;
        std::memcpy(place, &wide, sizeof(wide));
    } else {
        std::memcpy(place, &value, sizeof(T));
    }
}

/// ModRM.reg as a general register.
struct RegOperand {
    template <typename T>
    static bool read(Cpu& cpu, const Insn& insn, T& value) {
        value = register_at<T>(cpu.state, insn.reg);
        return true;
    }
    template <typename T>
    static bool write(Cpu& cpu, const Insn& insn, T value) {
        set_register_at(cpu.state, insn.reg, value);
        return true;
    }
    /// value = change(value); a `change` that returns false has raised an exception.
    template <typename T, typename Change>
    static bool update(Cpu& cpu, const Insn& insn, Change change) {
        T value = register_at<T>(cpu.state, insn.reg);
        change(value);
        set_register_at(cpu.state, insn.reg, value);
        return true;
    }
};

/// ModRM.rm (or the opcode's register) as a general register.
struct RmRegister {
    template <typename T>
    static bool read(Cpu& cpu, const Insn& insn, T& value) {
        value = register_at<T>(cpu.state, insn.rm);
        return true;
    }
    template <typename T>
    static bool write(Cpu& cpu, const Insn& insn, T value) {
        set_register_at(cpu.state, insn.rm, value);
        return true;
    }
    template <typename T, typename Change>
    static bool update(Cpu& cpu, const Insn& insn, Change change) {
        T value = register_at<T>(cpu.state, insn.rm);
        change(value);
        set_register_at(cpu.state, insn.rm, value);
        return true;
    }
};

/// ModRM.rm as memory.
struct RmMemory {
    template <typename T>
    static bool read(Cpu& cpu, const Insn& insn, T& value) {
        cpu.current = &insn;
        return cpu.read(insn.segment, cpu.effective_address(insn), value);
    }
    template <typename T>
    static bool write(Cpu& cpu, const Insn& insn, T value) {
        cpu.current = &insn;
        return cpu.write(insn.segment, cpu.effective_address(insn), value);
    }
    template <typename T, typename Change>
    static bool update(Cpu& cpu, const Insn& insn, Change change) {
        cpu.current = &insn;
        const std::uint32_t offset = cpu.effective_address(insn);
        T value;
        std::uint8_t* host;
        if (!cpu.read_for_update(insn.segment, offset, value, host)) return false;
        change(value);
        if (host) [[likely]] {
            std::memcpy(host, &value, sizeof(T));
            return true;
        }
        return cpu.write(insn.segment, offset, value);
    }
};

/// Where ModRM.rm's memory operand is, if the access needs no closer look.
struct PlainAddress {
    template <unsigned size, Alignment alignment = Alignment::any>
    static bool readable(const Cpu& cpu, const Insn& insn, std::uint8_t*& host) {
        return cpu.readable_plain<size, alignment>(insn.segment, cpu.effective_address(insn), host);
    }
    template <unsigned size, Alignment alignment = Alignment::any>
    static bool writable(const Cpu& cpu, const Insn& insn, std::uint8_t*& host) {
        return cpu.writable_plain<size, alignment>(insn.segment, cpu.effective_address(insn), host);
    }
};
/// The same for an operand with a 32-bit address in a flat segment.
template <bool with_index>
struct FlatAddress {
    template <unsigned size, Alignment alignment = Alignment::any>
    static bool readable(const Cpu& cpu, const Insn& insn, std::uint8_t*& host) {
        return Cpu::find_flat<size, alignment>(cpu.read_table, linear(cpu, insn), host);
    }
    template <unsigned size, Alignment alignment = Alignment::any>
    static bool writable(const Cpu& cpu, const Insn& insn, std::uint8_t*& host) {
        return Cpu::find_flat<size, alignment>(cpu.write_table, linear(cpu, insn), host);
    }
    static std::uint32_t linear(const Cpu& cpu, const Insn& insn) {
        const std::uint32_t index = with_index ? cpu.state.reg32(insn.index) << insn.scale : 0;
        return cpu.state.reg32(insn.base) + index + insn.displacement;
    }
};
using FlatBase = FlatAddress<false>;
using FlatIndexed = FlatAddress<true>;

/// ModRM.rm as memory; false says no more than that RmMemory has the answer.
template <typename Address, Alignment alignment = Alignment::any>
struct DirectMemory {
    template <typename T>
    static bool read(Cpu& cpu, const Insn& insn, T& value) {
        std::uint8_t* host;
        if (!Address::template readable<sizeof(T), alignment>(cpu, insn, host)) return false;
        std::memcpy(&value, host, sizeof(T));
        return true;
    }
    template <typename T>
    static bool write(Cpu& cpu, const Insn& insn, T value) {
        std::uint8_t* host;
        if (!Address::template writable<sizeof(T), alignment>(cpu, insn, host)) return false;
        std::memcpy(host, &value, sizeof(T));
        return true;
    }
    template <typename T, typename Change>
    static bool update(Cpu& cpu, const Insn& insn, Change change) {
        std::uint8_t* host;
        if (!Address::template writable<sizeof(T), alignment>(cpu, insn, host)) return false;
        T value;
        std::memcpy(&value, host, sizeof(T));
        change(value);
        std::memcpy(host, &value, sizeof(T));
        return true;
    }
};
using PlainMemory = DirectMemory<PlainAddress>;
using FlatMemory = DirectMemory<FlatBase>;
using IndexedMemory = DirectMemory<FlatIndexed>;

/// The stack, whatever it is like.
struct Stack {
    template <typename T>
    static bool push(Cpu& cpu, const Insn& insn, T value) {
        cpu.current = &insn;
        return cpu.push(value);
    }
    template <typename T>
    static bool top(Cpu& cpu, const Insn& insn, T& value) {
        cpu.current = &insn;
        return cpu.read(seg_ss, cpu.stack_pointer(), value);
    }
    static void drop(Cpu& cpu, std::uint32_t bytes) { cpu.set_stack_pointer(cpu.stack_pointer() + bytes); }
};

/// A flat stack of 32 bits; false says no more than that Stack has the answer.
struct FlatStack {
    template <typename T>
    static bool push(Cpu& cpu, const Insn&, T value) {
        const std::uint32_t top = cpu.state.reg32(esp) - std::uint32_t{sizeof(T)};
        std::uint8_t* host;
        if (!is_flat(cpu) || !Cpu::find_flat<sizeof(T)>(cpu.write_table, top, host)) return false;
        std::memcpy(host, &value, sizeof(T));
        cpu.state.gpr[esp] = top;
        return true;
    }
    template <typename T>
    static bool top(Cpu& cpu, const Insn& insn, T& value) {
        return at(cpu, insn, cpu.state.reg32(esp), value);
    }
    template <typename T>
    static bool at(Cpu& cpu, const Insn&, std::uint32_t place, T& value) {
        std::uint8_t* host;
        if (!is_flat(cpu) || !Cpu::find_flat<sizeof(T)>(cpu.read_table, place, host)) return false;
        std::memcpy(&value, host, sizeof(T));
        return true;
    }
    static void drop(Cpu& cpu, std::uint32_t bytes) { cpu.state.gpr[esp] = cpu.state.reg32(esp) + bytes; }

private:
    static bool is_flat(const Cpu& cpu) {
        constexpr std::uint32_t needed = mode::flat_ss | mode::stack32;
        return (cpu.mode & needed) == needed;
    }
};

struct Immediate {
    template <typename T>
    static bool read(Cpu&, const Insn& insn, T& value) {
        value = static_cast<T>(insn.immediate);
        return true;
    }
};

/// A constant operand, e.g. the 1 of D1 /4.
template <unsigned constant>
struct Constant {
    template <typename T>
    static bool read(Cpu&, const Insn&, T& value) {
        value = static_cast<T>(constant);
        return true;
    }
};

/// A fixed general register by number (the low part at the operand's width).
template <unsigned number>
struct FixedRegister {
    template <typename T>
    static bool read(Cpu& cpu, const Insn&, T& value) {
        value = cpu.reg<T>(number);
        return true;
    }
    template <typename T>
    static bool write(Cpu& cpu, const Insn&, T value) {
        cpu.set_reg<T>(number, value);
        return true;
    }
    template <typename T, typename Change>
    static bool update(Cpu& cpu, const Insn&, Change change) {
        T value = cpu.reg<T>(number);
        change(value);
        cpu.set_reg<T>(number, value);
        return true;
    }
};

}  // namespace calque
