// A picture of the screen as a PNG file, by libpng's simplified interface.
#include "frontend/screenshot.hpp"

#include <fmt/format.h>
#include <png.h>

#include <stdexcept>

namespace calque {

namespace {

std::vector<std::uint8_t> rgb_rows(const Framebuffer& picture) {
    std::vector<std::uint8_t> bytes;
    bytes.reserve(picture.pixels.size() * 3);
    for (const std::uint32_t pixel : picture.pixels) {
        for (const unsigned shift : {16U, 8U, 0U}) bytes.push_back(static_cast<std::uint8_t>(pixel >> shift));
    }
    return bytes;
}

}  // namespace

void write_png(const Framebuffer& picture, const std::string& path) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = picture.width;
    image.height = picture.height;
    image.format = PNG_FORMAT_RGB;
    const auto rows = rgb_rows(picture);
    if (!png_image_write_to_file(&image, path.c_str(), 0, rows.data(), 0, nullptr))
        throw std::runtime_error(fmt::format("{}: {}", path, static_cast<const char*>(image.message)));
}

}  // namespace calque
