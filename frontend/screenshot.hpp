// A picture of the screen as a PNG file.
#pragma once

#include "devices/vga_framebuffer.hpp"

#include <string>

namespace calque {

/// Throws std::runtime_error that names the file if it cannot be written.
void write_png(const Framebuffer& picture, const std::string& path);

}  // namespace calque
