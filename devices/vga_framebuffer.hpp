// A picture: what a screen shows at one moment.
#pragma once

#include <cstdint>
#include <vector>

namespace calque {

struct Framebuffer {
    unsigned width = 0;
    unsigned height = 0;
    std::vector<std::uint32_t> pixels;  ///< rows of 00RRGGBB

    /// What the pixels show afterwards is unspecified.
    void resize(unsigned new_width, unsigned new_height) {
        width = new_width;
        height = new_height;
        pixels.resize(std::size_t{width} * height);
    }
    std::uint32_t* row(unsigned y) { return pixels.data() + std::size_t{y} * width; }
};

}  // namespace calque
