// Results as one page for a browser.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace calque::bench {

/// Self-contained: the charts' library (Chart.js, Debian's libjs-chart.js) is part of the page. Where it is
/// not installed the page has the tables alone and says so.
std::string to_html(const nlohmann::ordered_json& results);

}  // namespace calque::bench
