// Registers and descriptor tables as text.
#include "cpu/descriptor.hpp"
#include "frontend/cpu_mode.hpp"
#include "frontend/monitor/info.hpp"
#include "machine/debug_memory.hpp"

#include <fmt/format.h>

#include <array>

namespace calque {
namespace {

constexpr std::array<const char*, 8> general{"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};
constexpr std::array<const char*, 6> segments{"ES", "CS", "SS", "DS", "FS", "GS"};

std::string flags_text(std::uint32_t eflags) {
    constexpr std::array<std::pair<const char*, unsigned>, 16> names{{{"ID", 21},
                                                                      {"VIP", 20},
                                                                      {"VIF", 19},
                                                                      {"AC", 18},
                                                                      {"VM", 17},
                                                                      {"RF", 16},
                                                                      {"NT", 14},
                                                                      {"OF", 11},
                                                                      {"DF", 10},
                                                                      {"IF", 9},
                                                                      {"TF", 8},
                                                                      {"SF", 7},
                                                                      {"ZF", 6},
                                                                      {"AF", 4},
                                                                      {"PF", 2},
                                                                      {"CF", 0}}};
    std::string text;
    for (const auto& [name, bit] : names)
        if (eflags >> bit & 1) text += fmt::format(" {}", name);
    return text;
}

std::string segment_line(const char* name, const SegmentRegister& segment) {
    return fmt::format("{:<4} {:04x} base {:08x} limit {:08x} attributes {:04x}\n", name, segment.selector,
                       segment.base, segment.limit, segment.attributes);
}

std::string bytes_text(std::span<const std::uint8_t> bytes) {
    std::string text;
    for (std::size_t i = bytes.size(); i-- > 0;) text += fmt::format("{:02x}", bytes[i]);
    return text;
}

/// A system descriptor's type (SDM vol. 3A, "System Descriptor Types").
const char* system_type_name(unsigned type) {
    constexpr std::array<const char*, 16> names{"reserved",
                                                "16-bit TSS",
                                                "LDT",
                                                "16-bit TSS (busy)",
                                                "16-bit call gate",
                                                "task gate",
                                                "16-bit interrupt gate",
                                                "16-bit trap gate",
                                                "reserved",
                                                "32-bit TSS",
                                                "reserved",
                                                "32-bit TSS (busy)",
                                                "32-bit call gate",
                                                "reserved",
                                                "32-bit interrupt gate",
                                                "32-bit trap gate"};
    return names[type & 15];
}

bool is_gate(unsigned type) { return (type & 4) != 0; }

std::string descriptor_text(std::uint32_t low, std::uint32_t high) {
    const unsigned access = high >> 8 & 0xFF, type = access & 15, dpl = access >> 5 & 3;
    const bool present = access & 0x80, is_segment = access & 0x10;
    std::string text = present ? "" : "not present, ";
    if (!is_segment && is_gate(type))
        return text + fmt::format("{}, {:04x}:{:08x}, DPL {}", system_type_name(type), low >> 16,
                                  (high & 0xFFFF'0000) | (low & 0xFFFF), dpl);
    const std::uint32_t base = low >> 16 | (high & 0xFF) << 16 | (high & 0xFF00'0000);
    const std::uint32_t raw = (low & 0xFFFF) | (high & 0xF'0000);
    const std::uint32_t limit = high & 1U << 23 ? raw << 12 | 0xFFF : raw;
    text += fmt::format("base {:08x}, limit {:08x}, DPL {}, ", base, limit, dpl);
    if (!is_segment) return text + system_type_name(type);
    const char* size = high & 1U << 22 ? "32" : "16";
    if (type & 8)
        return text +
               fmt::format("code {}{}{}", size, type & 4 ? ", conforming" : "", type & 2 ? ", readable" : "");
    return text +
           fmt::format("data {}{}{}", size, type & 4 ? ", expand-down" : "", type & 2 ? ", writable" : "");
}

/// One of a table's entries; false if it cannot be read.
bool read_entry(Board& board, std::uint64_t address, std::uint32_t& low, std::uint32_t& high) {
    std::array<std::uint8_t, 8> bytes;
    if (!peek_linear(board, address, bytes)) return false;
    low = high = 0;
    for (unsigned i = 4; i-- > 0;) {
        low = low << 8 | bytes[i];
        high = high << 8 | bytes[i + 4U];
    }
    return true;
}

}  // namespace

std::string registers_text(const Cpu& cpu) {
    const CpuState& state = cpu.state;
    std::string text;
    for (unsigned i = 0; i < general.size(); ++i)
        text += fmt::format("{} {:08x}{}", general[i], state.reg32(i), i % 4 == 3 ? "\n" : "  ");
    text += fmt::format("EIP {:08x}  EFL {:08x}{}\n", static_cast<std::uint32_t>(state.rip), state.eflags(),
                        flags_text(state.eflags()));
    text +=
        fmt::format("{}, CPL {}{}\n", name_of(cpu_mode(cpu.mode)), state.cpl, state.halted ? ", HLT" : "");
    for (unsigned i = 0; i < segments.size(); ++i) text += segment_line(segments[i], state.segments[i]);
    text += segment_line("LDTR", state.ldtr) + segment_line("TR", state.tr);
    text += fmt::format("GDTR base {:08x} limit {:04x}   IDTR base {:08x} limit {:04x}\n", state.gdtr.base,
                        state.gdtr.limit, state.idtr.base, state.idtr.limit);
    text += fmt::format("CR0 {:08x}  CR2 {:08x}  CR3 {:08x}  CR4 {:08x}  EFER {:x}\n", state.cr0, state.cr2,
                        state.cr3, state.cr4, state.efer);
    for (const unsigned i : {0U, 1U, 2U, 3U, 6U, 7U})
        text += fmt::format("DR{} {:08x}{}", i, state.dr[i], i == 7 ? "\n" : "  ");
    return text;
}

std::string fpu_text(const FpuArea& fpu) {
    std::string text = fmt::format("FCW {:04x}  FSW {:04x}  FTW {:02x}  FOP {:03x}  MXCSR {:08x}\n", fpu.fcw,
                                   fpu.fsw, fpu.ftw, fpu.fop, fpu.mxcsr);
    constexpr std::size_t st_size = 10;
    for (unsigned i = 0; i < 8; ++i)
        text += fmt::format("ST{} {}\n", i, bytes_text(std::span(fpu.st[i].bytes).first(st_size)));
    for (unsigned i = 0; i < 8; ++i) text += fmt::format("XMM{} {}\n", i, bytes_text(fpu.xmm[i].bytes));
    return text;
}

std::string descriptors_text(Board& board, std::uint64_t base, std::uint32_t limit, unsigned flags) {
    std::string text;
    for (std::uint32_t offset = 0; offset + 7 <= limit && offset < 0x1'0000; offset += 8) {
        std::uint32_t low = 0, high = 0;
        if (!read_entry(board, base + offset, low, high))
            return text + fmt::format("{:04x} cannot be read\n", offset | flags);
        if (low || high) text += fmt::format("{:04x} {}\n", offset | flags, descriptor_text(low, high));
    }
    return text.empty() ? "empty\n" : text;
}

std::string interrupts_text(Board& board) {
    const CpuState& state = board.processor().cpu().state;
    const bool gates = state.cr0 & cr0::pe;
    const unsigned size = gates ? 8 : 4;
    std::string text;
    for (unsigned vector = 0; vector < 256 && (vector + 1) * size <= state.idtr.limit + 1; ++vector) {
        std::uint32_t low = 0, high = 0;
        if (!read_entry(board, state.idtr.base + std::uint64_t{vector} * size, low, high))
            return text + fmt::format("{:02x} cannot be read\n", vector);
        if (!gates)
            text += fmt::format("{:02x} {:04x}:{:04x}\n", vector, low >> 16, low & 0xFFFF);
        else if (low || high)
            text += fmt::format("{:02x} {}\n", vector, descriptor_text(low, high));
    }
    return text.empty() ? "empty\n" : text;
}

/// SDM vol. 3A, "32-Bit Task-State Segment" and "16-Bit Task-State Segment".
std::string task_text(Board& board) {
    constexpr std::array<const char*, 26> wide{
        "back", "esp0", "ss0", "esp1", "ss1", "esp2", "ss2", "cr3", "eip", "eflags", "eax", "ecx", "edx",
        "ebx",  "esp",  "ebp", "esi",  "edi", "es",   "cs",  "ss",  "ds",  "fs",     "gs",  "ldt", "iomap"};
    constexpr std::array<const char*, 22> narrow{"back",  "sp0", "ss0", "sp1", "ss1", "sp2", "ss2", "ip",
                                                 "flags", "ax",  "cx",  "dx",  "bx",  "sp",  "bp",  "si",
                                                 "di",    "es",  "cs",  "ss",  "ds",  "ldt"};
    const SegmentRegister& tr = board.processor().cpu().state.tr;
    const bool is_wide = tr.attributes & 8;
    const unsigned width = is_wide ? 4 : 2;
    const std::span<const char* const> names =
        is_wide ? std::span<const char* const>(wide) : std::span<const char* const>(narrow);
    std::string text = segment_line("TR", tr);
    for (unsigned i = 0; i < names.size(); ++i) {
        std::array<std::uint8_t, 4> bytes{};
        if (!peek_linear(board, tr.base + std::uint64_t{i} * width, std::span(bytes).first(width)))
            return text + "cannot be read\n";
        text += fmt::format("{:<6} {}\n", names[i], bytes_text(std::span(bytes).first(width)));
    }
    return text;
}

}  // namespace calque
