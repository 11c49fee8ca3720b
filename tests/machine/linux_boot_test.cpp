// Direct booting of a Linux bzImage: what is split, filled in and refused.
#include "machine/linux_boot.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

namespace calque {
namespace {

constexpr std::uint64_t mebibyte = 1 << 20;
constexpr std::size_t setup_bytes = 3 * 512;
constexpr std::size_t protected_bytes = 4096;

/// A file with a bzImage's header: 2 set-up sectors, a protected-mode part of 4 KiB filled with C4h.
struct Kernel {
    std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(setup_bytes + protected_bytes, 0xc4);

    Kernel() {
        std::fill_n(bytes.begin(), setup_bytes, std::uint8_t{0});
        bytes[0x1f1] = 2;
        put(0x1f4, protected_bytes / 16);
        put(0x202, 0x5372'6448);
        put(0x206, 0x20f);
        bytes[0x211] = 0x01;
        put(0x22c, 0x7fff'ffff);
        put(0x238, 255);
        put(0x258, 0x10'0000);
        put(0x260, 0x20'0000);
    }
    void put(std::size_t at, std::uint32_t value) {
        for (std::size_t i = 0; i < 4; ++i) {
            bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
        }
    }
    BootRequest request(std::string command_line = "") const {
        return {{"vmlinuz", bytes}, {}, std::move(command_line), 64 * mebibyte};
    }
};

const std::vector<std::uint8_t>& item(const BootItems& boot, std::uint16_t selector) {
    const auto found = std::ranges::find(boot.items, selector, &BootItem::selector);
    REQUIRE(found != boot.items.end());
    return found->bytes;
}

std::uint32_t number_at(const std::vector<std::uint8_t>& bytes, std::size_t at) {
    return BootImage("item", bytes).read<std::uint32_t>(at);
}

std::uint32_t number(const BootItems& boot, std::uint16_t selector) {
    return number_at(item(boot, selector), 0);
}

std::uint16_t video_mode(const std::string& command_line) {
    const auto boot = prepare_linux_boot(Kernel{}.request(command_line));
    return static_cast<std::uint16_t>(number_at(item(boot, setup_part.data_item), 0x1fa));
}

std::string refusal(const BootRequest& request) {
    try {
        prepare_linux_boot(request);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a bzImage is split behind its set-up sectors") {
    const auto boot = prepare_linux_boot(Kernel{}.request());
    CHECK(boot.rom_file == "genroms/linuxboot.bin");
    CHECK(number(boot, setup_part.size_item) == setup_bytes);
    CHECK(number(boot, kernel_part.address_item) == mebibyte);
    CHECK(number(boot, kernel_part.size_item) == protected_bytes);
    CHECK(item(boot, kernel_part.data_item) == std::vector<std::uint8_t>(protected_bytes, 0xc4));
}

TEST_CASE("0 set-up sectors mean 4") {
    Kernel kernel;
    kernel.bytes[0x1f1] = 0;
    kernel.put(0x1f4, 0);
    CHECK(number(prepare_linux_boot(kernel.request()), setup_part.size_item) == 5 * 512);
}

TEST_CASE("the header says who loaded the kernel and where things are") {
    const auto boot = prepare_linux_boot(Kernel{}.request("quiet"));
    const auto& setup = item(boot, setup_part.data_item);
    CHECK(setup[0x210] == 0xff);
    CHECK(setup[0x211] == 0x81);
    CHECK((number_at(setup, 0x224) & 0xffff) == 0xde00);
    CHECK(number_at(setup, 0x228) == number(boot, command_line_part.address_item));
    CHECK(number_at(setup, 0x21c) == 0);
    CHECK(item(boot, command_line_part.data_item) == c_string("quiet"));
}

TEST_CASE("an initrd is page-aligned and ends below the firmware's part of memory") {
    const Kernel kernel;
    const std::vector<std::uint8_t> initrd(5000, 1);
    auto request = kernel.request();
    request.initrd = {"initrd", initrd};
    const auto boot = prepare_linux_boot(request);
    const auto address = number(boot, initrd_part.address_item);
    CHECK(address == 63 * mebibyte - 8192);
    const auto& setup = item(boot, setup_part.data_item);
    CHECK(number_at(setup, 0x218) == address);
    CHECK(number_at(setup, 0x21c) == 5000);
}

TEST_CASE("an initrd stays below the kernel's own limit") {
    Kernel kernel;
    kernel.put(0x22c, 16 * mebibyte - 1);
    const std::vector<std::uint8_t> initrd(4096, 1);
    auto request = kernel.request();
    request.initrd = {"initrd", initrd};
    CHECK(number(prepare_linux_boot(request), initrd_part.address_item) == 16 * mebibyte - 4096);
}

TEST_CASE("memory above the PCI hole is not used") {
    CHECK(boot_memory_end(8192 * mebibyte) == 0xc000'0000 - mebibyte);
    CHECK(boot_memory_end(0) == 0);
}

TEST_CASE("vga= becomes the video mode of the header") {
    CHECK(video_mode("quiet") == 0);
    CHECK(video_mode("quiet vga=0x317 x") == 0x317);
    CHECK(video_mode("vga=791") == 791);
    CHECK(video_mode("vga=01407") == 0x307);
    CHECK(video_mode("vga=normal") == 0xffff);
    CHECK(video_mode("vga=ext") == 0xfffe);
    CHECK(video_mode("vga=ask") == 0xfffd);
    CHECK(video_mode("vga=1 vga=2") == 2);
    CHECK(video_mode("xvga=0x317") == 0);
}

TEST_CASE("a vga= that is no mode is refused") {
    const Kernel kernel;
    for (const auto* word : {"vga=", "vga=x", "vga=0x", "vga=0x12345", "vga=12a", "vga=-1"}) {
        CHECK(refusal(kernel.request(word)) == "vmlinuz: \"" + std::string(word) + "\" names no video mode");
    }
}

TEST_CASE("what is no bzImage is refused") {
    Kernel kernel;
    kernel.put(0x202, 0);
    CHECK(refusal(kernel.request()) == "vmlinuz: neither a Linux bzImage nor a Multiboot image");
    kernel.bytes.clear();
    CHECK(refusal(kernel.request()) == "vmlinuz: neither a Linux bzImage nor a Multiboot image");
}

TEST_CASE("old protocols and zImages are refused") {
    Kernel old;
    old.put(0x206, 0x202);
    CHECK(refusal(old.request()) == "vmlinuz: its boot protocol is older than 2.03");
    Kernel low;
    low.bytes[0x211] = 0;
    CHECK(refusal(low.request()) == "vmlinuz: a zImage; only bzImages boot");
}

TEST_CASE("a truncated file is refused, one that is short by less than a paragraph is not") {
    Kernel kernel;
    kernel.bytes.resize(kernel.bytes.size() - 15);
    CHECK(refusal(kernel.request()).empty());
    kernel.bytes.resize(kernel.bytes.size() - 1);
    CHECK(refusal(kernel.request()) == "vmlinuz: the file is truncated");
    kernel.bytes.resize(0x300);
    CHECK(refusal(kernel.request()) == "vmlinuz: the file is truncated");
}

TEST_CASE("what does not fit is refused") {
    const Kernel kernel;
    CHECK(refusal(kernel.request(std::string(256, 'x'))) ==
          "vmlinuz: takes 255 characters of command line, not 256");

    auto request = kernel.request();
    request.ram_bytes = 3 * mebibyte;
    CHECK(refusal(request) == "vmlinuz: does not fit into 3 MiB of memory");

    const std::vector<std::uint8_t> initrd(61 * mebibyte);
    request = kernel.request();
    request.initrd = {"initrd", initrd};
    CHECK(refusal(request) == "initrd: does not fit into 64 MiB of memory beside the kernel");
}

}  // namespace calque
