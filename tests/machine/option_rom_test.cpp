// An option ROM's image is addressed to a card.
#include "machine/option_rom.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <vector>

using namespace calque;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes image_for_1050_0940() {
    Bytes image(512, 0x11);
    image[0] = 0x55, image[1] = 0xAA, image[2] = 1;
    image[0x18] = 0x40, image[0x19] = 0;
    const Bytes data{'P', 'C', 'I', 'R', 0x50, 0x10, 0x40, 0x09};
    std::ranges::copy(data, image.begin() + 0x40);
    return image;
}

unsigned sum(const Bytes& bytes) { return std::accumulate(bytes.begin(), bytes.end(), 0U) & 0xFF; }

}  // namespace

TEST_CASE("an option ROM names another card, and its sum stays") {
    const Bytes before = image_for_1050_0940();
    Bytes image = before;
    address_rom_to(image, 0x10EC, 0x8029);
    CHECK(Bytes(image.begin() + 0x44, image.begin() + 0x48) == Bytes{0xEC, 0x10, 0x29, 0x80});
    CHECK(sum(image) == sum(before));
    address_rom_to(image, 0x1050, 0x0940);
    CHECK(image == before);
}

TEST_CASE("what is no PCI option ROM stays as it is") {
    for (const std::size_t size : {0U, 1U, 25U, 26U, 100U}) {
        Bytes image(size, 0xFF);
        address_rom_to(image, 0x10EC, 0x8029);
        CHECK(image == Bytes(size, 0xFF));
    }
    Bytes cut = image_for_1050_0940();
    cut.resize(0x57);
    const Bytes before = cut;
    address_rom_to(cut, 0x10EC, 0x8029);
    CHECK(cut == before);
}
