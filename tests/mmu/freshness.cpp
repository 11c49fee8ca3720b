// Shadow entries are never stale: what takes one away, and that nothing else does.
#include "tests/mmu/paged_guest.hpp"

#include <doctest/doctest.h>

namespace calque::test {

namespace {

constexpr LinearAddress linear = 0x0040'5000;
constexpr PhysicalAddress frame = 0x20'0000, other_frame = 0x30'0000;

bool readable(PagedGuest& guest, LinearAddress address = linear) {
    return guest.mmu.shadow(user_view).readable(address, 1);
}
bool writable(PagedGuest& guest, LinearAddress address = linear) {
    return guest.mmu.shadow(user_view).writable(address, 1);
}
void touch(PagedGuest& guest, LinearAddress address = linear) {
    REQUIRE(guest.mmu.write(address, user_view, std::uint8_t{1}));
}
std::uint8_t value_at(PagedGuest& guest, LinearAddress address = linear) {
    std::uint8_t value = 0;
    REQUIRE(guest.mmu.read(address, user_view, value));
    return value;
}

/// Two pages with different contents, the first mapped at `linear`.
PagedGuest& with_frames(PagedGuest& guest) {
    guest.memory.write(frame, 0x11, 1);
    guest.memory.write(other_frame, 0x22, 1);
    guest.map(linear, frame);
    CHECK(value_at(guest) == 0x11);
    return guest;
}

}  // namespace

TEST_CASE("entries exist for RAM, for writing only once the dirty flag is set") {
    PagedGuest guest;
    guest.map(linear, frame);
    CHECK(value_at(guest) == 0);
    CHECK(readable(guest));
    CHECK_FALSE(writable(guest));
    CHECK(guest.load(guest.table_entry(linear)) == (frame | p | rw | us | a));
    touch(guest);
    CHECK(writable(guest));
    CHECK(guest.load(guest.table_entry(linear)) == (frame | p | rw | us | a | d));
    CHECK_FALSE(guest.mmu.shadow(supervisor_view).readable(linear, 1));
    const std::uint64_t walks = guest.mmu.counters().walks;
    touch(guest);
    CHECK(guest.mmu.counters().walks == walks);
}

TEST_CASE("a changed page-table entry takes effect without INVLPG") {
    for (const bool pae : {false, true}) {
        PagedGuest guest(pae);
        with_frames(guest);
        guest.store(guest.table_entry(linear), other_frame | p | us | rw);
        CHECK(value_at(guest) == 0x22);
        guest.store(guest.table_entry(linear), other_frame | us | rw);
        std::uint8_t value = 0;
        CHECK_FALSE(guest.mmu.read(linear, user_view, value));
        guest.store(guest.table_entry(linear), frame | p | us);
        CHECK(value_at(guest) == 0x11);
        CHECK_FALSE(guest.mmu.write(linear, user_view, value));
    }
}

TEST_CASE("a store to one page-table entry leaves its neighbours' entries alone") {
    PagedGuest guest;
    guest.map(linear, frame);
    guest.map(linear + page_size, other_frame);
    touch(guest);
    touch(guest, linear + page_size);
    guest.store(guest.table_entry(linear), frame | p | us);
    CHECK_FALSE(readable(guest));
    CHECK(writable(guest, linear + page_size));
}

TEST_CASE("a changed page-directory entry takes effect on its whole region") {
    for (const bool pae : {false, true}) {
        PagedGuest guest(pae);
        with_frames(guest);
        constexpr PhysicalAddress other_table = 0x6000;
        guest.store(other_table + guest.table_entry(linear) - PagedGuest::table, other_frame | p | us | rw);
        guest.store(guest.directory_entry(linear), other_table | p | us | rw);
        CHECK(value_at(guest) == 0x22);
        guest.store(guest.directory_entry(linear), 0x40'0000 | p | rw | us | ps);
        guest.memory.write(0x40'0000 + (linear & 0x1f'ffff), 0x33, 1);
        CHECK(value_at(guest) == 0x33);
        guest.store(guest.directory_entry(linear), 0x40'0000 | rw | us | ps);
        CHECK_FALSE(guest.mmu.probe(linear, 1, user_view, AccessKind::read));
    }
}

TEST_CASE("cleared accessed and dirty flags are set again by the next access") {
    PagedGuest guest;
    guest.map(linear, frame);
    touch(guest);
    guest.store(guest.table_entry(linear), frame | p | rw | us | a);
    touch(guest);
    CHECK(guest.load(guest.table_entry(linear)) == (frame | p | rw | us | a | d));
    guest.store(guest.table_entry(linear), frame | p | rw | us);
    CHECK(value_at(guest) == 1);
    CHECK(guest.load(guest.table_entry(linear)) == (frame | p | rw | us | a));
    guest.store(guest.directory_entry(linear), PagedGuest::table | p | rw | us);
    CHECK(value_at(guest) == 1);
    CHECK(guest.load(guest.directory_entry(linear)) == (PagedGuest::table | p | rw | us | a));
}

TEST_CASE("the guest's own stores to a mapped page table take effect at once") {
    PagedGuest guest;
    with_frames(guest);
    const LinearAddress window = 0x0041'0000;
    guest.map(window, PagedGuest::table);
    const LinearAddress entry = window + (guest.table_entry(linear) & page_mask);
    REQUIRE(guest.mmu.write(entry, supervisor_view, static_cast<std::uint32_t>(other_frame | p | us)));
    CHECK(value_at(guest) == 0x22);
    CHECK_FALSE(guest.mmu.shadow(supervisor_view).writable(window, 1));
    CHECK(guest.mmu.counters().tracked_writes == 1);
    REQUIRE(guest.mmu.write(window + (window >> 10 & 0xffc), supervisor_view, std::uint32_t{0}));
    CHECK_FALSE(guest.mmu.write(window, supervisor_view, std::uint32_t{0}));
}

TEST_CASE("a page directory that maps itself as a page table") {
    PagedGuest guest;
    guest.store(PagedGuest::directory + 4 * 1023, PagedGuest::directory | p | rw);
    with_frames(guest);
    const LinearAddress directory_window = 0xffff'f000, tables_window = 0xffc0'0000;
    REQUIRE(guest.mmu.write(tables_window + (linear >> 10), supervisor_view,
                            static_cast<std::uint32_t>(other_frame | p | us)));
    CHECK(value_at(guest) == 0x22);
    REQUIRE(guest.mmu.write(directory_window + (linear >> 20), supervisor_view, std::uint32_t{0}));
    CHECK_FALSE(guest.mmu.probe(linear, 1, user_view, AccessKind::read));
    CHECK_FALSE(guest.mmu.probe(tables_window + (linear >> 10), 1, supervisor_view, AccessKind::read));
}

TEST_CASE("a page that is becoming a page table, or code, loses its write entries") {
    PagedGuest guest;
    guest.map(linear, frame);
    touch(guest);
    guest.memory.track(frame, tracks_code);
    CHECK_FALSE(writable(guest));
    CHECK(readable(guest));
    touch(guest);
    CHECK_FALSE(writable(guest));
    guest.memory.untrack(frame, tracks_code);
    touch(guest);
    CHECK(writable(guest));

    guest.store(guest.directory_entry(0x80'0000), frame | p | rw | us);
    guest.memory.write(frame, other_frame | p | us, 4);
    CHECK(writable(guest));
    CHECK(value_at(guest, 0x80'0000) == 0);
    CHECK_FALSE(writable(guest));
    REQUIRE(guest.mmu.write(linear, user_view, std::uint32_t{0}));
    CHECK_FALSE(guest.mmu.probe(0x80'0000, 1, user_view, AccessKind::read));
}

TEST_CASE("however many linear pages lead to a page, all lose their write entries") {
    for (unsigned mappings = 1; mappings < 6; ++mappings) {
        PagedGuest guest;
        for (unsigned i = 0; i < mappings; ++i) {
            guest.map(linear + i * page_size, frame);
            touch(guest, linear + i * page_size);
            REQUIRE(guest.mmu.write(linear + i * page_size, supervisor_view, std::uint8_t{2}));
        }
        guest.memory.track(frame, tracks_code);
        for (unsigned i = 0; i < mappings; ++i) {
            CHECK_FALSE(writable(guest, linear + i * page_size));
            CHECK_FALSE(guest.mmu.shadow(supervisor_view).writable(linear + i * page_size, 1));
        }
    }
}

TEST_CASE("a new CR3 keeps what both page directories map alike") {
    PagedGuest guest;
    const LinearAddress kernel = 0xc040'0000;
    guest.memory.write(other_frame, 0x22, 1);
    guest.store(0x6000, other_frame | p | us | rw);
    guest.store(guest.directory_entry(kernel), 0x6000 | p | us | rw | a);
    with_frames(guest);
    CHECK(value_at(guest, kernel) == 0x22);
    const auto offset = PagedGuest::other_directory - PagedGuest::directory;
    guest.store(guest.directory_entry(kernel) + offset, 0x6000 | p | us | rw | a);
    guest.store(guest.directory_entry(linear) + offset, 0x6000 | p | us | rw);
    guest.store(0x6000 + (linear >> 10 & 0xffc), other_frame | p | us);

    guest.change([](PagingControls& controls) { controls.cr3 = PagedGuest::other_directory; });
    CHECK(readable(guest, kernel));
    CHECK_FALSE(readable(guest));
    CHECK(value_at(guest) == 0x22);

    guest.store(guest.directory_entry(kernel) + offset, 0);
    CHECK_FALSE(guest.mmu.probe(kernel, 1, user_view, AccessKind::read));
    guest.change([](PagingControls& controls) { controls.cr3 = PagedGuest::directory; });
    CHECK(value_at(guest) == 0x11);
    CHECK(value_at(guest, kernel) == 0x22);
}

TEST_CASE("a page directory that came with CR3 is tracked for the regions that were kept") {
    PagedGuest guest;
    with_frames(guest);
    const auto offset = PagedGuest::other_directory - PagedGuest::directory;
    guest.store(guest.directory_entry(linear) + offset, guest.load(guest.directory_entry(linear)));
    guest.change([](PagingControls& controls) { controls.cr3 = PagedGuest::other_directory; });
    CHECK(readable(guest));
    guest.store(guest.directory_entry(linear) + offset, 0);
    CHECK_FALSE(guest.mmu.probe(linear, 1, user_view, AccessKind::read));
}

TEST_CASE("a page table stays tracked while another region, or the directory itself, needs it") {
    PagedGuest guest;
    with_frames(guest);
    guest.store(guest.directory_entry(0x80'0000), PagedGuest::table | p | us | rw);
    CHECK(value_at(guest, 0x80'5000) == 0x11);
    guest.store(guest.directory_entry(linear), 0);
    CHECK(guest.memory.tracking(PagedGuest::table) == tracks_page_table);
    guest.store(guest.table_entry(linear), other_frame | p | us);
    CHECK(value_at(guest, 0x80'5000) == 0x22);

    guest.store(guest.directory_entry(0xc0'0000), PagedGuest::directory | p | us | rw);
    CHECK(guest.mmu.probe(0xc0'2000, 1, user_view, AccessKind::read));
    guest.store(guest.directory_entry(0xc0'0000), 0);
    guest.store(guest.directory_entry(0x80'0000), 0);
    CHECK_FALSE(guest.mmu.probe(0x80'5000, 1, user_view, AccessKind::read));
}

TEST_CASE("former page tables and directories become ordinary pages again") {
    PagedGuest guest;
    with_frames(guest);
    CHECK(guest.memory.tracking(PagedGuest::table) == tracks_page_table);
    guest.store(guest.directory_entry(linear), 0);
    CHECK(guest.memory.tracking(PagedGuest::table) == 0);
    guest.map(linear, frame);
    touch(guest);
    guest.change([](PagingControls& controls) { controls.cr3 = PagedGuest::other_directory; });
    guest.store(guest.table_entry(linear), 0x77);
    CHECK(guest.memory.tracking(PagedGuest::table) == 0);
    for (int i = 0; i < 4; ++i) {
        guest.change([&](PagingControls& controls) { controls.cr3 ^= 0x8; });
    }
    CHECK(guest.memory.tracking(PagedGuest::directory) == 0);
}

TEST_CASE("changed rules, memory map and A20 drop everything") {
    PagedGuest guest;
    guest.map(linear, frame);
    touch(guest);
    guest.change([](PagingControls& controls) { controls.write_protect = false; });
    CHECK_FALSE(readable(guest));
    touch(guest);
    guest.memory.unmap(frame, page_size);
    CHECK(value_at(guest) == 0xff);
    guest.memory.map_rom(frame, guest.memory.ram(), frame, page_size);
    touch(guest);
    CHECK(value_at(guest) == 1);
    CHECK(readable(guest));
    CHECK_FALSE(writable(guest));

    guest.map(linear, frame + 0x10'0000);
    guest.memory.write(frame + 0x10'0000, 0x44, 1);
    CHECK(value_at(guest) == 0x44);
    guest.memory.set_a20(false);
    CHECK(value_at(guest) == 1);
    guest.memory.set_a20(true);
    CHECK(value_at(guest) == 0x44);
}

TEST_CASE("page tables in a device's page are walked each time") {
    struct Device final : MmioHandler {
        std::uint64_t entry = 0;
        std::uint64_t mmio_read(PhysicalAddress, unsigned) override { return entry; }
        void mmio_write(PhysicalAddress, std::uint64_t value, unsigned) override { entry = value; }
    } device;
    PagedGuest guest;
    with_frames(guest);
    guest.memory.map_mmio(0xf000'0000, page_size, device);
    device.entry = frame | p | us;
    guest.store(guest.directory_entry(linear), 0xf000'0000 | p | us);
    CHECK(value_at(guest) == 0x11);
    CHECK(device.entry == (frame | p | us | a));
    device.entry = other_frame | p | us;
    CHECK(value_at(guest) == 0x22);
}

TEST_CASE("the fetch generation grows when a fetch entry is dropped, and only then") {
    PagedGuest guest;
    guest.map(linear, frame);
    guest.map(linear + page_size, other_frame);
    PhysicalAddress physical = 0;
    REQUIRE(guest.mmu.translate_fetch(linear + 0x123, user_view, physical));
    CHECK(physical == frame + 0x123);
    touch(guest, linear + page_size);
    const std::uint64_t before = guest.mmu.fetch_generation(user_view);
    guest.store(guest.table_entry(linear + page_size), 0);
    guest.memory.track(frame, tracks_code);
    CHECK(guest.mmu.fetch_generation(user_view) == before);
    REQUIRE(guest.mmu.translate_fetch(linear + 0x456, user_view, physical));
    CHECK(physical == frame + 0x456);
    guest.store(guest.table_entry(linear), other_frame | p | us);
    CHECK(guest.mmu.fetch_generation(user_view) > before);
    REQUIRE(guest.mmu.translate_fetch(linear, user_view, physical));
    CHECK(physical == other_frame);
}

TEST_CASE("accessed and dirty updates are stores that other observers see") {
    PagedGuest guest;
    StoreLog code;
    guest.memory.set_observer(tracks_code, &code);
    guest.map(linear, frame);
    guest.memory.track(PagedGuest::table, tracks_code);
    touch(guest);
    CHECK(code.stores == std::vector<StoreLog::Store>{{guest.table_entry(linear), 4}});
    guest.memory.set_observer(tracks_code, nullptr);
}

TEST_CASE("memory changed behind the back of PhysicalMemory is seen after forget_all") {
    PagedGuest guest;
    with_frames(guest);
    guest.memory.ram().host[guest.table_entry(linear) + 2] = other_frame >> 16;
    guest.mmu.forget_all();
    CHECK(value_at(guest) == 0x22);
}

}  // namespace calque::test
