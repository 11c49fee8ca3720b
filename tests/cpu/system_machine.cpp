// A processor with descriptor tables for tests of the system level.
#include "tests/cpu/system_machine.hpp"

#include "cpu/segmentation.hpp"

namespace calque::test {

SystemMachine::SystemMachine(const char* model)
    : processor(mmu, ports, *find_cpu_model(model)), cpu(processor.cpu()), state(cpu.state) {
    set_descriptor(code0, 0, 0xfffff, present | segment | 0xb, flat);
    set_descriptor(data0, 0, 0xfffff, present | segment | 0x3, flat);
    set_descriptor(code3, 0, 0xfffff, present | user | segment | 0xb, flat);
    set_descriptor(data3, 0, 0xfffff, present | user | segment | 0x3, flat);
    set_descriptor(code1, 0, 0xfffff, present | 0x20 | segment | 0xb, flat);
    set_descriptor(data1, 0, 0xfffff, present | 0x20 | segment | 0x3, flat);
    set_descriptor(code2, 0, 0xfffff, present | 0x40 | segment | 0xb, flat);
    set_descriptor(data2, 0, 0xfffff, present | 0x40 | segment | 0x3, flat);
    set_descriptor(main_tss, tss, 0x2fff, present | system_type::tss32_busy, small16);
    set_descriptor(main_ldt, ldt, 0xff, present | system_type::ldt, small16);
    for (unsigned vector = 0; vector < 256; ++vector) {
        put8(handlers + vector * 16, 0xf4);
        set_interrupt_gate(vector, code0, handlers + vector * 16,
                           present | user | system_type::interrupt_gate32);
        put16(vector * 4, handlers + vector * 16);  // the real-mode table at 0
        put16(vector * 4 + 2, 0);
    }
    put32(tss + 4, stack0);
    put32(tss + 8, data0);
    put32(tss + 12, stack1);
    put32(tss + 16, data1);
    put32(tss + 20, stack2);
    put32(tss + 24, data2);
    put16(tss + 0x66, 0x1000);  // I/O map
    put16(landing, jump_to_itself);
}

SystemMachine::SystemMachine(const EngineKind& kind) : SystemMachine() {
    engine_ = kind.make(cpu, processor.blocks());
    processor.use_engine(engine_.get());
}

void SystemMachine::push(std::uint32_t value, unsigned size) {
    cpu.set_stack_pointer(cpu.stack_pointer() - size);
    memory.write(linear_stack(), value, size);
}

void SystemMachine::set_descriptor(std::uint16_t selector, std::uint32_t base, std::uint32_t limit,
                                   unsigned access, unsigned flags) {
    const std::uint32_t table = selector & 4 ? ldt : gdt;
    put32(table + (selector & ~7U), (limit & 0xffff) | base << 16);
    put32(table + (selector & ~7U) + 4,
          (base >> 16 & 0xff) | access << 8 | (limit & 0xf'0000) | flags << 20 | (base & 0xff00'0000));
}

void SystemMachine::set_gate(std::uint32_t address, std::uint16_t selector, std::uint32_t offset,
                             unsigned access, unsigned parameters) {
    put32(address, (offset & 0xffff) | std::uint32_t{selector} << 16);
    put32(address + 4, (offset & 0xffff'0000) | access << 8 | parameters);
}

void SystemMachine::set_segment(unsigned name, std::uint16_t selector) {
    const NamedDescriptor named = descriptor_of(cpu, {selector});
    state.segments[name] = segment_from(named);
    if (name == seg_cs) state.cpl = selector & 3U;
    cpu.refresh_mode();
}

void SystemMachine::real_mode() {
    cpu.reset();
    state.cs() = real_segment(state.cs(), 0);
    state.rip = code & 0xffff;
    state.idtr = {.base = 0, .limit = 0x3ff};
    state.gpr[esp] = 0x7000;
    cpu.refresh_mode();
}

void SystemMachine::protected_mode(unsigned privilege) {
    cpu.reset();
    state.cr0 |= cr0::pe;
    state.gdtr = {.base = gdt, .limit = 0xfff};
    state.idtr = {.base = idt, .limit = 0x7ff};
    set_segment(seg_cs, codes[privilege]);
    for (const unsigned name : {seg_ss, seg_ds, seg_es, seg_fs, seg_gs}) set_segment(name, datas[privilege]);
    state.tr = segment_from(descriptor_of(cpu, {main_tss}));
    state.ldtr = segment_from(descriptor_of(cpu, {main_ldt}));
    state.gpr[esp] = stacks[privilege];
    state.rip = code;
    cpu.refresh_mode();
}

void SystemMachine::vm86_mode(unsigned iopl) {
    protected_mode(0);
    for (const unsigned name : {seg_es, seg_ss, seg_ds, seg_fs, seg_gs})
        state.segments[name] = vm86_segment(static_cast<std::uint16_t>(0x2000 + 0x100 * name));
    state.cs() = vm86_segment(code >> 4);
    state.cpl = 3;
    state.rip = 0;
    state.gpr[esp] = 0x1000;
    cpu.set_eflags(flag::vm | iopl << 12, flag::vm | flag::iopl);
}

void SystemMachine::place(std::initializer_list<unsigned> bytes) {
    std::uint32_t address = state.linear_ip();
    for (const unsigned byte : bytes) put8(address++, byte);
}

Outcome SystemMachine::execute(std::initializer_list<unsigned> bytes) {
    place(bytes);
    run(1);
    run(0);  // delivers what is pending
    return outcome();
}

Outcome SystemMachine::settle(std::span<const std::uint8_t> bytes) {
    const std::uint32_t address = state.linear_ip();
    memory.write_bytes(address, bytes);
    put16(static_cast<std::uint32_t>(address + bytes.size()), jump_to_itself);
    constexpr std::uint64_t enough = 8;
    const std::uint64_t end = state.instructions + enough;
    while (processor.run(end) == ExitReason::stop) {
    }
    return outcome();
}

Outcome SystemMachine::outcome() {
    const auto vector = handler();
    if (!vector) return {.vector = state.shutdown ? -2 : -1};
    constexpr unsigned with_error_code =
        1U << 8 | 1U << 10 | 1U << 11 | 1U << 12 | 1U << 13 | 1U << 14 | 1U << 17;
    const bool has_code = *vector < 32 && (with_error_code >> *vector & 1) && cpu.protected_mode();
    return {static_cast<int>(*vector), has_code ? stack32(0) : 0};
}

std::optional<unsigned> SystemMachine::handler() const {
    const std::uint32_t address = state.linear_ip() - handlers;
    if (address >= 256 * 16) return std::nullopt;
    return address / 16;
}

}  // namespace calque::test
