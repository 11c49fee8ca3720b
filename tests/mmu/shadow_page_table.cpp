// The shadow page table by itself, and the sparse sets under it.
#include "mmu/shadow_page_table.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <set>
#include <vector>

namespace calque::test {

TEST_CASE("shadow entries lead from linear to host") {
    ShadowPageTable shadow;
    std::array<std::uint8_t, page_size> host{};
    CHECK(shadow.readable(0x5000, 1) == nullptr);
    shadow.fill_read(0x5123, host.data());
    CHECK(shadow.readable(0x5fff, 1) == &host[0xfff]);
    CHECK(shadow.readable(0x5ffe, 4) == nullptr);
    CHECK(shadow.writable(0x5000, 1) == nullptr);
    shadow.fill_write(0xffff'f000, host.data());
    CHECK(shadow.writable(0xffff'fffc, 4) == &host[0xffc]);
    CHECK(shadow.writable(0xffff'fffd, 4) == nullptr);
    shadow.fill_fetch(0x5000, 0xabc000);
    CHECK(shadow.fetch_entry(0x5678) == 0xabc001);
    CHECK(shadow.read_table()[5] + 0x5000 == reinterpret_cast<std::uint64_t>(host.data()));
    CHECK(shadow.read_table()[ShadowPageTable::pages + 5] == 0);
}

TEST_CASE("only aligned places of the sparse tables are ever filled") {
    ShadowPageTable shadow;
    std::array<std::uint8_t, page_size> host{};
    const auto places = [](const std::uint64_t* table) { return std::vector(table + 4 * 5, table + 4 * 6); };
    const std::uint64_t entry = reinterpret_cast<std::uint64_t>(host.data()) - 0x5000;
    const std::vector<std::uint64_t> filled{entry, 0, 0, 0}, absent(4);
    shadow.fill_read(0x5000, host.data());
    CHECK(places(shadow.aligned_read_table()) == filled);
    CHECK(places(shadow.aligned_write_table()) == absent);
    shadow.fill_write(0x5000, host.data());
    CHECK(places(shadow.aligned_write_table()) == filled);
    shadow.drop_write(0x5000, host.data());
    CHECK(places(shadow.aligned_write_table()) == absent);
    CHECK(places(shadow.aligned_read_table()) == filled);
    shadow.clear();
    CHECK(places(shadow.aligned_read_table()) == absent);
}

TEST_CASE("dropping reports fetch entries and leaves neighbours") {
    ShadowPageTable shadow;
    std::array<std::uint8_t, page_size> host{};
    for (const LinearAddress page : {0x4000U, 0x5000U, 0x6000U}) shadow.fill_read(page, host.data());
    shadow.fill_fetch(0x6000, 0x1000);
    CHECK_FALSE(shadow.drop(0x5000, 1));
    CHECK(shadow.readable(0x4000, 1));
    CHECK_FALSE(shadow.readable(0x5000, 1));
    CHECK(shadow.drop(0x5000, 0x10'0000));
    CHECK_FALSE(shadow.readable(0x6000, 1));
    CHECK(shadow.readable(0x4000, 1));
    CHECK_FALSE(shadow.clear());
    CHECK_FALSE(shadow.readable(0x4000, 1));
}

TEST_CASE("write entries can be dropped by the page they lead to") {
    ShadowPageTable shadow;
    std::array<std::uint8_t, page_size> host{}, other{};
    shadow.fill_write(0x4000, host.data());
    shadow.fill_write(0x5000, other.data());
    shadow.fill_write(0xf000'0000, host.data());
    shadow.drop_write(0x5000, host.data());
    CHECK(shadow.writable(0x5000, 1));
    shadow.drop_writes_to(host.data());
    CHECK_FALSE(shadow.writable(0x4000, 1));
    CHECK_FALSE(shadow.writable(0xf000'0000, 1));
    CHECK(shadow.writable(0x5000, 1));
}

TEST_CASE("a page set does what std::set does") {
    std::mt19937 random(1);
    PageSet set;
    std::set<std::uint64_t> model;
    for (int round = 0; round < 2000; ++round) {
        const std::uint64_t page = random() % 3 ? random() % 300 : random() % PageSet::pages;
        set.insert(page);
        model.insert(page);
        if (round % 4) continue;
        const std::uint64_t first = random() % 2 ? random() % 300 : random() % PageSet::pages;
        const std::uint64_t last =
            std::min(first + random() % (random() % 8 ? 70 : PageSet::pages), PageSet::pages);
        std::vector<std::uint64_t> extracted;
        set.extract(first, last, [&](std::uint64_t member) { extracted.push_back(member); });
        const auto begin = model.lower_bound(first), end = model.lower_bound(last);
        REQUIRE(extracted == std::vector<std::uint64_t>(begin, end));
        model.erase(begin, end);
        std::vector<std::uint64_t> rest;
        set.for_each([&](std::uint64_t member) { rest.push_back(member); });
        REQUIRE(rest == std::vector<std::uint64_t>(model.begin(), model.end()));
    }
}

}  // namespace calque::test
