// Hardware task switches.
#include "cpu/task_switch.hpp"

#include "cpu/breakpoints.hpp"
#include "cpu/control_registers.hpp"
#include "cpu/stack_frame.hpp"

#include <array>
#include <cstddef>

namespace calque {
namespace {

constexpr std::uint32_t debug_task_switch = 1U << 15;  // DR6.BT
constexpr std::uint32_t local_breakpoints = 0x155;     // DR7.L0-L3 and LE
constexpr std::uint32_t breakpoints_enabled = 0xff;    // DR7.L0-G3

/// Where the fields of a TSS are (SDM vol. 3A, "Task-State Segment" and "16-Bit Task-State Segment").
struct TssLayout {
    unsigned width, ip, flags, registers, segments, segment_count, ldt, dynamic_begin, dynamic_end,
        minimum_limit;
};
constexpr TssLayout layout16{2, 0x0e, 0x10, 0x12, 0x22, 4, 0x2a, 0x0e, 0x2a, 0x2b};
constexpr TssLayout layout32{4, 0x20, 0x24, 0x28, 0x48, 6, 0x60, 0x20, 0x5e, 0x67};
constexpr std::uint32_t cr3_offset = 0x1c, trap_offset = 0x64;

const TssLayout& layout_of(unsigned type) { return type & system_type::is_32bit ? layout32 : layout16; }

/// What a TSS holds.
struct TaskImage {
    std::uint32_t ip = 0, flags = 0, cr3 = 0;
    std::array<std::uint32_t, 8> registers{};
    std::array<std::uint16_t, segment_count> segments{};
    std::uint16_t ldt = 0;
    bool trap = false;
};

void probe_system(Cpu& cpu, LinearAddress address, std::uint64_t size, AccessKind kind) {
    if (cpu.mmu.probe(static_cast<std::uint32_t>(address), size, supervisor_view, kind)) return;
    cpu.raise_page_fault();
    throw GuestFault{};
}

std::uint32_t load_field(Cpu& cpu, LinearAddress address, unsigned width) {
    return width == 4 ? cpu.load_system<std::uint32_t>(address) : cpu.load_system<std::uint16_t>(address);
}

void store_field(Cpu& cpu, LinearAddress address, unsigned width, std::uint32_t value) {
    if (width == 4)
        cpu.store_system(address, value);
    else
        cpu.store_system(address, static_cast<std::uint16_t>(value));
}

/// The upper halves that a 16-bit TSS does not hold become ones.
TaskImage load_image(Cpu& cpu, LinearAddress base, const TssLayout& layout) {
    TaskImage image;
    const unsigned width = layout.width;
    image.ip = load_field(cpu, base + layout.ip, width);
    image.flags = load_field(cpu, base + layout.flags, width);
    for (unsigned i = 0; i < 8; ++i)
        image.registers[i] =
            load_field(cpu, base + layout.registers + i * width, width) | (width == 4 ? 0 : 0xffff'0000U);
    for (unsigned i = 0; i < layout.segment_count; ++i)
        image.segments[i] = cpu.load_system<std::uint16_t>(base + layout.segments + i * width);
    image.ldt = cpu.load_system<std::uint16_t>(base + layout.ldt);
    if (width == 2) return image;
    image.cr3 = cpu.load_system<std::uint32_t>(base + cr3_offset);
    image.trap = cpu.load_system<std::uint8_t>(base + trap_offset) & 1U;
    return image;
}

void save_task(Cpu& cpu, const TssLayout& layout, std::uint32_t ip, std::uint32_t flags) {
    const LinearAddress base = cpu.state.tr.base;
    const unsigned width = layout.width;
    store_field(cpu, base + layout.ip, width, ip);
    store_field(cpu, base + layout.flags, width, flags);
    for (unsigned i = 0; i < 8; ++i)
        store_field(cpu, base + layout.registers + i * width, width, cpu.state.reg32(i));
    for (unsigned i = 0; i < layout.segment_count; ++i)
        cpu.store_system(base + layout.segments + i * width, cpu.state.segments[i].selector);
}

void set_busy(Cpu& cpu, LinearAddress descriptor, bool busy) {
    const auto type = cpu.load_system<std::uint8_t>(descriptor + 5);
    const unsigned cleared = type & ~system_type::busy_bit;
    cpu.store_system(descriptor + 5,
                     static_cast<std::uint8_t>(busy ? cleared | system_type::busy_bit : cleared));
}

LinearAddress own_descriptor(const Cpu& cpu) {
    return cpu.state.gdtr.base + Selector{cpu.state.tr.selector}.offset();
}

// --- Loading the new task: from here on faults are the new task's

void load_ldt(Cpu& cpu, Selector selector, std::uint32_t external) {
    cpu.state.ldtr = null_segment(selector);
    if (selector.null()) return;
    if (selector.local()) cpu.fault(Vector::ts, selector.error_code() | external);
    const NamedDescriptor named = descriptor_of(cpu, selector, Vector::ts, external);
    if (!named.descriptor.is_system(system_type::ldt) || !named.descriptor.present())
        cpu.fault(Vector::ts, selector.error_code() | external);
    cpu.state.ldtr = segment_from(named);
}

void load_code(Cpu& cpu, Selector selector, std::uint32_t external) {
    const std::uint32_t error_code = selector.error_code() | external;
    if (selector.null()) cpu.fault(Vector::ts, error_code);
    NamedDescriptor named = descriptor_of(cpu, selector, Vector::ts, external);
    const Descriptor& code = named.descriptor;
    const bool privilege_fits =
        code.conforming() ? code.dpl() <= selector.rpl() : code.dpl() == selector.rpl();
    if (!code.code() || !privilege_fits) cpu.fault(Vector::ts, error_code);
    if (!code.present()) cpu.fault(Vector::np, error_code);
    mark_accessed(cpu, named);
    cpu.state.cs() = segment_from(named);
}

void load_segments(Cpu& cpu, const TaskImage& image, std::uint32_t external) {
    load_ldt(cpu, {image.ldt}, external);
    if (image.flags & flag::vm) {
        for (unsigned i = 0; i < segment_count; ++i) cpu.state.segments[i] = vm86_segment(image.segments[i]);
        return;
    }
    load_code(cpu, {image.segments[seg_cs]}, external);
    cpu.state.ss() =
        prepare_stack_segment(cpu, {image.segments[seg_ss]},
                              {.privilege = cpu.state.cpl, .vector = Vector::ts, .external = external});
    for (const unsigned name : {seg_es, seg_ds, seg_fs, seg_gs})
        cpu.state.segments[name] = prepare_data_segment(cpu, {image.segments[name]}, Vector::ts, external);
}

/// Registers and bare selectors: the segments' descriptors come later and may fault.
void load_registers(Cpu& cpu, const TaskImage& image) {
    for (unsigned i = 0; i < 8; ++i) cpu.state.gpr[i] = image.registers[i];
    cpu.state.rip = image.ip;
    for (unsigned i = 0; i < segment_count; ++i) cpu.state.segments[i] = null_segment({image.segments[i]});
    cpu.state.cpl = static_cast<std::uint8_t>(image.flags & flag::vm ? 3 : image.segments[seg_cs] & 3);
    constexpr std::uint32_t known = flag::status | flag::tf | flag::interrupt | flag::df | flag::iopl |
                                    flag::nt | flag::rf | flag::vm | flag::ac | flag::vif | flag::vip |
                                    flag::id;
    const std::uint32_t dropped = cpu.state.dr[7] & breakpoints_enabled ? 0 : flag::rf;  // as IRET does
    cpu.set_eflags(image.flags & known & ~dropped, ~0U);
}

void push_error_code(Cpu& cpu, std::uint32_t error_code, unsigned width) {
    StackFrame frame(cpu, current_stack(cpu, 1), width);
    frame.push(error_code);
    frame.write();
    cpu.set_stack_pointer(frame.esp(0));
}

/// What may fault in the new task; the exception stays pending.
void finish_in_new_task(Cpu& cpu, const TaskImage& image, const TssLayout& layout, const TaskSwitch& how) {
    try {
        if (layout.width == 4 && (cpu.state.cr0 & cr0::pg) && !load_cr3(cpu, image.cr3))
            cpu.fault(Vector::gp, how.external);
        load_segments(cpu, image, how.external);
        cpu.refresh_mode();
        if (how.has_error_code) push_error_code(cpu, how.error_code, layout.width);
        if (image.ip > cpu.state.cs().limit) cpu.fault(Vector::gp, how.external);
        if (!image.trap) return;
        record_debug_conditions(cpu.state, debug_task_switch);
        cpu.raise(Vector::db);
        cpu.exception.trap = true;
        cpu.exception.resumable = false;
    } catch (const GuestFault&) {
        cpu.refresh_mode();
    }
}

/// Both TSSs' limits, and every page that the switch writes: all that can fault while the old task still
/// runs.
void check_switch(Cpu& cpu, const NamedDescriptor& target, bool nested, std::uint32_t external) {
    const TssLayout& old_layout = layout_of(cpu.state.tr.attributes & segment_attribute::type);
    if (target.descriptor.limit() < layout_of(target.descriptor.type()).minimum_limit)
        cpu.fault(Vector::ts, target.selector.error_code() | external);
    if (cpu.state.tr.limit < old_layout.minimum_limit)
        cpu.fault(Vector::ts, (cpu.state.tr.selector & ~3U) | external);
    probe_system(cpu, cpu.state.tr.base + old_layout.dynamic_begin,
                 old_layout.dynamic_end - old_layout.dynamic_begin, AccessKind::write);
    if (!nested) probe_system(cpu, own_descriptor(cpu) + 5, 1, AccessKind::write);
    probe_system(cpu, target.address + 5, 1, AccessKind::write);
    if (nested) probe_system(cpu, target.descriptor.base(), 2, AccessKind::write);
}

/// Saves the old task, which stays busy if the new one is nested in it.
void leave_task(Cpu& cpu, bool nested, const TaskSwitch& how) {
    std::uint32_t saved_flags = cpu.state.eflags() | how.resume;
    if (how.cause == TaskSwitchCause::iret) saved_flags &= ~flag::nt;
    if (!nested) set_busy(cpu, own_descriptor(cpu), false);
    save_task(cpu, layout_of(cpu.state.tr.attributes & segment_attribute::type), how.next_ip, saved_flags);
}

}  // namespace

NamedDescriptor task_of_gate(Cpu& cpu, const Descriptor& gate, std::uint32_t external) {
    const Selector selector = gate.target();
    if (selector.local() || selector.null()) cpu.fault(Vector::gp, selector.error_code() | external);
    const NamedDescriptor task = descriptor_of(cpu, selector, Vector::gp, external);
    const bool available =
        task.descriptor.is_system(system_type::tss16) || task.descriptor.is_system(system_type::tss32);
    if (!available) cpu.fault(Vector::gp, selector.error_code() | external);
    if (!task.descriptor.present()) cpu.fault(Vector::np, selector.error_code() | external);
    return task;
}

void switch_task(Cpu& cpu, const NamedDescriptor& target, const TaskSwitch& how) {
    const TssLayout& layout = layout_of(target.descriptor.type());
    const bool nested = how.cause == TaskSwitchCause::call || how.cause == TaskSwitchCause::interrupt;
    check_switch(cpu, target, nested, how.external);
    TaskImage image = load_image(cpu, target.descriptor.base(), layout);
    leave_task(cpu, nested, how);
    if (nested) {
        cpu.store_system(LinearAddress{target.descriptor.base()}, cpu.state.tr.selector);
        image.flags |= flag::nt;
    }
    if (how.cause != TaskSwitchCause::iret) set_busy(cpu, target.address, true);
    cpu.state.tr = segment_from(target);
    cpu.state.tr.attributes |= system_type::busy_bit;
    cpu.state.cr0 |= cr0::ts;
    cpu.state.dr[7] &= ~std::uint64_t{local_breakpoints};
    load_registers(cpu, image);
    finish_in_new_task(cpu, image, layout, how);
}

void return_to_linked_task(Cpu& cpu, std::uint32_t next_ip) {
    const Selector link{cpu.load_system<std::uint16_t>(cpu.state.tr.base)};
    if (link.local() || link.null()) cpu.fault(Vector::ts, link.error_code());
    const NamedDescriptor task = descriptor_of(cpu, link, Vector::ts);
    const bool busy = task.descriptor.is_system(system_type::tss16_busy) ||
                      task.descriptor.is_system(system_type::tss32_busy);
    if (!busy) cpu.fault(Vector::ts, link.error_code());
    if (!task.descriptor.present()) cpu.fault(Vector::np, link.error_code());
    switch_task(cpu, task, {.cause = TaskSwitchCause::iret, .next_ip = next_ip});
}

}  // namespace calque
