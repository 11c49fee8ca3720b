// RAM, ROM, nothing, A20, DMA and the tracking of stores.
#include "mmu/physical_memory.hpp"

#include "tests/mmu/paged_guest.hpp"

#include <doctest/doctest.h>

#include <numeric>
#include <sys/mman.h>
#include <vector>

namespace calque::test {

TEST_CASE("RAM reads back, beyond it is nothing") {
    PhysicalMemory memory(1 << 20);
    memory.write(0x1235, 0x1122'3344'5566'7788, 8);
    CHECK(memory.read(0x1235, 8) == 0x1122'3344'5566'7788);
    CHECK(memory.read(0x1236, 2) == 0x6677);
    CHECK(memory.ram().host[0x1235] == 0x88);
    memory.write(0x10'0000, 0, 4);
    CHECK(memory.read(0x10'0000, 4) == 0xffff'ffff);
    CHECK(memory.read(0xf'fffe, 4) == 0xffff'0000);
    CHECK(memory.read(0x1'0000'0000, 8) == ~0ULL);
    CHECK(memory.readable_page(0x10'0000) == nullptr);
    CHECK(memory.readable_page(0x1'0000'0000) == nullptr);
}

TEST_CASE("blocks live in the memfd and can be mapped as RAM or ROM, over one another") {
    PhysicalMemory memory(1 << 20);
    const MemoryBlock& block = memory.add_block(0x4000);
    block.host[0x2000] = 0x5a;
    memory.map_rom(0x3000, block, 0x2000, 0x1000);
    CHECK(memory.read(0x3000, 1) == 0x5a);
    memory.write(0x3000, 0, 1);
    CHECK(memory.read(0x3000, 1) == 0x5a);
    CHECK(memory.writable_page(0x3000) == nullptr);
    CHECK(memory.readable_page(0x3123) == block.host + 0x2000);

    memory.map_ram(0x3000, block, 0x2000, 0x1000);
    memory.write(0x3000, 0xa5, 1);
    CHECK(block.host[0x2000] == 0xa5);
    auto* shared = static_cast<std::uint8_t*>(
        mmap(nullptr, 0x4000, PROT_READ, MAP_SHARED, memory.memfd(), static_cast<off_t>(block.file_offset)));
    REQUIRE(shared != MAP_FAILED);
    CHECK(shared[0x2000] == 0xa5);
    munmap(shared, 0x4000);

    memory.unmap(0x3000, 0x1000);
    CHECK(memory.read(0x3000, 1) == 0xff);
    memory.map_ram(0x3000, memory.ram(), 0x3000, 0x1000);
    CHECK(memory.read(0x3000, 1) == 0);
}

TEST_CASE("an overlay stands in front of what is mapped, before and after") {
    struct Sevens final : MmioHandler {
        std::uint64_t mmio_read(PhysicalAddress, unsigned) override { return 0x7777'7777'7777'7777; }
        void mmio_write(PhysicalAddress, std::uint64_t, unsigned) override {}
    } front;
    PhysicalMemory memory(1 << 20);
    unsigned changes = 0;
    memory.on_layout_change([&] { ++changes; });
    memory.write(0x3000, 0x1234, 2);
    memory.set_overlay(0x3000, front);
    memory.set_overlay(0x3000, front);
    CHECK(changes == 1);
    memory.write(0x3000, 0, 2);
    CHECK(memory.read(0x3000, 2) == 0x7777);
    CHECK(memory.readable_page(0x3000) == nullptr);
    CHECK(memory.read(0x4000, 2) == 0);
    memory.set_overlay(0xFEE0'0000, front);
    CHECK(memory.read(0x3000, 2) == 0x1234);
    CHECK(memory.read(0xFEE0'0000, 2) == 0x7777);
    memory.map_ram(0xFEE0'0000, memory.ram(), 0x3000, 0x1000);
    CHECK(memory.read(0xFEE0'0000, 2) == 0x7777);
    memory.remove_overlay();
    CHECK(memory.read(0xFEE0'0000, 2) == 0x1234);
    memory.set_overlay(0x1'0000'0000, front);
    memory.remove_overlay();
    CHECK(memory.read(0, 2) == 0);
}

TEST_CASE("RAM that reaches above 4 GiB is cut off") {
    PhysicalMemory memory(1 << 20);
    const MemoryBlock& block = memory.add_block(0x4000);
    memory.map_ram(0xffff'e000, block, 0, 0x4000);
    memory.write(0xffff'fffe, 0x4433'2211, 4);
    CHECK(memory.read(0xffff'fffe, 4) == 0xffff'2211);
    CHECK(memory.read(0, 2) == 0);
}

TEST_CASE("while A20 is off the second mebibyte is the first") {
    PhysicalMemory memory(4 << 20);
    memory.write(0x10, 0xaa, 1);
    memory.write(0x10'0010, 0xbb, 1);
    memory.set_a20(false);
    CHECK_FALSE(memory.a20());
    CHECK(memory.read(0x10'0010, 1) == 0xaa);
    CHECK(memory.readable_page(0x10'0010) == memory.ram().host);
    memory.write(0xf'ffff, 0x2211, 2);
    CHECK(memory.read(0, 1) == 0x22);
    CHECK(memory.read(0x20'0000, 1) == 0);
    memory.set_a20(true);
    CHECK(memory.read(0x10'0010, 1) == 0xbb);
}

TEST_CASE("DMA moves bytes over any number of pages") {
    PhysicalMemory memory(1 << 20);
    std::vector<std::uint8_t> out(0x5123), in(0x5123);
    std::iota(out.begin(), out.end(), std::uint8_t{1});
    memory.write_bytes(0x1ff7, out);
    memory.read_bytes(0x1ff7, in);
    CHECK(in == out);
    std::vector<std::uint8_t> beyond(4);
    memory.read_bytes(0xf'fffe, beyond);
    CHECK(beyond == std::vector<std::uint8_t>{0, 0, 0xff, 0xff});
}

TEST_CASE("stores to tracked pages are reported after they took effect, same values are not") {
    PhysicalMemory memory(1 << 20);
    StoreLog code, tables;
    memory.set_observer(tracks_code, &code);
    memory.set_observer(tracks_page_table, &tables);
    memory.write(0x3000, 1, 4);
    CHECK(code.stores.empty());
    memory.track(0x3456, tracks_code);
    CHECK(memory.tracking(0x3000) == tracks_code);
    memory.write(0x3004, 2, 4);
    memory.write(0x3000, 1, 4);
    memory.write(0x4000, 1, 4);
    CHECK(code.stores == std::vector<StoreLog::Store>{{0x3004, 4}});
    CHECK(tables.stores.empty());

    memory.track(0x3000, tracks_page_table);
    memory.write(0x3ffe, 0x4433'2211, 4);
    CHECK(code.stores.back() == StoreLog::Store{0x3ffe, 2});
    CHECK(tables.stores == std::vector<StoreLog::Store>{{0x3ffe, 2}});
    memory.untrack(0x3000, tracks_code);
    memory.write(0x3000, 9, 1);
    CHECK(code.stores.size() == 2);
    CHECK(tables.stores.size() == 2);
}

TEST_CASE("DMA into a tracked page is reported by the lines it changes") {
    PhysicalMemory memory(1 << 20);
    StoreLog code;
    memory.set_observer(tracks_code, &code);
    memory.track(0x3000, tracks_code);
    std::vector<std::uint8_t> bytes(0x1000);
    bytes[0x7f0] = 1;
    memory.write_bytes(0x2810, bytes);
    CHECK(code.stores == std::vector<StoreLog::Store>{{0x3000, 64}});
    CHECK(memory.read(0x3000, 1) == 1);
}

TEST_CASE("callbacks: the layout when it changes, a page when tracking begins") {
    PhysicalMemory memory(1 << 20);
    const MemoryBlock& block = memory.add_block(0x1000);
    int layouts = 0;
    std::vector<PhysicalAddress> tracked;
    memory.on_layout_change([&] { ++layouts; });
    memory.on_page_tracked([&](PhysicalAddress page) { tracked.push_back(page); });
    memory.map_rom(0xf'0000, block, 0, 0x1000);
    memory.map_rom(0xf'0000, block, 0, 0x1000);
    CHECK(layouts == 1);
    memory.set_a20(false);
    memory.set_a20(false);
    memory.set_a20(true);
    CHECK(layouts == 3);
    memory.unmap(0xf'0000, 0x1000);
    CHECK(layouts == 4);
    memory.track(0x5678, tracks_code);
    memory.track(0x5000, tracks_page_table);
    memory.untrack(0x5000, tracks_code);
    memory.track(0x5000, tracks_code);
    CHECK(tracked == std::vector<PhysicalAddress>{0x5000});
    CHECK(layouts == 4);
}

}  // namespace calque::test
