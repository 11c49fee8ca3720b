// The processor's registers by name, as text.
#include "frontend/exec/register_file.hpp"

#include "frontend/parse.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace calque {

namespace {

constexpr std::array<const char*, 8> general_names{"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
constexpr std::array<const char*, 6> segment_names{"es", "cs", "ss", "ds", "fs", "gs"};
constexpr std::size_t st_size = 10, mm_size = 8, xmm_size = 16;

std::string hex32(std::uint64_t value) { return fmt::format("{:#010x}", static_cast<std::uint32_t>(value)); }
std::string hex16(std::uint16_t value) { return fmt::format("{:#06x}", value); }

/// The most significant byte first.
std::string hex_bytes(std::span<const std::uint8_t> bytes) {
    std::string digits;
    for (std::size_t i = bytes.size(); i-- > 0;) digits += fmt::format("{:02x}", bytes[i]);
    return digits;
}

template <std::size_t N>
std::optional<std::size_t> index_in(const std::array<const char*, N>& names, const std::string& name) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
}

/// The number behind a prefix, 0 to 7: "st3".
std::optional<unsigned> numbered(const std::string& name, std::string_view prefix) {
    const bool matches = name.starts_with(prefix) && name.size() == prefix.size() + 1;
    if (!matches || name.back() < '0' || name.back() > '7') return std::nullopt;
    return static_cast<unsigned>(name.back() - '0');
}

void set_bytes(std::span<std::uint8_t> bytes, std::string_view digits) {
    if (digits.starts_with("0x")) digits.remove_prefix(2);
    if (digits.size() != 2 * bytes.size() ||
        digits.find_first_not_of("0123456789abcdefABCDEF") != digits.npos)
        throw UsageError(fmt::format("\"{}\" is not {} hexadecimal digits", digits, 2 * bytes.size()));
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[bytes.size() - 1 - i] = static_cast<std::uint8_t>(parse_address(digits.substr(2 * i, 2)));
}

/// MMn is Rn, which ST(n - TOP) is.
std::size_t st_of_mm(const FpuArea& fpu, unsigned number) { return (number - (fpu.fsw >> 11)) & 7U; }

bool set_vector_register(FpuArea& fpu, const std::string& name, const std::string& value) {
    if (const auto number = numbered(name, "st")) {
        set_bytes(std::span(fpu.st[*number].bytes).first(st_size), value);
        fpu.ftw |= static_cast<std::uint8_t>(1U << ((*number + (fpu.fsw >> 11)) & 7U));
    } else if (const auto mm = numbered(name, "mm")) {
        auto& bytes = fpu.st[st_of_mm(fpu, *mm)].bytes;
        set_bytes(std::span(bytes).first(mm_size), value);
        bytes[8] = bytes[9] = 0xFF;
        fpu.ftw = 0xFF;
    } else if (const auto xmm = numbered(name, "xmm")) {
        set_bytes(fpu.xmm[*xmm].bytes, value);
    } else {
        return false;
    }
    return true;
}

void set_segment(SegmentRegister& segment, std::uint16_t selector, bool real_mode) {
    segment.selector = selector;
    if (real_mode) segment.base = std::uint64_t{selector} << 4;
    segment.refresh();
}

bool set_system_register(Cpu& cpu, const std::string& name, std::uint32_t value) {
    CpuState& state = cpu.state;
    if (name == "eip")
        state.rip = value;
    else if (name == "eflags")
        cpu.set_eflags(value, ~0U);
    else if (name == "cr0")
        state.cr0 = value | cr0::et;
    else if (name == "cr2")
        state.cr2 = value;
    else if (name == "cr3")
        state.cr3 = value;
    else if (name == "cr4")
        state.cr4 = value;
    else if (name == "mxcsr")
        state.fpu.mxcsr = value;
    else if (name == "fcw")
        state.fpu.fcw = static_cast<std::uint16_t>(value);
    else if (const auto number = numbered(name, "dr"))
        state.dr[*number] = value;
    else
        return false;
    return true;
}

}  // namespace

void set_register(Cpu& cpu, const std::string& name, const std::string& value) {
    CpuState& state = cpu.state;
    if (set_vector_register(state.fpu, name, value)) return;
    const auto number = static_cast<std::uint32_t>(parse_number(value, 0xFFFF'FFFF));
    if (const auto general = index_in(general_names, name)) {
        state.gpr[*general] = number;
    } else if (const auto segment = index_in(segment_names, name)) {
        const auto selector = static_cast<std::uint16_t>(parse_number(value, 0xFFFF));
        set_segment(state.segments[*segment], selector, !(state.cr0 & cr0::pe));
    } else if (!set_system_register(cpu, name, number)) {
        throw UsageError(fmt::format("\"{}\" is not a register", name));
    }
}

nlohmann::ordered_json registers_of(const CpuState& state) {
    nlohmann::ordered_json registers;
    for (unsigned i = 0; i < general_names.size(); ++i) registers[general_names[i]] = hex32(state.gpr[i]);
    registers["eip"] = hex32(state.rip);
    registers["eflags"] = hex32(state.eflags());
    for (unsigned i = 0; i < segment_names.size(); ++i)
        registers[segment_names[i]] = hex16(state.segments[i].selector);
    registers["cr0"] = hex32(state.cr0);
    registers["cr2"] = hex32(state.cr2);
    registers["cr3"] = hex32(state.cr3);
    registers["cr4"] = hex32(state.cr4);
    for (const unsigned number : {0U, 1U, 2U, 3U, 6U, 7U})
        registers[fmt::format("dr{}", number)] = hex32(state.dr[number]);
    return registers;
}

void add_fpu_registers(nlohmann::ordered_json& report, const FpuArea& fpu) {
    auto st = nlohmann::ordered_json::array(), mm = st, xmm = st;
    for (unsigned i = 0; i < 8; ++i) {
        st.push_back(hex_bytes(std::span(fpu.st[i].bytes).first(st_size)));
        mm.push_back(hex_bytes(std::span(fpu.st[st_of_mm(fpu, i)].bytes).first(mm_size)));
        xmm.push_back(hex_bytes(std::span(fpu.xmm[i].bytes).first(xmm_size)));
    }
    report["x87"] = {{"st", st},
                     {"fcw", hex16(fpu.fcw)},
                     {"fsw", hex16(fpu.fsw)},
                     {"ftw", fmt::format("{:#04x}", fpu.ftw)}};
    report["mm"] = mm;
    report["xmm"] = xmm;
    report["mxcsr"] = hex32(fpu.mxcsr);
}

bool has_handler(const CpuState& state, Vector vector) {
    const unsigned entry = state.cr0 & cr0::pe ? 8 : 4;
    const std::uint64_t end = std::uint64_t{entry} * (static_cast<unsigned>(vector) + 1U);
    return std::uint64_t{state.idtr.limit} + 1 >= end;
}

}  // namespace calque
