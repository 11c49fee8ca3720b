// Lines as QEMU's log and Bochs' debugger have them, for the tools that people have.
#include "frontend/trace/printer.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string>

namespace calque::trace {
namespace {

using Out = std::back_insert_iterator<std::string>;

/// A descriptor's high word as QEMU keeps it.
std::uint64_t qemu_flags(const Registers& registers, unsigned name) {
    return segment_part(registers, name, part_attributes) << 8;
}

/// "[OSZAPC]" and CPL, as QEMU's cpu log.
std::string qemu_eflags(std::uint64_t eflags) {
    static constexpr std::pair<std::uint32_t, char> letters[]{
        {flag::df, 'D'}, {flag::of, 'O'}, {flag::sf, 'S'}, {flag::zf, 'Z'},
        {flag::af, 'A'}, {flag::pf, 'P'}, {flag::cf, 'C'}};
    std::string text;
    for (const auto& [bit, letter] : letters) text += eflags & bit ? letter : '-';
    return text;
}

void qemu_segment(Out out, const char* label, const Registers& r, unsigned name) {
    fmt::format_to(out, "{}={:04x} {:08x} {:08x} {:08x}\n", label, segment_part(r, name, part_selector),
                   segment_part(r, name, part_base), segment_part(r, name, part_limit), qemu_flags(r, name));
}

std::string qemu_registers(const Registers& r) {
    std::string text;
    const Out out(text);
    fmt::format_to(out, "EAX={:08x} EBX={:08x} ECX={:08x} EDX={:08x}\n", r[eax], r[ebx], r[ecx], r[edx]);
    fmt::format_to(out, "ESI={:08x} EDI={:08x} EBP={:08x} ESP={:08x}\n", r[esi], r[edi], r[ebp], r[esp]);
    fmt::format_to(out, "EIP={:08x} EFL={:08x} [{}] CPL={} II=0 A20=1 SMM=0 HLT=0\n", r[rip], r[rflags],
                   qemu_eflags(r[rflags]), r[cpl]);
    static constexpr const char* labels[]{"ES ", "CS ", "SS ", "DS ", "FS ", "GS ", "LDT", "TR "};
    for (unsigned i = 0; i < 8; ++i) qemu_segment(out, labels[i], r, i);
    fmt::format_to(out, "GDT=     {:08x} {:08x}\nIDT=     {:08x} {:08x}\n", r[table_first],
                   r[table_first + 1], r[table_first + 2], r[table_first + 3]);
    fmt::format_to(out, "CR0={:08x} CR2={:08x} CR3={:08x} CR4={:08x}\n", r[trace::cr0], r[trace::cr2],
                   r[trace::cr3], r[trace::cr4]);
    return text;
}

std::string bochs_size(const Access& access) {
    return access.size <= 8
               ? fmt::format("0x{:0{}X}", access.value[0], 2 * access.size)
               : fmt::format("0x{:0{}X}{:016X}", access.value[1], 2 * (access.size - 8), access.value[0]);
}

}  // namespace

/// QEMU writes the state in front of what is executed.
std::string Printer::as_qemu(const Record& record) {
    const Registers& r = record.before;
    if (record.kind == RecordKind::gap) return {};
    const std::uint64_t cs_base = segment_part(r, seg_cs, part_base), pc = linear_ip(r);
    if (record.kind == RecordKind::delivery) {
        const Delivery& delivery = record.delivery;
        if (delivery.interrupt) return fmt::format("Servicing hardware INT=0x{:02x}\n", delivery.vector);
        std::string text = fmt::format(
            "{:6}: v={:02x} e={:04x} i=0 cpl={} IP={:04x}:{:08x} pc={:08x} SP={:04x}:{:08x}", record.number,
            delivery.vector, delivery.error_code, r[cpl], segment_part(r, seg_cs, part_selector), r[rip], pc,
            segment_part(r, seg_ss, part_selector), r[esp]);
        text += delivery.vector == 14 ? fmt::format(" CR2={:08x}\n", fault_address(record))
                                      : fmt::format(" env->regs[R_EAX]={:08x}\n", r[eax]);
        return text + qemu_registers(r);
    }
    return fmt::format("Trace 0: 0x{:x} [{:08x}/{:08x}/00000000/00000000] {}\n", record.code.physical,
                       cs_base, pc, symbols_.text(pc)) +
           qemu_registers(r);
}

std::string Printer::as_bochs(const Record& record) {
    const Registers& r = record.before;
    std::string text;
    const Out out(text);
    if (record.kind == RecordKind::gap) return {};
    if (record.kind == RecordKind::delivery) {
        const Delivery& delivery = record.delivery;
        if (delivery.interrupt)
            fmt::format_to(out, "CPU 0: Interrupt 0x{:02x} occurred (error_code=0x{:04x})\n", delivery.vector,
                           delivery.error_code);
        else
            fmt::format_to(out, "CPU 0: Exception 0x{:02x} - ({}) occurred (error_code=0x{:04x})\n",
                           delivery.vector, exception_name(delivery.vector), delivery.error_code);
    } else {
        std::string bytes;
        for (unsigned i = 0; i < record.code.length; ++i)
            fmt::format_to(std::back_inserter(bytes), "{:02x}", record.code.bytes[i]);
        const std::string symbol = symbols_.text(record.code.linear);
        const int digits = record.code.code32 ? 8 : 4;
        fmt::format_to(out, "(0).[{}] [0x{:012x}] {:04x}:{:0{}x} ({}): {:<25} ; {}\n", record.number,
                       record.code.physical, segment_part(r, seg_cs, part_selector), r[rip], digits,
                       symbol.empty() ? "unk. ctxt" : symbol, instruction(record), bytes);
    }
    for (const Access& access : record.accesses) {
        if (access.port) continue;
        fmt::format_to(out, "[CPU0 {}]: LIN 0x{:016x} PHY 0x{:012x} (len={}): {}\n",
                       access.write ? "WR" : "RD", access.address, access.physical, access.size,
                       bochs_size(access));
    }
    return text;
}

}  // namespace calque::trace
