// Apertures: what is mapped in one is what a write would reach, or it is not mapped.
#include "tests/mmu/paged_guest.hpp"

#include <doctest/doctest.h>

namespace calque::test {

namespace {

constexpr LinearAddress linear = 0x0040'5000, beside = linear + page_size;
constexpr PhysicalAddress frame = 0x20'0000, other_frame = 0x30'0000;

struct GuestWithApertures : PagedGuest {
    explicit GuestWithApertures(bool pae = false) : PagedGuest(pae) { REQUIRE(mmu.open_apertures()); }

    Aperture& aperture() { return *mmu.shadow(user_view).aperture(); }
    bool holds(LinearAddress address = linear) { return aperture().holds(address >> page_shift); }
    /// The byte that generated code would find there.
    std::uint8_t& at(LinearAddress address = linear) {
        return *reinterpret_cast<std::uint8_t*>(aperture().base() + address);
    }
    bool fill(LinearAddress address = linear) { return mmu.shadow(user_view).fill_aperture(address); }
    void map_and_fill(LinearAddress address, PhysicalAddress physical) {
        map(address, physical);
        REQUIRE(mmu.write(address, user_view, std::uint8_t{1}));
        REQUIRE(fill(address));
    }
    /// As a kernel switches to another process and back.
    void switch_to(PhysicalAddress other) {
        change([&](PagingControls& controls) { controls.cr3 = other; });
    }
};

}  // namespace

TEST_CASE("a page in the aperture is the guest's memory") {
    GuestWithApertures guest;
    CHECK_FALSE(guest.fill());
    guest.map_and_fill(linear, frame);
    CHECK(guest.at() == 1);
    guest.at() = 0x55;
    CHECK(guest.memory.read(frame, 1) == 0x55);
    guest.memory.write(frame + 0xfff, 0x66, 1);
    CHECK(guest.at(linear + 0xfff) == 0x66);
    CHECK(guest.aperture().linear(&guest.at()) == linear);
    CHECK_FALSE(guest.aperture().linear(&guest));
}

TEST_CASE("what was only read is not for the aperture") {
    GuestWithApertures guest;
    guest.map(linear, frame);
    std::uint8_t value = 0;
    REQUIRE(guest.mmu.read(linear, user_view, value));
    CHECK_FALSE(guest.fill());
    CHECK_FALSE(guest.holds());
}

TEST_CASE("a page leaves the aperture with its write entry") {
    for (const bool pae : {false, true}) {
        GuestWithApertures guest(pae);
        guest.map_and_fill(linear, frame);
        guest.map_and_fill(beside, other_frame);
        bool alone = true;
        SUBCASE("its page-table entry changes") { guest.store(guest.table_entry(linear), frame | p | us); }
        SUBCASE("it holds code") { guest.memory.track(frame, tracks_code); }
        SUBCASE("it holds page tables") { guest.memory.track(frame, tracks_page_table); }
        SUBCASE("all is forgotten") {
            guest.mmu.forget_all();
            alone = false;
        }
        CHECK_FALSE(guest.holds());
        CHECK(guest.holds(beside) == alone);
    }
}

TEST_CASE("a process that comes back finds its pages as they are by then") {
    GuestWithApertures guest;
    guest.map_and_fill(linear, frame);
    guest.map_and_fill(beside, other_frame);
    guest.switch_to(PagedGuest::other_directory);
    CHECK_FALSE(guest.holds());
    std::uint8_t expected = 1;
    bool stays = true;
    SUBCASE("nothing happened") {}
    SUBCASE("the frame was written to") { guest.memory.write(frame, expected = 7, 1); }
    SUBCASE("another frame was mapped") {
        guest.store(guest.table_entry(linear), other_frame | p | rw | us | a | d);
        stays = false;
    }
    SUBCASE("it was made read-only") {
        guest.store(guest.table_entry(linear), frame | p | us | a | d);
        stays = false;
    }
    SUBCASE("its dirty flag was cleared") {
        guest.store(guest.table_entry(linear), frame | p | rw | us | a);
        stays = false;
    }
    SUBCASE("its page directory is another") {
        guest.store(guest.directory_entry(linear), 0);
        stays = false;
    }
    SUBCASE("its frame came to hold code") {
        guest.memory.track(frame, tracks_code);
        stays = false;
    }
    SUBCASE("all was forgotten meanwhile") {
        guest.mmu.forget_all();
        stays = false;
    }
    guest.switch_to(PagedGuest::directory);
    CHECK(guest.holds() == stays);
    if (!stays) return;
    CHECK(guest.at() == expected);
    CHECK(guest.holds(beside));
    guest.store(guest.table_entry(linear), 0);  // which is tracked again
    CHECK_FALSE(guest.holds());
}

TEST_CASE("of more processes than there are apertures the last ones keep theirs") {
    GuestWithApertures guest;
    guest.map_and_fill(linear, frame);
    for (unsigned number = 1; number < 8; ++number) guest.switch_to(0x10'0000 + number * page_size);
    guest.switch_to(PagedGuest::directory);
    CHECK(guest.holds());
    for (unsigned number = 1; number < 10; ++number) guest.switch_to(0x10'0000 + number * page_size);
    guest.switch_to(PagedGuest::directory);
    CHECK_FALSE(guest.holds());
}

}  // namespace calque::test
