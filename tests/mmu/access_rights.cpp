// Every combination of the bits that decide about an access, against the manual's rules.
#include "tests/mmu/paged_guest.hpp"
#include "tests/mmu/reference_walk.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace calque::test {

namespace {

constexpr LinearAddress linear = 0x0040'5678;

/// All values that set some of the given bits.
std::vector<std::uint64_t> combinations(std::initializer_list<std::uint64_t> bits) {
    std::vector<std::uint64_t> values{0};
    for (const std::uint64_t bit : bits) {
        for (std::size_t i = values.size(); i-- > 0;) values.push_back(values[i] | bit);
    }
    return values;
}

/// One access by each of the ways in, all of which must do the same.
bool access(Mmu& mmu, View view, AccessKind kind, PhysicalAddress& physical) {
    std::uint8_t byte = 0;
    if (kind == AccessKind::fetch) return mmu.translate_fetch(linear, view, physical);
    if (!mmu.peek(linear, physical)) physical = 0;
    if (kind == AccessKind::read) return mmu.read(linear, view, byte);
    return mmu.write(linear, view, byte);
}

void check_access(PagedGuest& guest, View view, AccessKind kind) {
    const Expected expected = ReferenceWalk(guest.ram(), guest.mmu.controls()).access(linear, view, kind);
    for (int again = 0; again < 2; ++again) {
        PhysicalAddress physical = 0;
        const bool done = access(guest.mmu, view, kind, physical);
        REQUIRE(done == !expected.error_code);
        if (done)
            REQUIRE(physical == expected.physical);
        else
            REQUIRE(guest.mmu.fault().error_code == *expected.error_code);
        if (!done) REQUIRE(guest.mmu.fault().address == linear);
    }
    for (const auto& [at, value] : expected.entries) REQUIRE(guest.load(at) == value);
}

/// All views and kinds of access, with fresh accessed and dirty flags each.
void check_entries(PagedGuest& guest, std::uint64_t directory_entry, std::uint64_t table_entry) {
    for (const View view : views) {
        for (const AccessKind kind : kinds) {
            CAPTURE(directory_entry);
            CAPTURE(table_entry);
            CAPTURE(view);
            CAPTURE(static_cast<int>(kind));
            guest.store(guest.directory_entry(linear), directory_entry);
            guest.store(guest.table_entry(linear), table_entry);
            check_access(guest, view, kind);
        }
    }
}

void check_all(bool pae, std::initializer_list<std::uint64_t> directory_bits,
               std::initializer_list<std::uint64_t> table_bits) {
    PagedGuest guest(pae);
    for (unsigned mode = 0; mode < 8; ++mode) {
        guest.change([&](PagingControls& controls) {
            controls.write_protect = mode & 1;
            controls.page_size_extensions = mode & 2;
            controls.no_execute = mode & 4;
        });
        for (const std::uint64_t upper : combinations(directory_bits)) {
            const PhysicalAddress frame = upper & ps ? 0x40'0000 : PagedGuest::table;
            for (const std::uint64_t lower : combinations(table_bits))
                check_entries(guest, frame | upper, PagedGuest::data | lower);
        }
    }
}

}  // namespace

TEST_CASE("32-bit paging: rights, sizes and flags") {
    check_all(false, {p, rw, us, ps, a, d}, {p, rw, us, a, d, ps});
}

TEST_CASE("32-bit paging: reserved and ignored bits") {
    check_all(false, {p, us, ps, 1 << 17, 1 << 21, 1 << 9}, {p, us, 1 << 9, 1 << 8});
}

TEST_CASE("PAE paging: rights, sizes and flags") {
    check_all(true, {p, rw, us, ps, xd}, {p, rw, us, xd, a, d});
}

TEST_CASE("PAE paging: reserved bits") {
    check_all(true, {p, us, ps, xd, 1ULL << 36, 1 << 13}, {p, us, ps, 1ULL << 36, 1ULL << 62});
}

TEST_CASE("4 MiB pages above 4 GiB are nothing, and are reached by PSE-36 bits") {
    PagedGuest guest;
    guest.store(guest.directory_entry(linear), p | rw | ps | 1 << 13 | 0x40'0000);
    std::uint32_t value = 0;
    REQUIRE(guest.mmu.read(linear, supervisor_view, value));
    CHECK(value == 0xffff'ffff);
    PhysicalAddress physical = 0;
    REQUIRE(guest.mmu.peek(linear, physical));
    CHECK(physical == 0x1'0040'5678);
}

TEST_CASE("PAE: an absent PDPTE faults as not present, a reserved bit in one is found on loading") {
    PagedGuest guest(true);
    guest.change([](PagingControls& controls) { controls.pdptes[2] = 0; });
    std::uint8_t byte = 0;
    CHECK_FALSE(guest.mmu.read(0x8000'0000, user_view, byte));
    CHECK(guest.mmu.fault().error_code == page_fault_error::user);

    std::array<std::uint64_t, 4> pdptes{};
    guest.memory.write(0x8028, 0x5001, 8);
    guest.memory.write(0x8030, 0x6006, 8);
    CHECK(guest.mmu.load_pdptes(0x8020, pdptes));
    CHECK(pdptes == std::array<std::uint64_t, 4>{0, 0x5001, 0x6006, 0});
    for (const unsigned bit : {1U, 2U, 5U, 6U, 7U, 8U, 36U, 63U}) {
        CAPTURE(bit);
        guest.memory.write(0x8038, 1ULL << bit | 1, 8);
        CHECK_FALSE(guest.mmu.load_pdptes(0x8020, pdptes));
    }
}

TEST_CASE("without paging linear addresses are physical, for both views") {
    PagedGuest guest;
    guest.change([](PagingControls& controls) { controls.paging = false; });
    std::uint32_t value = 0x1234'5678;
    REQUIRE(guest.mmu.write(0x2'3ffe, user_view, value));
    REQUIRE(guest.mmu.read(0x2'3ffe, supervisor_view, value));
    CHECK(guest.memory.read(0x2'3ffe, 4) == 0x1234'5678);
}

}  // namespace calque::test
