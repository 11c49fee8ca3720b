// PUSH, POP, PUSHA, POPA, ENTER and LEAVE.
#include "cpu/instructions/rows.hpp"

namespace calque {
namespace {

template <typename Source, typename OnStack>
struct Push {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T value;
        return Source::read(cpu, insn, value) && OnStack::push(cpu, insn, value);
    }
};

/// ESP as base of the destination is the incremented one; a destination that faults leaves ESP as it was.
template <typename Destination, typename OnStack>
struct Pop {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        const std::uint64_t old_esp = cpu.state.gpr[esp];
        T value;
        if (!OnStack::top(cpu, insn, value)) return false;
        OnStack::drop(cpu, sizeof(T));
        if (Destination::write(cpu, insn, value)) return true;
        cpu.state.gpr[esp] = old_esp;
        return false;
    }
};

struct PushAll {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        cpu.current = &insn;
        const std::uint32_t mask = cpu.stack_mask(), top = cpu.stack_pointer();
        const auto place = [&](unsigned number) {
            return (top - (number + 1) * std::uint32_t{sizeof(T)}) & mask;
        };
        for (unsigned i = 0; i < 8; ++i)
            if (!cpu.probe(seg_ss, place(i), sizeof(T), AccessKind::write)) return false;
        for (unsigned i = 0; i < 8; ++i)
            if (!cpu.write(seg_ss, place(i), cpu.reg<T>(i))) return false;
        cpu.set_stack_pointer(place(7));
        return true;
    }
};
struct PopAll {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        cpu.current = &insn;
        const std::uint32_t mask = cpu.stack_mask(), top = cpu.stack_pointer();
        std::array<T, 8> values{};
        for (unsigned i = 8; i-- > 0;)  // EDI first; ESP's place is read for nothing
            if (!cpu.read(seg_ss, (top + (7 - i) * std::uint32_t{sizeof(T)}) & mask, values[i])) return false;
        for (unsigned i = 0; i < 8; ++i)
            if (i != esp) cpu.set_reg(i, values[i]);
        cpu.set_stack_pointer(top + 8 * std::uint32_t{sizeof(T)});
        return true;
    }
};

/// SDM vol. 2A, "ENTER". Everything is probed before the first write, so a fault restarts it; in the order of
/// the accesses, so that the first of several faults is the processor's.
struct EnterFrame {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        cpu.current = &insn;
        constexpr std::uint32_t width = sizeof(T);
        const std::uint32_t mask = cpu.stack_mask(), level = insn.displacement & 31;
        const std::uint32_t top = cpu.stack_pointer(), display = cpu.state.reg32(ebp);
        const auto slot = [&](std::uint32_t number) { return (top - (number + 1) * width) & mask; };
        const std::uint32_t final = (slot(level) - (insn.immediate & 0xffff)) & mask;
        for (std::uint32_t i = 0; i <= level; ++i) {
            const bool copies = i > 0 && i < level;
            if (copies && !cpu.probe(seg_ss, (display - i * width) & mask, width, AccessKind::read))
                return false;
            if (!cpu.probe(seg_ss, slot(i), width, AccessKind::write)) return false;
        }
        if (!cpu.probe(seg_ss, final, width, AccessKind::write)) return false;

        cpu.write(seg_ss, slot(0), cpu.reg<T>(ebp));
        for (std::uint32_t i = 1; i < level; ++i) {
            T link{};
            cpu.read(seg_ss, (display - i * width) & mask, link);
            cpu.write(seg_ss, slot(i), link);
        }
        const auto frame_pointer = static_cast<T>((cpu.state.reg32(esp) & ~mask) | slot(0));
        if (level > 0) cpu.write(seg_ss, slot(level), frame_pointer);
        cpu.set_reg(ebp, frame_pointer);
        cpu.set_stack_pointer(final);
        return true;
    }
};

struct PlainLeave {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        const std::uint32_t frame = cpu.state.reg32(ebp);
        T value;
        if (!FlatStack::at(cpu, insn, frame, value)) return false;
        cpu.state.gpr[esp] = frame + std::uint32_t{sizeof(T)};
        cpu.set_reg(ebp, value);
        return true;
    }
};
struct Leave {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        cpu.current = &insn;
        const std::uint32_t frame = cpu.state.reg32(ebp) & cpu.stack_mask();
        T value;
        if (!cpu.read(seg_ss, frame, value)) return false;
        cpu.set_stack_pointer(frame + std::uint32_t{sizeof(T)});
        cpu.set_reg(ebp, value);
        return true;
    }
};

template <typename Form>
constexpr Handlers by_size() {
    return handlers_by_size(threaded_memory<Form::template run<std::uint16_t>>,
                            threaded_memory<Form::template run<std::uint32_t>>);
}
constexpr auto plain_leave = plain_handlers<PlainLeave, Leave>;
constexpr auto push_immediate = plain_handlers<Push<Immediate, FlatStack>, Push<Immediate, Stack>>;
template <template <typename Operand, typename OnStack> class Form>
constexpr Handlers by_place{plain_handlers<Form<RmRegister, FlatStack>, Form<RmRegister, Stack>>,
                            plain_handlers<Form<PlainMemory, FlatStack>, Form<RmMemory, Stack>>,
                            plain_handlers<Form<FlatMemory, FlatStack>, Form<RmMemory, Stack>>,
                            plain_handlers<Form<IndexedMemory, FlatStack>, Form<RmMemory, Stack>>};

using enum OperandKind;
using enum InstructionClass;

constexpr std::array rows{
    register_row("push", 0x50, gpr, Access::read, stack, {}, by_place<Push>),
    register_row("pop", 0x58, gpr, Access::write, stack, {}, by_place<Pop>),
    plain_row("push", 0x68, stack, {}, Handlers{push_immediate, push_immediate, {}, {}}),
    plain_row("push", 0x6a, stack, {}, Handlers{push_immediate, push_immediate, {}, {}}),
    as_class(stack, digit_row("push", 0xff, 6, gpr, Access::read, {}, by_place<Push>)),
    as_class(stack, digit_row("pop", 0x8f, 0, gpr, Access::write, {}, by_place<Pop>)),
    plain_row("pusha", 0x60, stack, {}, by_size<PushAll>()),
    plain_row("popa", 0x61, stack, {}, by_size<PopAll>()),
    plain_row("enter", 0xc8, stack, {}, by_size<EnterFrame>()),
    plain_row("leave", 0xc9, stack, {}, Handlers{plain_leave, plain_leave, {}, {}}),
};

}  // namespace

std::span<const Row> stack_rows() { return rows; }

}  // namespace calque
