// Which guest key is at the place of a host key.
#pragma once

#include "devices/keys.hpp"

#include <SDL_scancode.h>

#include <optional>

namespace calque {

std::optional<Key> key_of_scancode(SDL_Scancode scancode);

}  // namespace calque
