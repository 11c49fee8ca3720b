// Every combination of page-table bits, control bits, privilege and access, by instructions under every
// engine: the exception, its error code, CR2 and the accessed and dirty flags. What is right comes from
// tests/mmu/reference_walk.
#include "cpu/control_registers.hpp"
#include "tests/cpu/system_table.hpp"
#include "tests/mmu/reference_walk.hpp"

#include <array>
#include <vector>

namespace calque::test {
namespace {

using M = SystemMachine;

constexpr std::uint32_t directory = 0x10'0000, table = 0x10'1000, tested_table = 0x10'2000;
constexpr std::uint32_t linear = 0x42'0000, frame = 0x2'0000;
constexpr std::uint64_t ordinary = 7, no_execute = 1ULL << 63;

enum class How { read, write, update, fetch, push };
constexpr std::array accesses{How::read, How::write, How::update, How::fetch, How::push};

struct Controls {
    bool pae, pse, write_protect, no_execute;
};

struct Case {
    Controls controls;
    std::uint64_t directory_entry, table_entry;
    unsigned cpl;
    How how;
};

constexpr unsigned entry_size(bool pae) { return pae ? 8 : 4; }
/// Where the entries of `linear` are.
constexpr std::uint32_t directory_at(bool pae) {
    return directory + (linear >> (pae ? 21 : 22)) * entry_size(pae);
}
constexpr std::uint32_t table_at(bool pae) {
    return tested_table + (linear >> 12 & (pae ? 0x1ffU : 0x3ffU)) * entry_size(pae);
}

void put_entry(M& machine, std::uint32_t at, std::uint64_t value, bool pae) {
    machine.memory.write(at, value, entry_size(pae));
}

/// The first 2 MiB are mapped to themselves for everybody.
void map_memory(M& machine, bool pae) {
    put_entry(machine, directory, table | ordinary, pae);
    const std::uint32_t pages = 0x20'0000 >> 12;
    for (std::uint32_t page = 0; page < pages; ++page)
        put_entry(machine, table + page * entry_size(pae), page << 12 | ordinary, pae);
    machine.put16(frame, M::jump_to_itself);
}

PagingControls controls_of(const Controls& c) {
    return {.cr3 = directory,
            .paging = true,
            .write_protect = c.write_protect,
            .page_size_extensions = c.pse,
            .physical_address_extension = c.pae,
            .no_execute = c.no_execute,
            .pdptes = {c.pae ? directory | 1U : 0U}};
}

void start(M& machine, const Case& c) {
    put_entry(machine, directory_at(c.controls.pae), c.directory_entry, c.controls.pae);
    put_entry(machine, table_at(c.controls.pae), c.table_entry, c.controls.pae);
    machine.protected_mode(c.cpl);
    CpuState& state = machine.state;
    state.cr3 = directory;
    state.cr0 |= cr0::pg | (c.controls.write_protect ? cr0::wp : 0);
    state.cr4 = (c.controls.pae ? cr4::pae : 0) | (c.controls.pse ? cr4::pse : 0);
    state.efer = c.controls.no_execute ? 1U << 11 : 0;
    state.pdptes = controls_of(c.controls).pdptes;
    apply_paging(machine.cpu);
    machine.cpu.refresh_mode();
}

std::vector<std::uint8_t> instruction(M& machine, How how) {
    constexpr std::uint8_t high = linear >> 16;
    if (how == How::push) {
        machine.state.gpr[esp] = linear + 4;
        return {0x50};
    }
    switch (how) {
        case How::read: return {0x8b, 0x0d, 0, 0, high, 0};  // mov ecx, [linear]
        case How::write:
            return {0xc7, 0x05, 0, 0, high, 0, 0xeb, 0xfe, 0xeb, 0xfe};  // mov dword [linear], ...
        case How::update: return {0x80, 0x0d, 0, 0, high, 0, 0xeb};      // or byte [linear], eb
        default: machine.state.gpr[eax] = linear; return {0xff, 0xe0};   // jmp eax
    }
}

AccessKind kind_of(How how) {
    if (how == How::fetch) return AccessKind::fetch;
    return how == How::read ? AccessKind::read : AccessKind::write;
}

Expected expected_of(M& machine, const Case& c) {
    const std::span<const std::uint8_t> ram(machine.memory.readable_page(0), 2 << 20);
    const View view = c.cpl == 3 ? user_view : supervisor_view;
    return ReferenceWalk(ram, controls_of(c.controls)).access(linear, view, kind_of(c.how));
}

/// What the entry at `at` must be now.
bool entry_is_right(M& machine, const Expected& expected, std::uint32_t at, std::uint64_t before, bool pae) {
    const auto found = expected.entries.find(at);
    return machine.memory.read(at, entry_size(pae)) ==
           (found == expected.entries.end() ? before : found->second);
}

bool agrees(M& machine, const Case& c) {
    start(machine, c);
    const Expected expected = expected_of(machine, c);
    const Outcome got = machine.settle(instruction(machine, c.how));
    const bool pae = c.controls.pae;
    if (!entry_is_right(machine, expected, directory_at(pae), c.directory_entry, pae)) return false;
    if (!entry_is_right(machine, expected, table_at(pae), c.table_entry, pae)) return false;
    if (!expected.error_code) return got == Outcome{} && (c.how != How::fetch || machine.state.rip == linear);
    return got == Outcome{14, *expected.error_code} && machine.state.cr2 == linear;
}

void check(M& machine, const Case& c) {
    const bool good = agrees(machine, c);
    if (good) return;
    CAPTURE(c.controls.pae);
    CAPTURE(c.controls.pse);
    CAPTURE(c.controls.write_protect);
    CAPTURE(c.controls.no_execute);
    CAPTURE(c.directory_entry);
    CAPTURE(c.table_entry);
    CAPTURE(c.cpl);
    CAPTURE(int(c.how));
    CAPTURE(machine.state.cr2);
    CAPTURE(machine.state.rip);
    REQUIRE(good);
}

/// Every privilege, WP and access; a push that faults in ring 0 would have no stack to report it on.
unsigned check_accesses(M& machine, Case c) {
    unsigned cases = 0;
    for (const bool write_protect : {false, true})
        for (const unsigned cpl : {0U, 1U, 2U, 3U})
            for (const How how : accesses) {
                if (how == How::push && cpl != 3) continue;
                c.controls.write_protect = write_protect;
                c.cpl = cpl;
                c.how = how;
                check(machine, c);
                ++cases;
            }
    return cases;
}
constexpr unsigned cases_an_entry = 2 * (4 * 4 + 1);

/// P, R/W and U/S in each combination, with each of `more` or without.
std::vector<std::uint64_t> entries(std::uint64_t base, std::initializer_list<std::uint64_t> more) {
    std::vector<std::uint64_t> all;
    for (std::uint64_t rights = 0; rights < 8; ++rights) {
        all.push_back(base | rights);
        for (const std::uint64_t extra : more) all.push_back(base | rights | extra);
    }
    return all;
}

constexpr std::uint64_t large = 0x80, accessed = 0x20, dirty = 0x40;

}  // namespace

TEST_CASE("table: 4 KiB pages of 32-bit paging") {
    under_every_engine(16 * 24 * 2 * cases_an_entry, [](M& machine) {
        map_memory(machine, false);
        unsigned cases = 0;
        for (const bool pse : {false, true})
            for (const std::uint64_t upper : entries(tested_table, {accessed}))
                for (const std::uint64_t lower : entries(frame, {accessed, accessed | dirty}))
                    cases +=
                        check_accesses(machine, {{false, pse, false, false}, upper, lower, 0, How::read});
        return cases;
    });
}

TEST_CASE("table: 4 MiB pages, PSE-36 and their reserved bits") {
    // Bits 13-16 of the entry are address bits 32-35, where nothing is; 17-21 are reserved. Without CR4.PSE
    // the bit has no meaning and the entry names a table.
    under_every_engine((8 * 7 + 8) * cases_an_entry, [](M& machine) {
        map_memory(machine, false);
        unsigned cases = 0;
        for (const std::uint64_t upper :
             entries(large, {accessed, accessed | dirty, 1U << 17, 1U << 19, 1U << 21, 1U << 12}))
            cases += check_accesses(machine, {{false, true, false, false}, upper, 0, 0, How::read});
        for (const std::uint64_t upper : entries(tested_table | large, {}))
            cases += check_accesses(machine, {{false, false, false, false}, upper, frame | 7, 0, How::read});
        return cases;
    });
}

TEST_CASE("table: 4 KiB pages of PAE paging, with and without NX") {
    under_every_engine(2 * 40 * 40 * cases_an_entry, [](M& machine) {
        map_memory(machine, true);
        unsigned cases = 0;
        const std::initializer_list<std::uint64_t> more{accessed, no_execute, 1ULL << 36, 1ULL << 62};
        for (const bool nx : {false, true})
            for (const std::uint64_t upper : entries(tested_table, more))
                for (const std::uint64_t lower : entries(frame, more))
                    cases += check_accesses(machine, {{true, false, false, nx}, upper, lower, 0, How::read});
        return cases;
    });
}

TEST_CASE("table: 2 MiB pages of PAE paging") {
    under_every_engine(2 * 56 * cases_an_entry, [](M& machine) {
        map_memory(machine, true);
        unsigned cases = 0;
        for (const bool nx : {false, true})
            for (const std::uint64_t upper : entries(
                     large, {accessed | dirty, no_execute, 1ULL << 13, 1ULL << 20, 1ULL << 36, 1ULL << 62}))
                cases += check_accesses(machine, {{true, false, false, nx}, upper, 0, 0, How::read});
        return cases;
    });
}

}  // namespace calque::test
