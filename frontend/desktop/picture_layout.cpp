// Proportions.
#include "frontend/desktop/picture_layout.hpp"

#include "frontend/desktop/desktop.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace calque {

namespace {

Size fit(Size window, Size shape) {
    const auto wide = static_cast<long>(window.width) * shape.height;
    const auto high = static_cast<long>(window.height) * shape.width;
    if (wide > high) return {std::max(1, static_cast<int>(high / shape.height)), window.height};
    return {window.width, std::max(1, static_cast<int>(wide / shape.width))};
}

}  // namespace

std::vector<std::string> scaling_names() { return {"smooth", "integer"}; }

Scaling parse_scaling(std::string_view text) {
    if (text == "smooth") return Scaling::smooth;
    if (text == "integer") return Scaling::integer;
    throw UsageError(fmt::format("\"{}\" is not smooth or integer", text));
}

Size natural_size(Size picture, bool square_pixels) {
    constexpr int narrowest = 640;
    if (square_pixels) return picture;
    const int width = std::max(picture.width, narrowest);
    return {width, width * 3 / 4};
}

Place place_in(Size window, Size picture, bool square_pixels, Scaling scaling) {
    Size size = fit(window, square_pixels ? picture : Size{4, 3});
    if (scaling == Scaling::integer && size.width >= picture.width && size.height >= picture.height)
        size = {size.width / picture.width * picture.width, size.height / picture.height * picture.height};
    return {(window.width - size.width) / 2, (window.height - size.height) / 2, size.width, size.height};
}

}  // namespace calque
