// The firmware configuration device through both of its interfaces.
#include "devices/fw_cfg.hpp"

#include "bench_clock.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <stdexcept>

using namespace calque;

namespace {

struct Cfg {
    PhysicalMemory memory{0x10'0000};
    PortBus ports;
    FwCfg chip{memory, ports};

    std::string bytes(std::uint16_t key, unsigned count) {
        ports.write(0x510, key, 2);
        std::string text;
        while (count--) text += static_cast<char>(ports.read(0x511, 1));
        return text;
    }
    std::vector<std::uint8_t> at(PhysicalAddress address, std::size_t count) {
        std::vector<std::uint8_t> data(count);
        memory.read_bytes(address, data);
        return data;
    }
    /// As SeaBIOS does it: control block at 1000h. Returns the control field afterwards.
    std::uint8_t dma(std::uint32_t control, std::uint32_t length, std::uint32_t address) {
        std::array<std::uint8_t, 16> block{};
        for (unsigned i = 0; i < 4; ++i) {
            block[i] = static_cast<std::uint8_t>(control >> (24 - 8 * i));
            block[4 + i] = static_cast<std::uint8_t>(length >> (24 - 8 * i));
            block[12 + i] = static_cast<std::uint8_t>(address >> (24 - 8 * i));
        }
        memory.write_bytes(0x1000, block);
        ports.write(0x514, 0, 4);
        ports.write(0x518, 0x00100000, 4);
        return at(0x1003, 1)[0];
    }
};

}  // namespace

TEST_CASE("signature and identification") {
    Cfg cfg;
    CHECK(cfg.bytes(0, 4) == "QEMU");
    CHECK(cfg.bytes(1, 4) == std::string("\3\0\0\0", 4));
    CHECK(cfg.ports.read(0x514, 4) == 0x554D4551);
    CHECK(cfg.ports.read(0x518, 4) == 0x47464320);
}

TEST_CASE("the directory lists files with big-endian sizes and keys") {
    Cfg cfg;
    cfg.chip.add_file("etc/e820", FwCfg::Bytes(20, 7));
    cfg.chip.add_file("bootorder", FwCfg::Bytes{'x', 0});
    cfg.chip.add_file("etc/e820", FwCfg::Bytes(40, 8));
    const std::string directory = cfg.bytes(0x19, 4 + 64 * 2);
    CHECK(directory.substr(0, 4) == std::string("\0\0\0\2", 4));
    CHECK(directory.substr(4, 8) == std::string("\0\0\0\x28\0\x20\0\0", 8));
    CHECK(std::strcmp(directory.data() + 12, "etc/e820") == 0);
    CHECK(directory.substr(68, 6) == std::string("\0\0\0\2\0\x21", 6));
    CHECK(cfg.bytes(0x21, 3) == std::string("x\0\0", 3));
    CHECK_THROWS_AS(cfg.chip.add_file(std::string(56, 'n'), FwCfg::Bytes{}), std::logic_error);
}

TEST_CASE("numbers, texts and items that are not there") {
    Cfg cfg;
    cfg.chip.add_number(fw_cfg_item::cpu_count, 1, 2);
    cfg.chip.add_text(fw_cfg_item::command_line_data, "quiet");
    CHECK(cfg.bytes(5, 2) == std::string("\1\0", 2));
    CHECK(cfg.bytes(0x15, 6) == std::string("quiet\0", 6));
    CHECK(cfg.bytes(0x7777, 2) == std::string("\0\0", 2));
}

TEST_CASE("DMA selects, skips, reads and fills up with zeros") {
    Cfg cfg;
    cfg.chip.add_item(fw_cfg_item::kernel_data, FwCfg::Bytes{1, 2, 3, 4, 5, 6});
    const std::array<std::uint8_t, 2> marks{0xEE, 0xEE};
    cfg.memory.write_bytes(0x2006, marks);
    CHECK(cfg.dma(0x11u << 16 | 8 | 2, 2, 0x2000) == 0);
    CHECK(cfg.dma(4, 1, 0) == 0);
    CHECK(cfg.dma(2, 5, 0x2002) == 0);
    CHECK(cfg.at(0x2000, 8) == std::vector<std::uint8_t>{1, 2, 4, 5, 6, 0, 0, 0xEE});
    CHECK(cfg.dma(16, 1, 0x2000) == 1);
}

TEST_CASE("a big item is shared and arrives whole") {
    Cfg cfg;
    auto kernel = std::make_shared<FwCfg::Bytes>(300'000);
    for (std::size_t i = 0; i < kernel->size(); ++i) (*kernel)[i] = static_cast<std::uint8_t>(i * 7);
    cfg.chip.add_item(fw_cfg_item::kernel_data, FwCfg::SharedBytes(kernel));
    CHECK(kernel.use_count() == 2);
    CHECK(cfg.dma(0x11u << 16 | 8 | 2, 300'000, 0x10000) == 0);
    CHECK(cfg.at(0x10000, 300'000) == *kernel);
}

TEST_CASE("a length from nowhere does no harm") {
    Cfg cfg;
    CHECK(cfg.dma(0x19u << 16 | 8 | 2, 0x0200'0000, 0xF0000) == 0);
    CHECK(cfg.dma(4, 0xFFFFFFFF, 0) == 0);
    CHECK(cfg.ports.read(0x511, 1) == 0);
}

TEST_CASE("the zeros behind an item fill RAM only, however many were asked for") {
    struct Counter final : MmioHandler {
        std::uint64_t mmio_read(PhysicalAddress, unsigned) override { return 0; }
        void mmio_write(PhysicalAddress, std::uint64_t, unsigned) override { ++writes; }
        unsigned writes = 0;
    } counter;
    Cfg cfg;
    cfg.memory.map_mmio(0x80'0000, 0x1000, counter);
    cfg.memory.write(0xF'FFFF, 0xEE, 1);
    CHECK(cfg.dma(0x19u << 16 | 8 | 2, 0xFFFF'FFFF, 0xF'0000) == 0);
    CHECK(cfg.at(0xF'FFFF, 1)[0] == 0);
    CHECK(counter.writes == 0);
}

TEST_CASE("position in the selected item is state") {
    Cfg cfg, copy;
    cfg.bytes(0, 2);
    copy.chip.restore(through_archive(cfg.chip.state()));
    CHECK(copy.ports.read(0x511, 1) == 'M');
}
