// Where in a window a picture goes.
#pragma once

#include <string_view>

namespace calque {

enum class Scaling : unsigned char {
    smooth,   ///< as large as fits, in the right proportions
    integer,  ///< every pixel a block of whole ones
};

/// Throws UsageError unless `text` is one of "smooth" and "integer".
Scaling parse_scaling(std::string_view text);

struct Size {
    int width = 0, height = 0;
    bool operator==(const Size&) const = default;
};

struct Place {
    int x = 0, y = 0, width = 0, height = 0;
    bool operator==(const Place&) const = default;
};

/// The size at which a picture looks as on its monitor: pixels of a VGA's own modes fill 4:3 whatever their
/// number, those of high-resolution modes are square.
Size natural_size(Size picture, bool square_pixels);

/// The picture in the middle of a window. By whole numbers the proportions are as near as they can be, and a
/// window that is too small gets what fits smoothly.
Place place_in(Size window, Size picture, bool square_pixels, Scaling scaling);

}  // namespace calque
