// Segment registers: MOV, PUSH, POP, LDS and its kin; ARPL, LAR, LSL, VERR, VERW.
#include "cpu/instructions/rows.hpp"
#include "cpu/segmentation.hpp"

namespace calque {
namespace {

/// A 16-bit source operand, from a register or memory.
std::uint16_t rm16(Cpu& cpu, const Insn& insn) {
    if (!insn.has_memory()) return register_at<std::uint16_t>(cpu.state, insn.rm);
    return cpu.load<std::uint16_t>(insn.segment, cpu.effective_address(insn));
}

void commit_segment(Cpu& cpu, unsigned segment, const SegmentRegister& prepared) {
    cpu.state.segments[segment] = prepared;
    cpu.refresh_mode();
}

/// Loading SS by MOV or POP holds interrupts back, so that ESP can follow.
void inhibit_after(Cpu& cpu, unsigned segment) {
    if (segment == seg_ss) cpu.state.inhibition = Inhibition::by_mov_ss;
}

/// The register form zero-extends to the operand size; the memory form is always 16 bits wide.
template <typename T>
void mov_from_segment(Cpu& cpu, const Insn& insn) {
    const unsigned segment = insn.modrm_reg();
    if (segment >= segment_count) cpu.fault(Vector::ud);
    const std::uint16_t selector = cpu.state.segments[segment].selector;
    if (insn.has_memory())
        cpu.store(insn.segment, cpu.effective_address(insn), selector);
    else
        set_register_at<T>(cpu.state, insn.rm, selector);
}

void mov_to_segment(Cpu& cpu, const Insn& insn) {
    const unsigned segment = insn.modrm_reg();
    if (segment >= segment_count || segment == seg_cs) cpu.fault(Vector::ud);
    const Selector selector{rm16(cpu, insn)};
    commit_segment(cpu, segment, prepare_segment(cpu, segment, selector));
    inhibit_after(cpu, segment);
}

template <unsigned segment>
struct SegmentStack {
    template <typename T>
    static void push(Cpu& cpu, const Insn&) {
        if (!cpu.push(static_cast<T>(cpu.state.segments[segment].selector))) throw GuestFault{};
    }
    template <typename T>
    static void pop(Cpu& cpu, const Insn&) {
        const std::uint32_t top = cpu.stack_pointer();
        const Selector selector{static_cast<std::uint16_t>(cpu.load<T>(seg_ss, top))};
        const SegmentRegister prepared = prepare_segment(cpu, segment, selector);
        cpu.set_stack_pointer(top + std::uint32_t{sizeof(T)});
        commit_segment(cpu, segment, prepared);
        inhibit_after(cpu, segment);
    }
};

template <unsigned segment>
struct LoadFarPointer {
    template <typename T>
    static void run(Cpu& cpu, const Insn& insn) {
        const std::uint32_t address = cpu.effective_address(insn);
        const T offset = cpu.load<T>(insn.segment, address);
        const std::uint32_t behind = (address + std::uint32_t{sizeof(T)}) & insn.address_mask;
        const Selector selector{cpu.load<std::uint16_t>(insn.segment, behind)};
        const SegmentRegister prepared = prepare_segment(cpu, segment, selector);
        set_register_at<T>(cpu.state, insn.reg, offset);
        commit_segment(cpu, segment, prepared);
    }
};

void set_zf(Cpu& cpu, bool zero) {
    const std::uint32_t others = cpu.state.status.pack() & ~flag::zf;
    cpu.state.status = StatusFlags::unpack(others | (zero ? flag::zf : 0));
}

/// A destination that needs no change is only read, and may be read-only.
void arpl(Cpu& cpu, const Insn& insn) {
    const std::uint32_t address = cpu.effective_address(insn);
    const std::uint16_t old = rm16(cpu, insn);
    const unsigned wanted = register_at<std::uint16_t>(cpu.state, insn.reg) & 3U;
    const bool lower = (old & 3U) < wanted;
    if (lower) {
        const auto adjusted = static_cast<std::uint16_t>((old & ~3U) | wanted);
        if (insn.has_memory())
            cpu.store(insn.segment, address, adjusted);
        else
            set_register_at(cpu.state, insn.rm, adjusted);
    }
    set_zf(cpu, lower);
}

/// The descriptor that LAR, LSL, VERR and VERW look at: false if there is none they may see.
bool inspect(Cpu& cpu, const Insn& insn, NamedDescriptor& named) {
    const Selector selector{rm16(cpu, insn)};
    return !selector.null() && find_descriptor(cpu, selector, named) && visible(cpu, named);
}

/// `system_types`: a bit for each type of system descriptor that the instruction accepts.
bool type_accepted(const Descriptor& descriptor, unsigned system_types) {
    return !descriptor.system() || (system_types >> descriptor.type() & 1);
}

constexpr unsigned lsl_types = 1U << system_type::tss16 | 1U << system_type::ldt |
                               1U << system_type::tss16_busy | 1U << system_type::tss32 |
                               1U << system_type::tss32_busy;
constexpr unsigned lar_types = lsl_types | 1U << system_type::call_gate16 | 1U << system_type::task_gate |
                               1U << system_type::call_gate32;

template <typename T>
void lar(Cpu& cpu, const Insn& insn) {
    NamedDescriptor named;
    const bool good = inspect(cpu, insn, named) && type_accepted(named.descriptor, lar_types);
    if (good) set_register_at(cpu.state, insn.reg, static_cast<T>(named.descriptor.high & 0x00f0'ff00));
    set_zf(cpu, good);
}

template <typename T>
void lsl(Cpu& cpu, const Insn& insn) {
    NamedDescriptor named;
    const bool good = inspect(cpu, insn, named) && type_accepted(named.descriptor, lsl_types);
    if (good) set_register_at(cpu.state, insn.reg, static_cast<T>(named.descriptor.limit()));
    set_zf(cpu, good);
}

void verr(Cpu& cpu, const Insn& insn) {
    NamedDescriptor named;
    set_zf(cpu, inspect(cpu, insn, named) && named.descriptor.readable());
}

void verw(Cpu& cpu, const Insn& insn) {
    NamedDescriptor named;
    set_zf(cpu, inspect(cpu, insn, named) && named.descriptor.writable_data());
}

using enum InstructionClass;
constexpr std::uint16_t ends = attribute::ends_block;
constexpr FlagUse writes_zf{.read = 0, .written = flag::zf};

template <unsigned segment>
constexpr Handlers push_handlers() {
    using S = SegmentStack<segment>;
    return handlers_by_size(guarded<S::template push<std::uint16_t>>,
                            guarded<S::template push<std::uint32_t>>);
}
template <unsigned segment>
constexpr Handlers pop_handlers() {
    using S = SegmentStack<segment>;
    return handlers_by_size(guarded<S::template pop<std::uint16_t>>, guarded<S::template pop<std::uint32_t>>);
}
template <unsigned segment>
constexpr Row far_pointer_row(const char* name, std::uint8_t opcode) {
    using F = LoadFarPointer<segment>;
    return only(Mod::memory,
                as_class(emulated, modrm_row(name, opcode, OperandKind::memory, Access::read,
                                             OperandKind::gpr, Access::write, {},
                                             handlers_by_size(guarded<F::template run<std::uint16_t>>,
                                                              guarded<F::template run<std::uint32_t>>),
                                             ends)));
}
/// A row of group 6 or one like it that reports in ZF.
constexpr Row inspection_row(const char* name, std::uint8_t opcode, const Handlers& handlers) {
    return in_map_0f(
        as_class(emulated, modrm_row(name, opcode, OperandKind::gpr16, Access::read, OperandKind::gpr,
                                     Access::write, writes_zf, handlers, attribute::protected_mode)));
}
constexpr Row verify_row(const char* name, int digit, Handler handler) {
    return in_map_0f(
        as_class(emulated, digit_row(name, 0x00, digit, OperandKind::gpr16, Access::read, writes_zf,
                                     handlers_any(handler), attribute::protected_mode)));
}

constexpr std::array rows{
    as_class(emulated,
             modrm_row("mov", 0x8c, OperandKind::gpr, Access::write, OperandKind::segment, Access::read, {},
                       handlers_by_size(guarded<mov_from_segment<std::uint16_t>>,
                                        guarded<mov_from_segment<std::uint32_t>>))),
    as_class(emulated, modrm_row("mov", 0x8e, OperandKind::gpr, Access::read, OperandKind::segment,
                                 Access::write, {}, handlers_any(guarded<mov_to_segment>), ends)),
    plain_row("push", 0x06, emulated, {}, push_handlers<seg_es>()),
    plain_row("push", 0x0e, emulated, {}, push_handlers<seg_cs>()),
    plain_row("push", 0x16, emulated, {}, push_handlers<seg_ss>()),
    plain_row("push", 0x1e, emulated, {}, push_handlers<seg_ds>()),
    in_map_0f(plain_row("push", 0xa0, emulated, {}, push_handlers<seg_fs>())),
    in_map_0f(plain_row("push", 0xa8, emulated, {}, push_handlers<seg_gs>())),
    plain_row("pop", 0x07, emulated, {}, pop_handlers<seg_es>(), ends),
    plain_row("pop", 0x17, emulated, {}, pop_handlers<seg_ss>(), ends),
    plain_row("pop", 0x1f, emulated, {}, pop_handlers<seg_ds>(), ends),
    in_map_0f(plain_row("pop", 0xa1, emulated, {}, pop_handlers<seg_fs>(), ends)),
    in_map_0f(plain_row("pop", 0xa9, emulated, {}, pop_handlers<seg_gs>(), ends)),
    far_pointer_row<seg_es>("les", 0xc4),
    far_pointer_row<seg_ds>("lds", 0xc5),
    in_map_0f(far_pointer_row<seg_ss>("lss", 0xb2)),
    in_map_0f(far_pointer_row<seg_fs>("lfs", 0xb4)),
    in_map_0f(far_pointer_row<seg_gs>("lgs", 0xb5)),
    as_class(emulated,
             modrm_row("arpl", 0x63, OperandKind::gpr16, Access::read_write, OperandKind::gpr16, Access::read,
                       writes_zf, handlers_any(guarded<arpl>), attribute::protected_mode)),
    inspection_row("lar", 0x02, handlers_by_size(guarded<lar<std::uint16_t>>, guarded<lar<std::uint32_t>>)),
    inspection_row("lsl", 0x03, handlers_by_size(guarded<lsl<std::uint16_t>>, guarded<lsl<std::uint32_t>>)),
    verify_row("verr", 4, guarded<verr>),
    verify_row("verw", 5, guarded<verw>),
};

}  // namespace

std::span<const Row> segment_register_rows() { return rows; }

}  // namespace calque
