// Results as tables for a terminal.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace calque::bench {

std::string to_text(const nlohmann::ordered_json& results);

}  // namespace calque::bench
