// Ring 3 on flat memory.
#include "tests/support/user_machine.hpp"

#include "cpu/control_registers.hpp"

namespace calque::test {
namespace {

// Selectors are Linux's, so that a program that looks at them sees what it sees natively.
constexpr std::uint16_t kernel_cs = 0x10, kernel_ss = 0x18, user_cs = 0x23, user_ds = 0x2b,
                        tss_selector = 0x40;
// Out of reach of 16-bit addresses and instruction pointers.
constexpr std::uint32_t system = UserMachine::system_base;
constexpr std::uint32_t gdt = system, idt = system + 0x800, tss = system + 0xc00, handlers = system + 0x1000,
                        kernel_stack = system + 0x4000;
constexpr std::uint32_t page_directory = system + 0x5000, page_table = system + 0x6000,
                        upper_page_table = system + 0x7000;

constexpr std::uint64_t flat_descriptor(unsigned access) {
    return 0x00cf'0000'0000'ffffULL | std::uint64_t{access} << 40;
}
constexpr std::uint64_t user_gate(std::uint32_t target) {
    return std::uint64_t{target >> 16} << 48 | 0xee00ULL << 32 | std::uint64_t{kernel_cs} << 16 |
           (target & 0xffff);
}

bool has_error_code(Vector vector) {
    using enum Vector;
    return vector == df || vector == ac || (vector >= ts && vector <= pf);
}

SegmentRegister user_segment(std::uint16_t selector, unsigned access) {
    SegmentRegister segment;
    segment.selector = selector;
    segment.limit = 0xffff'ffffU;
    segment.attributes =
        static_cast<std::uint16_t>(access | segment_attribute::big | segment_attribute::granularity);
    segment.refresh();
    return segment;
}

}  // namespace

UserMachine::UserMachine(const EngineKind& kind, const char* model)
    : FlatMachine(StartMode::protected32, model) {
    build_tables();
    use(kind);
    enter(code_base);
}

void UserMachine::build_tables() {
    const auto put = [&](std::uint32_t address, std::uint64_t value) { memory.write(address, value, 8); };
    put(gdt + kernel_cs, flat_descriptor(0x9b));
    put(gdt + kernel_ss, flat_descriptor(0x93));
    put(gdt + (user_cs & ~7U), flat_descriptor(0xfb));
    put(gdt + (user_ds & ~7U), flat_descriptor(0xf3));
    memory.write(tss + 4, kernel_stack, 4);
    memory.write(tss + 8, kernel_ss, 4);
    for (unsigned vector = 0; vector < 32; ++vector) {
        put(idt + vector * 8, user_gate(handlers + vector * 16));
        memory.write(handlers + vector * 16, 0xf4, 1);
    }
    state().gdtr = {gdt, 0x7f};
    state().idtr = {idt, 32 * 8 - 1};
    state().tr.base = tss;
    state().tr.limit = 0x67;
    state().tr.selector = tss_selector;
    state().tr.attributes = 0x8b;
}

void UserMachine::enter(std::uint32_t eip, std::uint32_t flags) {
    CpuState& s = state();
    for (SegmentRegister& segment : s.segments) segment = {};
    s.cs() = user_segment(user_cs, 0xfb);
    for (const SegmentName name : {seg_ss, seg_ds, seg_es}) s.segments[name] = user_segment(user_ds, 0xf3);
    s.cpl = 3;
    s.halted = false;
    s.rip = eip;
    processor.cpu().set_eflags(flags | flag::always_one, ~0U);
}

std::optional<UserMachine::End> UserMachine::run_to_exception(std::uint64_t limit) {
    if (run(limit) != ExitReason::halted) return {};
    CpuState& s = state();
    --s.instructions;
    End end{};
    end.vector = static_cast<Vector>((s.rip - handlers) / 16);
    std::uint32_t frame = s.reg32(esp);
    const auto pop = [&] { return static_cast<std::uint32_t>(memory.read((frame += 4) - 4, 4)); };
    if (has_error_code(end.vector)) end.error_code = pop();
    end.eip = pop();
    pop();  // CS
    end.eflags = pop();
    s.gpr[esp] = pop();
    return end;
}

void UserMachine::enable_paging() {
    memory.write(page_directory, page_table | writable, 4);
    for (std::uint32_t page = 0; page < 4 << 20; page += page_size) set_page(page, writable);
    state().cr3 = page_directory;
    state().cr0 |= cr0::pg | cr0::wp;
    apply_paging(processor.cpu());
    processor.cpu().refresh_mode();
}

void UserMachine::set_page(std::uint32_t linear, std::uint32_t rights) {
    memory.write(page_table + (linear >> page_shift) * 4, (linear & ~page_mask) | rights, 4);
}

void UserMachine::map_user(std::uint32_t linear, std::uint32_t bytes, std::uint32_t rights) {
    memory.write(page_directory + (linear >> 22) * 4, upper_page_table | writable, 4);
    for (std::uint32_t page = linear; page < linear + bytes; page += page_size)
        memory.write(upper_page_table + (page >> page_shift & 0x3ff) * 4, page | rights, 4);
}

void UserMachine::map_page(std::uint32_t linear, std::uint32_t physical) {
    memory.write(page_table + (linear >> page_shift) * 4, physical | writable, 4);
}

}  // namespace calque::test
