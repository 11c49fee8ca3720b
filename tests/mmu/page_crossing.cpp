// Accesses over the border of two pages, the end of the address space, and MMIO.
#include "tests/mmu/paged_guest.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

namespace calque::test {

namespace {

constexpr LinearAddress low = 0x3000, high = 0x4000;

struct AccessLog final : MmioHandler {
    struct Access {
        PhysicalAddress address;
        unsigned size;
        std::uint64_t value;
        bool operator==(const Access&) const = default;
    };
    std::vector<Access> reads, writes;
    std::uint64_t mmio_read(PhysicalAddress address, unsigned size) override {
        reads.push_back({address, size, 0});
        std::uint64_t value = 0;
        for (unsigned i = size; i-- > 0;) value = value << 8 | ((address + i) & 0xff);
        return value;
    }
    void mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) override {
        writes.push_back({address, size, value});
    }
};

}  // namespace

TEST_CASE("an access over two pages reaches both frames") {
    PagedGuest guest;
    guest.map(low, 0x20'0000);
    guest.map(high, 0x30'0000);
    for (unsigned first = 1; first < 8; ++first) {
        const std::uint64_t value = 0x8877'6655'4433'2211 + first;
        std::uint64_t back = 0;
        REQUIRE(guest.mmu.write(high - first, user_view, value));
        REQUIRE(guest.mmu.read(high - first, user_view, back));
        CHECK(back == value);
        CHECK(guest.memory.read(0x20'1000 - first, first) == (value & ((1ULL << 8 * first) - 1)));
        CHECK(guest.memory.read(0x30'0000, 8 - first) == value >> 8 * first);
    }
}

TEST_CASE("when the second page faults nothing is written, and CR2 is its first byte") {
    PagedGuest guest;
    guest.map(low, 0x20'0000);
    guest.map(high, 0x30'0000, p | us);
    CHECK_FALSE(guest.mmu.write(high - 1, user_view, std::uint16_t{0xaaaa}));
    CHECK(guest.mmu.fault().address == high);
    CHECK(guest.mmu.fault().error_code == 7);
    CHECK(guest.memory.read(0x20'0fff, 1) == 0);
    guest.map(low, 0x20'0000, 0);
    CHECK_FALSE(guest.mmu.write(high - 1, user_view, std::uint16_t{0xaaaa}));
    CHECK(guest.mmu.fault().address == high - 1);
    CHECK(guest.memory.read(0x30'0000, 1) == 0);
}

TEST_CASE("accesses wrap at 4 GiB") {
    PagedGuest guest;
    guest.map(0, 0x20'0000);
    guest.store(guest.directory_entry(0xffff'f000), 0x6000 | p | rw);
    guest.store(0x6ffc, 0x30'0000 | p | rw);
    REQUIRE(guest.mmu.write(0xffff'fffe, supervisor_view, std::uint32_t{0x4433'2211}));
    CHECK(guest.memory.read(0x30'0ffe, 2) == 0x2211);
    CHECK(guest.memory.read(0x20'0000, 2) == 0x4433);
    guest.store(guest.table_entry(0), 0);
    CHECK_FALSE(guest.mmu.write(0xffff'fffe, supervisor_view, std::uint32_t{0}));
    CHECK(guest.mmu.fault().address == 0);
}

TEST_CASE("probe checks every page of a range") {
    PagedGuest guest;
    for (LinearAddress page = 0x3000; page < 0x8000; page += page_size) guest.map(page, 0x20'0000 + page);
    CHECK(guest.mmu.probe(0x3fff, 0x4001, user_view, AccessKind::write));
    CHECK_FALSE(guest.mmu.probe(0x3fff, 0x4002, user_view, AccessKind::write));
    CHECK(guest.mmu.fault().address == 0x8000);
    CHECK_FALSE(guest.mmu.probe(0x2fff, 2, user_view, AccessKind::read));
    CHECK(guest.mmu.fault().address == 0x2fff);
    CHECK(guest.mmu.probe(0x9000, 0, user_view, AccessKind::read));
    CHECK((guest.load(guest.table_entry(0x7000)) & (a | d)) == (a | d));
}

TEST_CASE("wide accesses to MMIO are split at pages and natural alignment") {
    PagedGuest guest;
    AccessLog device;
    guest.memory.map_mmio(0xf000'0000, 2 * page_size, device);
    guest.map(low, 0xf000'0000);
    guest.map(high, 0xf000'1000);
    struct {
        LinearAddress address;
        std::vector<AccessLog::Access> parts;
    } const cases[] = {
        {low, {{0xf000'0000, 8, 0x0706'0504'0302'0100}, {0xf000'0008, 8, 0x0f0e'0d0c'0b0a'0908}}},
        {low + 4,
         {{0xf000'0004, 4, 0x0302'0100},
          {0xf000'0008, 8, 0x0b0a'0908'0706'0504},
          {0xf000'0010, 4, 0x0f0e'0d0c}}},
        {high - 3,
         {{0xf000'0ffd, 1, 0},
          {0xf000'0ffe, 2, 0x0201},
          {0xf000'1000, 8, 0x0a09'0807'0605'0403},
          {0xf000'1008, 4, 0x0e0d'0c0b},
          {0xf000'100c, 1, 0x0f}}},
    };
    for (const auto& c : cases) {
        std::array<std::uint8_t, 16> bytes{};
        for (unsigned i = 0; i < 16; ++i) bytes[i] = static_cast<std::uint8_t>(i);
        device = {};
        REQUIRE(guest.mmu.write(c.address, supervisor_view, bytes));
        CHECK(device.writes == c.parts);
        REQUIRE(guest.mmu.read(c.address, supervisor_view, bytes));
        CHECK(device.reads.size() == c.parts.size());
        for (unsigned i = 0; i < 16; ++i) CHECK(bytes[i] == static_cast<std::uint8_t>(c.address - low + i));
    }
    CHECK(guest.mmu.shadow(supervisor_view).readable(low, 1) == nullptr);
    CHECK(guest.mmu.counters().mmio > 0);
}

TEST_CASE("an unaligned access inside an MMIO page goes to its device whole") {
    PagedGuest guest;
    AccessLog device;
    guest.memory.map_mmio(0xf000'0000, page_size, device);
    guest.memory.write(0xf000'0003, 0x1234'5678, 4);
    CHECK(device.writes == std::vector<AccessLog::Access>{{0xf000'0003, 4, 0x1234'5678}});
    CHECK(guest.memory.read(0xf000'0005, 2) == 0x0605);
}

TEST_CASE("a page shared by small MMIO ranges") {
    PhysicalMemory memory(1 << 20);
    AccessLog one, two;
    memory.map_mmio(0xf000'0100, 0x100, one);
    memory.map_mmio(0xf000'0200, 0x100, two);
    CHECK(memory.read(0xf000'0104, 1) == 0x04);
    CHECK(memory.read(0xf000'0300, 4) == 0xffff'ffff);
    CHECK(memory.read(0xf000'02fe, 4) == 0xffff'fffe);
    memory.write(0xf000'01fe, 0x4433'2211, 4);
    CHECK(one.writes == std::vector<AccessLog::Access>{{0xf000'01fe, 2, 0x2211}});
    CHECK(two.writes == std::vector<AccessLog::Access>{{0xf000'0200, 2, 0x4433}});
    memory.unmap(0xf000'0100, 0x100);
    CHECK(memory.read(0xf000'0104, 1) == 0xff);
    CHECK(memory.read(0xf000'0204, 1) == 0x04);
    memory.map_mmio(0xefff'f800, 0x1000, one);
    CHECK(memory.read(0xefff'f900, 1) == 0x00);
    CHECK(memory.read(0xefff'f700, 1) == 0xff);
    CHECK(memory.read(0xf000'07ff, 1) == 0xff);
    CHECK(memory.read(0xf000'0810, 1) == 0xff);
}

}  // namespace calque::test
