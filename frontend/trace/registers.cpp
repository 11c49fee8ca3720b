// CpuState as an array, and the names.
#include "frontend/trace/registers.hpp"

#include <fmt/format.h>

#include <cstring>
#include <string>
#include <vector>

namespace calque::trace {
namespace {

void put(Registers& all, unsigned& at, const SegmentRegister& segment) {
    all[at + part_base] = segment.base;
    all[at + part_limit] = segment.limit;
    all[at + part_selector] = segment.selector;
    all[at + part_attributes] = segment.attributes;
    at += 4;
}

void put_msrs(Registers& all, const CpuState& state) {
    unsigned at = msr_first;
    for (const std::uint64_t value :
         {state.efer, state.sysenter_cs, state.sysenter_esp, state.sysenter_eip, state.tsc_offset,
          state.apic_base, state.pat, state.misc_enable, state.mtrr_default})
        all[at++] = value;
    for (const std::uint64_t value : state.mtrr_variable) all[at++] = value;
    for (const std::uint64_t value : state.mtrr_fixed) all[at++] = value;
    static_assert(9 + 16 + 11 == msr_count);
}

constexpr const char* segment_names[]{"es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr"};

std::vector<std::string> fpu_names() {
    std::vector<std::string> names{"fpu.control", "fip", "fdp", "mxcsr"};
    for (unsigned i = 0; i < 8; ++i) {
        names.push_back(fmt::format("st{}.low", i));
        names.push_back(fmt::format("st{}.high", i));
    }
    for (unsigned i = 0; i < 16; ++i) {
        names.push_back(fmt::format("xmm{}.low", i));
        names.push_back(fmt::format("xmm{}.high", i));
    }
    return names;
}

std::vector<std::string> all_names() {
    std::vector<std::string> names{"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
    for (unsigned i = 8; i < 16; ++i) names.push_back(fmt::format("r{}", i));
    for (const char* name : {"eip", "eflags"}) names.emplace_back(name);
    for (const char* segment : segment_names)
        for (const char* part : {".base", ".limit", "", ".attributes"})
            names.push_back(std::string(segment) + part);
    for (const char* name :
         {"gdtr.base", "gdtr.limit", "idtr.base", "idtr.limit", "cr0", "cr2", "cr3", "cr4", "xcr0"})
        names.emplace_back(name);
    for (unsigned i = 0; i < 8; ++i) names.push_back(fmt::format("dr{}", i));
    for (const char* name : {"cpl", "efer", "sysenter_cs", "sysenter_esp", "sysenter_eip", "tsc_offset",
                             "apic_base", "pat", "misc_enable", "mtrr_default"})
        names.emplace_back(name);
    for (unsigned i = 0; i < 16; ++i) names.push_back(fmt::format("mtrr_variable{}", i));
    for (unsigned i = 0; i < 11; ++i) names.push_back(fmt::format("mtrr_fixed{}", i));
    for (std::string& name : fpu_names()) names.push_back(std::move(name));
    return names;
}

}  // namespace

Registers registers_of(const CpuState& state) {
    Registers all{};
    for (unsigned i = 0; i < 16; ++i) all[i] = state.gpr[i];
    all[rip] = state.rip;
    all[rflags] = state.eflags();
    unsigned at = segment_first;
    for (const SegmentRegister& segment : state.segments) put(all, at, segment);
    put(all, at, state.ldtr);
    put(all, at, state.tr);
    for (const TableRegister* table : {&state.gdtr, &state.idtr}) {
        all[at++] = table->base;
        all[at++] = table->limit;
    }
    for (const std::uint64_t value : {state.cr0, state.cr2, state.cr3, state.cr4, state.xcr0})
        all[at++] = value;
    for (const std::uint64_t value : state.dr) all[at++] = value;
    all[cpl] = state.cpl;
    put_msrs(all, state);
    static_assert(offsetof(FpuArea, rest) == fpu_words * 8);
    std::memcpy(&all[fpu_first], &state.fpu, fpu_words * 8);
    return all;
}

std::string_view register_name(unsigned number) {
    static const std::vector<std::string> names = all_names();
    return number < names.size() ? std::string_view(names[number]) : "?";
}

std::string register_text(unsigned number, std::uint64_t value) {
    const bool selector = number >= segment_first && number < table_first &&
                          (number - segment_first) % 4 == unsigned{part_selector};
    const int digits = number >= fpu_first ? 16 : selector ? 4 : 8;
    return fmt::format("{:0{}x}", value, digits);
}

}  // namespace calque::trace
