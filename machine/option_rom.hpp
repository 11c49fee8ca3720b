// Changes to the image of a PCI expansion ROM.
#pragma once

#include <cstdint>
#include <span>

namespace calque {

/// Makes an image that was built for another card of the same family say that it is for this one: firmware
/// runs only what names the card. An image without the PCI data structure stays as it is.
void address_rom_to(std::span<std::uint8_t> image, std::uint16_t vendor, std::uint16_t device);

}  // namespace calque
