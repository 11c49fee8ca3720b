// Registers by number, and the target description made of them (GDB manual, "i386 Features").
//
// The description names no architecture: then `set architecture i8086` and back work in gdb 13, which they do
// not if it names i386.
#include "frontend/debugger/gdb_registers.hpp"

#include "cpu/control_registers.hpp"
#include "cpu/fpu_image.hpp"
#include "frontend/cpu_mode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace calque::gdb {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr const char *core = "org.gnu.gdb.i386.core", *sse = "org.gnu.gdb.i386.sse",
                     *system = "org.calque.i386.system";
/// gdb's order.
constexpr std::array<SegmentName, 6> segment_order{seg_cs, seg_ss, seg_ds, seg_es, seg_fs, seg_gs};
constexpr std::array<const char*, 6> segment_names{"cs", "ss", "ds", "es", "fs", "gs"};

Cpu& cpu_of(Board& board) { return board.processor().cpu(); }
CpuState& state_of(Board& board) { return cpu_of(board).state; }

std::string little_endian(std::uint64_t value, unsigned size) {
    std::string bytes;
    for (unsigned i = 0; i < size; ++i) bytes += static_cast<char>(value >> 8 * i);
    return bytes;
}
std::string word(std::uint64_t value) { return little_endian(value, 4); }

std::uint32_t number(Bytes bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = std::min<std::size_t>(bytes.size(), 4); i-- > 0;) value = value << 8 | bytes[i];
    return value;
}

std::string text_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

// --- The core

std::string read_general(Board& board, unsigned index) { return word(state_of(board).gpr[index]); }
bool write_general(Board& board, unsigned index, Bytes bytes) {
    state_of(board).gpr[index] = number(bytes);
    return true;
}

std::string read_pc(Board& board, unsigned) { return word(state_of(board).linear_ip()); }
/// Who jumps elsewhere neither waits in HLT nor goes on with a string instruction.
void jump(CpuState& state, std::uint32_t rip) {
    if (state.rip == rip) return;
    state.rip = rip;
    state.halted = state.repeating = false;
}
bool write_pc(Board& board, unsigned, Bytes bytes) {
    CpuState& state = state_of(board);
    jump(state, static_cast<std::uint32_t>(number(bytes) - state.cs().base));
    return true;
}
std::string read_ip(Board& board, unsigned) { return word(state_of(board).rip); }
bool write_ip(Board& board, unsigned, Bytes bytes) {
    jump(state_of(board), number(bytes));
    return true;
}

std::string read_eflags(Board& board, unsigned) { return word(state_of(board).eflags()); }
bool write_eflags(Board& board, unsigned, Bytes bytes) {
    constexpr std::uint32_t writable = flag::status | flag::tf | flag::interrupt | flag::df | flag::nt |
                                       flag::rf | flag::ac | flag::id | flag::iopl;
    cpu_of(board).set_eflags(number(bytes), writable);
    return true;
}

std::string read_selector(Board& board, unsigned index) {
    return word(state_of(board).segments[segment_order[index]].selector);
}
/// In protected mode a selector alone says too little.
bool write_selector(Board& board, unsigned index, Bytes bytes) {
    Cpu& cpu = cpu_of(board);
    SegmentRegister& segment = cpu.state.segments[segment_order[index]];
    const auto selector = static_cast<std::uint16_t>(number(bytes));
    if (selector == segment.selector) return true;
    if (cpu.protected_mode()) return false;
    segment.selector = selector;
    segment.base = std::uint64_t{selector} << 4;
    segment.refresh();
    cpu.refresh_mode();
    return true;
}

// --- x87 and SSE

std::string read_st(Board& board, unsigned index) {
    constexpr std::size_t size = 10;
    return text_of(std::span(state_of(board).fpu.st[index].bytes).first(size));
}
bool write_st(Board& board, unsigned index, Bytes bytes) {
    std::ranges::copy(bytes, state_of(board).fpu.st[index].bytes.begin());
    return true;
}

enum FpuControlRegister : unsigned { fctrl, fstat, ftag, fiseg, fioff, foseg, fooff, fop };
constexpr std::array<const char*, 8> fpu_names{"fctrl", "fstat", "ftag",  "fiseg",
                                               "fioff", "foseg", "fooff", "fop"};

std::string read_fpu(Board& board, unsigned index) {
    const FpuArea& fpu = state_of(board).fpu;
    switch (index) {
        case fctrl: return word(fpu.fcw);
        case fstat: return word(fpu.fsw);
        case ftag: return word(full_tag_word(fpu));
        case fiseg: return word(fpu.fip >> 32 & 0xFFFF);
        case fioff: return word(fpu.fip);
        case foseg: return word(fpu.fdp >> 32 & 0xFFFF);
        case fooff: return word(fpu.fdp);
        default: return word(fpu.fop);
    }
}
bool write_fpu(Board& board, unsigned index, Bytes bytes) {
    FpuArea& fpu = state_of(board).fpu;
    const std::uint32_t value = number(bytes);
    const auto low = static_cast<std::uint16_t>(value);
    const auto with_segment = [&](std::uint64_t pointer) {
        return (pointer & 0xFFFF'FFFF) | std::uint64_t{low} << 32;
    };
    switch (index) {
        case fctrl: fpu.fcw = low; break;
        case fstat: fpu.fsw = low; break;
        case ftag: set_full_tag_word(fpu, low); break;
        case fiseg: fpu.fip = with_segment(fpu.fip); break;
        case fioff: fpu.fip = (fpu.fip & ~0xFFFF'FFFFULL) | value; break;
        case foseg: fpu.fdp = with_segment(fpu.fdp); break;
        case fooff: fpu.fdp = (fpu.fdp & ~0xFFFF'FFFFULL) | value; break;
        default: fpu.fop = low & 0x7FF; break;
    }
    cpu_of(board).refresh_mode();
    return true;
}

std::string read_xmm(Board& board, unsigned index) { return text_of(state_of(board).fpu.xmm[index].bytes); }
bool write_xmm(Board& board, unsigned index, Bytes bytes) {
    std::ranges::copy(bytes, state_of(board).fpu.xmm[index].bytes.begin());
    return true;
}
std::string read_mxcsr(Board& board, unsigned) { return word(state_of(board).fpu.mxcsr); }
bool write_mxcsr(Board& board, unsigned, Bytes bytes) {
    FpuArea& fpu = state_of(board).fpu;
    if (number(bytes) & ~fpu.mxcsr_mask) return false;
    fpu.mxcsr = number(bytes);
    return true;
}

// --- The system's registers

std::string read_base(Board& board, unsigned index) {
    return word(state_of(board).segments[segment_order[index]].base);
}
std::string read_limit(Board& board, unsigned index) {
    return word(state_of(board).segments[segment_order[index]].limit);
}
std::string read_attributes(Board& board, unsigned index) {
    return word(state_of(board).segments[segment_order[index]].attributes);
}

enum TableField : unsigned { gdt_base, gdt_limit, idt_base, idt_limit, ldt, ldt_base, task, task_base };
std::string read_table(Board& board, unsigned index) {
    const CpuState& state = state_of(board);
    switch (index) {
        case gdt_base: return word(state.gdtr.base);
        case gdt_limit: return word(state.gdtr.limit);
        case idt_base: return word(state.idtr.base);
        case idt_limit: return word(state.idtr.limit);
        case ldt: return word(state.ldtr.selector);
        case ldt_base: return word(state.ldtr.base);
        case task: return word(state.tr.selector);
        default: return word(state.tr.base);
    }
}

std::string read_cr(Board& board, unsigned index) {
    const CpuState& state = state_of(board);
    switch (index) {
        case 0: return word(state.cr0);
        case 2: return word(state.cr2);
        case 3: return word(state.cr3);
        default: return word(state.cr4);
    }
}
/// As MOV to CRn does; what it refuses is refused.
bool write_cr(Board& board, unsigned index, Bytes bytes) {
    Cpu& cpu = cpu_of(board);
    const std::uint32_t value = number(bytes);
    try {
        switch (index) {
            case 0: write_cr0(cpu, value); break;
            case 2: cpu.state.cr2 = value; break;
            case 3: write_cr3(cpu, value); break;
            default: write_cr4(cpu, value); break;
        }
    } catch (const GuestFault&) {
        cpu.exception_pending = false;
        return false;
    }
    return true;
}

std::string read_dr(Board& board, unsigned index) { return word(state_of(board).dr[index]); }
bool write_dr(Board& board, unsigned index, Bytes bytes) {
    state_of(board).dr[index] = number(bytes);
    cpu_of(board).refresh_mode();
    return true;
}

std::string read_efer(Board& board, unsigned) { return word(state_of(board).efer); }
std::string read_cpl(Board& board, unsigned) { return word(state_of(board).cpl); }
std::string read_mode(Board& board, unsigned) {
    return word(static_cast<unsigned>(cpu_mode(cpu_of(board).mode)));
}

// --- The table

std::vector<Register> make_core() {
    constexpr std::array<const char*, 8> general{"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
    std::vector<Register> all;
    for (unsigned i = 0; i < general.size(); ++i) {
        const bool pointer = i == esp || i == ebp;
        all.push_back({general[i], 32, pointer ? "data_ptr" : "int32", core, read_general, write_general, i});
    }
    all.push_back({"eip", 32, "code_ptr", core, read_pc, write_pc});
    all.push_back({"eflags", 32, "i386_eflags", core, read_eflags, write_eflags});
    for (unsigned i = 0; i < segment_names.size(); ++i)
        all.push_back({segment_names[i], 32, "int32", core, read_selector, write_selector, i});
    for (unsigned i = 0; i < 8; ++i)
        all.push_back({fmt::format("st{}", i), 80, "i387_ext", core, read_st, write_st, i});
    for (unsigned i = 0; i < fpu_names.size(); ++i)
        all.push_back({fpu_names[i], 32, "int", core, read_fpu, write_fpu, i});
    return all;
}

void add_sse(std::vector<Register>& all) {
    for (unsigned i = 0; i < 8; ++i)
        all.push_back({fmt::format("xmm{}", i), 128, "vec128", sse, read_xmm, write_xmm, i});
    all.push_back({"mxcsr", 32, "i386_mxcsr", sse, read_mxcsr, write_mxcsr});
}

void add_system(std::vector<Register>& all) {
    const auto add = [&](std::string name, const char* type, auto read, unsigned index, auto write) {
        all.push_back({std::move(name), 32, type, system, read, write, index});
    };
    add("mode", "calque_mode", read_mode, 0, nullptr);
    add("ip", "uint32", read_ip, 0, write_ip);
    add("cpl", "uint32", read_cpl, 0, nullptr);
    for (unsigned i = 0; i < segment_names.size(); ++i) {
        add(fmt::format("{}_base", segment_names[i]), "data_ptr", read_base, i, nullptr);
        add(fmt::format("{}_limit", segment_names[i]), "uint32", read_limit, i, nullptr);
        add(fmt::format("{}_attributes", segment_names[i]), "uint32", read_attributes, i, nullptr);
    }
    constexpr std::array<const char*, 8> tables{"gdtr_base", "gdtr_limit", "idtr_base", "idtr_limit",
                                                "ldtr",      "ldtr_base",  "tr",        "tr_base"};
    for (unsigned i = 0; i < tables.size(); ++i) add(tables[i], "uint32", read_table, i, nullptr);
    for (const unsigned i : {0U, 2U, 3U, 4U}) {
        const char* type = i == 0 ? "calque_cr0" : i == 4 ? "calque_cr4" : "uint32";
        add(fmt::format("cr{}", i), type, read_cr, i, write_cr);
    }
    for (const unsigned i : {0U, 1U, 2U, 3U, 6U, 7U})
        add(fmt::format("dr{}", i), "uint32", read_dr, i, write_dr);
    add("efer", "uint32", read_efer, 0, nullptr);
}

// --- Types

struct Bit {
    const char* name;
    unsigned number;
};

std::string flags_type(const char* name, std::span<const Bit> bits) {
    std::string xml = fmt::format("<flags id=\"{}\" size=\"4\">", name);
    for (const Bit& bit : bits)
        xml += fmt::format("<field name=\"{}\" start=\"{}\" end=\"{}\"/>", bit.name, bit.number, bit.number);
    return xml + "</flags>\n";
}

std::string core_types() {
    constexpr std::array eflags{Bit{"CF", 0},   Bit{"", 1},    Bit{"PF", 2},  Bit{"AF", 4},  Bit{"ZF", 6},
                                Bit{"SF", 7},   Bit{"TF", 8},  Bit{"IF", 9},  Bit{"DF", 10}, Bit{"OF", 11},
                                Bit{"NT", 14},  Bit{"RF", 16}, Bit{"VM", 17}, Bit{"AC", 18}, Bit{"VIF", 19},
                                Bit{"VIP", 20}, Bit{"ID", 21}};
    return flags_type("i386_eflags", eflags);
}

std::string sse_types() {
    constexpr std::array mxcsr{Bit{"IE", 0},  Bit{"DE", 1},  Bit{"ZE", 2},  Bit{"OE", 3}, Bit{"UE", 4},
                               Bit{"PE", 5},  Bit{"DAZ", 6}, Bit{"IM", 7},  Bit{"DM", 8}, Bit{"ZM", 9},
                               Bit{"OM", 10}, Bit{"UM", 11}, Bit{"PM", 12}, Bit{"FZ", 15}};
    constexpr std::array<std::array<const char*, 4>, 6> views{{{"v4f", "ieee_single", "4", "v4_float"},
                                                               {"v2d", "ieee_double", "2", "v2_double"},
                                                               {"v16i8", "int8", "16", "v16_int8"},
                                                               {"v8i16", "int16", "8", "v8_int16"},
                                                               {"v4i32", "int32", "4", "v4_int32"},
                                                               {"v2i64", "int64", "2", "v2_int64"}}};
    std::string xml;
    for (const auto& [id, element, count, field] : views)
        xml += fmt::format("<vector id=\"{}\" type=\"{}\" count=\"{}\"/>", id, element, count);
    xml += "<union id=\"vec128\">";
    for (const auto& [id, element, count, field] : views)
        xml += fmt::format("<field name=\"{}\" type=\"{}\"/>", field, id);
    return xml + "<field name=\"uint128\" type=\"uint128\"/></union>\n" + flags_type("i386_mxcsr", mxcsr);
}

std::string system_types() {
    constexpr std::array cr0{Bit{"PE", 0},  Bit{"MP", 1},  Bit{"EM", 2},  Bit{"TS", 3},
                             Bit{"ET", 4},  Bit{"NE", 5},  Bit{"WP", 16}, Bit{"AM", 18},
                             Bit{"NW", 29}, Bit{"CD", 30}, Bit{"PG", 31}};
    constexpr std::array cr4{Bit{"VME", 0}, Bit{"PVI", 1},    Bit{"TSD", 2},         Bit{"DE", 3},
                             Bit{"PSE", 4}, Bit{"PAE", 5},    Bit{"MCE", 6},         Bit{"PGE", 7},
                             Bit{"PCE", 8}, Bit{"OSFXSR", 9}, Bit{"OSXMMEXCPT", 10}, Bit{"UMIP", 11}};
    std::string xml = "<enum id=\"calque_mode\" size=\"4\">";
    for (const CpuMode mode : all_cpu_modes)
        xml += fmt::format("<evalue name=\"{}\" value=\"{}\"/>", name_of(mode), static_cast<unsigned>(mode));
    return xml + "</enum>\n" + flags_type("calque_cr0", cr0) + flags_type("calque_cr4", cr4);
}

std::string make_description() {
    std::string xml =
        "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version=\"1.0\">\n";
    const auto add_feature = [&](const char* feature, const std::string& types) {
        xml += fmt::format("<feature name=\"{}\">\n{}", feature, types);
        for (const Register& reg : registers())
            if (reg.feature == feature)
                xml += fmt::format("<reg name=\"{}\" bitsize=\"{}\" type=\"{}\"/>\n", reg.name, reg.bits,
                                   reg.type);
        xml += "</feature>\n";
    };
    add_feature(core, core_types());
    add_feature(sse, sse_types());
    add_feature(system, system_types());
    return xml + "</target>\n";
}

}  // namespace

const std::vector<Register>& registers() {
    static const std::vector<Register> all = [] {
        std::vector<Register> made = make_core();
        add_sse(made);
        add_system(made);
        return made;
    }();
    return all;
}

const std::string& target_description() {
    static const std::string xml = make_description();
    return xml;
}

}  // namespace calque::gdb
