// Direct booting of a Multiboot image: both ways to lay it out, its information, what is refused.
#include "machine/multiboot.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace calque {
namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

struct Image {
    std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(4096, 0xc4);

    void put(std::size_t at, std::uint32_t value) {
        for (std::size_t i = 0; i < 4; ++i) {
            bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
        }
    }
    void put_header(std::size_t at, std::uint32_t flags) {
        put(at, 0x1bad'b002);
        put(at + 4, flags);
        put(at + 8, -(0x1bad'b002 + flags));
    }
    BootRequest request(std::string command_line = "") const {
        return {{"kernel", bytes}, {}, std::move(command_line), 64 * mebibyte};
    }
};

/// Header at 100h, loaded from file offset 80h to 100000h up to the file's end, 4 KiB of zeros behind it.
Image image_with_addresses() {
    Image image;
    image.put_header(0x100, 0x1'0003);
    image.put(0x10c, 0x10'0080);
    image.put(0x110, 0x10'0000);
    image.put(0x114, 0);
    image.put(0x118, 0x10'0000 + 4096 - 0x80 + 4096);
    image.put(0x11c, 0x10'1234);
    return image;
}

/// Two segments: 16 bytes at 100000h, and 8 bytes at 100020h of which the last 4 are zeros.
Image elf_image() {
    Image image;
    image.put_header(0x200, 0);
    image.put(0, 0x464c'457f);
    image.bytes[4] = 1;
    image.put(24, 0x10'0004);
    image.put(28, 52);
    image.put(42, 32);
    image.put(44, 2);
    const auto segment = [&](std::size_t at, std::uint32_t address, std::uint32_t file,
                             std::uint32_t memory) {
        image.put(at, 1);
        image.put(at + 4, 0x300);
        image.put(at + 12, address);
        image.put(at + 16, file);
        image.put(at + 20, memory);
    };
    segment(52, 0x10'0000, 16, 16);
    segment(84, 0x10'0020, 4, 8);
    return image;
}

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

/// The string to which a field of the information structure points.
std::string string_of(const BootItems& boot, std::size_t field) {
    const auto& information = item(boot, setup_part.data_item);
    const auto at = number_at(information, field) - number(boot, setup_part.address_item);
    std::string text;
    for (auto i = at; information.at(i) != 0; ++i) {
        text += static_cast<char>(information[i]);
    }
    return text;
}

std::string refusal(const BootRequest& request) {
    try {
        prepare_multiboot(request);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a Multiboot header is found by magic and checksum, in the first 8 KiB, 4-aligned") {
    auto image = elf_image();
    CHECK(is_multiboot({"", image.bytes}));
    image.put(0x208, 0);
    CHECK_FALSE(is_multiboot({"", image.bytes}));

    Image late;
    late.bytes.resize(16384);
    late.put_header(8192, 0);
    CHECK_FALSE(is_multiboot({"", late.bytes}));
    CHECK_FALSE(is_multiboot({"", {}}));
}

TEST_CASE("address fields lay out the file and its zeros") {
    const auto boot = prepare_multiboot(image_with_addresses().request());
    const auto& bytes = item(boot, kernel_part.data_item);
    CHECK(boot.rom_file == "genroms/multiboot.bin");
    CHECK(number(boot, kernel_part.address_item) == 0x10'0000);
    CHECK(number(boot, kernel_entry_item) == 0x10'1234);
    CHECK(bytes.size() == 4096 - 0x80 + 4096);
    CHECK(bytes[0] == 0xc4);
    CHECK(bytes[4096 - 0x80 - 1] == 0xc4);
    CHECK(bytes[4096 - 0x80] == 0);
}

TEST_CASE("ELF segments are laid out by physical address") {
    const auto boot = prepare_multiboot(elf_image().request());
    const auto& bytes = item(boot, kernel_part.data_item);
    CHECK(number(boot, kernel_part.address_item) == 0x10'0000);
    CHECK(number(boot, kernel_entry_item) == 0x10'0004);
    CHECK(bytes.size() == 0x28);
    CHECK(bytes[15] == 0xc4);
    CHECK(bytes[16] == 0);
    CHECK(bytes[0x23] == 0xc4);
    CHECK(bytes[0x24] == 0);
}

TEST_CASE("the information names kernel, arguments, loader and module") {
    const auto image = elf_image();
    const std::vector<std::uint8_t> module(100, 7);
    auto request = image.request("a b");
    request.initrd = {"data", module};
    const auto boot = prepare_multiboot(request);
    CHECK(string_of(boot, 16) == "kernel a b");
    CHECK(string_of(boot, 64) == "Calque");

    const auto& information = item(boot, setup_part.data_item);
    const auto list = number_at(information, 24) - number(boot, setup_part.address_item);
    const auto start = number_at(information, list);
    CHECK(number_at(information, 20) == 1);
    CHECK(start == number(boot, initrd_part.address_item));
    CHECK(start % 4096 == 0);
    CHECK(number_at(information, list + 4) == start + 100);
    CHECK(string_of(boot, list + 8) == "data");
}

TEST_CASE("the information keeps clear of an image in low memory") {
    const auto placed = [](std::uint32_t load, std::uint32_t bss_end) {
        auto image = image_with_addresses();
        image.put(0x10c, load + 0x80);
        image.put(0x110, load);
        image.put(0x114, 0);
        image.put(0x118, bss_end);
        const auto boot = prepare_multiboot(image.request("a"));
        CHECK(number(boot, kernel_part.address_item) == load);
        CHECK(string_of(boot, 16) == "kernel a");
        return number(boot, setup_part.address_item);
    };
    CHECK(placed(0x4000, 0xf000) == 0x1'0000);
    CHECK(placed(0x4000, 0x1'0001) == 0x1'0010);
    CHECK(placed(0x8000, 0x8'0000) == 0x8'0000);
    CHECK(placed(0x2'0000, 0x9'f000) == 0x1'0000);

    auto image = image_with_addresses();
    image.put(0x10c, 0x1080);
    image.put(0x110, 0x1000);
    image.put(0x114, 0);
    image.put(0x118, 0x9'f000);
    CHECK(refusal(image.request()) == "kernel: leaves no room in low memory for the Multiboot information");
}

TEST_CASE("requirements that are not known are refused") {
    auto image = elf_image();
    image.put_header(0x200, 0x10);
    CHECK(refusal(image.request()) == "kernel: its Multiboot header requires unknown features (10h)");
}

TEST_CASE("images that are cut off or contradict themselves are refused") {
    auto truncated = image_with_addresses();
    truncated.put(0x114, 0x10'0000 + 8192);
    CHECK(refusal(truncated.request()) == "kernel: the file is truncated");

    auto wrong = image_with_addresses();
    wrong.put(0x110, 0x20'0000);
    CHECK(refusal(wrong.request()) == "kernel: its load address is wrong");

    auto segment = elf_image();
    segment.put(56, 0xffff'fff0);
    CHECK(refusal(segment.request()) == "kernel: the file is truncated");

    auto table = elf_image();
    table.put(28, 0xffff'0000);
    CHECK(refusal(table.request()) == "kernel: the file is truncated");

    auto wide = elf_image();
    wide.bytes[4] = 2;
    CHECK(refusal(wide.request()) == "kernel: a 64-bit ELF image; Multiboot loads 32-bit ones");
}

TEST_CASE("images outside the memory are refused") {
    auto low = elf_image();
    low.put(64, 0xff0);
    CHECK(refusal(low.request()) == "kernel: loads over the firmware's memory");

    auto high = elf_image();
    high.put(96, 0xffff'fff8);
    CHECK(refusal(high.request()) == "kernel: does not fit into 64 MiB of memory");

    auto backwards = image_with_addresses();
    backwards.put(0x114, 0x1000);
    CHECK_FALSE(refusal(backwards.request()).empty());
}

}  // namespace calque
