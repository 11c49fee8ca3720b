// Puts results and library into the page (report.html, which is part of the program).
#include "frontend/bench/html_report.hpp"

#include "frontend/bench/report_page.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <string_view>

namespace calque::bench {
namespace {

constexpr std::array libraries{"/usr/share/javascript/chart.js/chart.min.js",
                               "/usr/share/javascript/chart.js/Chart.min.js",
                               "/usr/share/nodejs/chart.js/dist/chart.min.js"};

std::string read(const char* name) {
    std::ifstream file(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string library() {
    for (const char* name : libraries)
        if (std::string text = read(name); !text.empty()) return text;
    return "";
}

/// What stands between script tags must not end them.
std::string inside_script(std::string text) {
    for (std::size_t at = 0; (at = text.find("</", at)) != std::string::npos; at += 3)
        text.replace(at, 2, "<\\/");
    return text;
}

void put(std::string& page, std::string_view place, const std::string& text) {
    page.replace(page.find(place), place.size(), text);
}

}  // namespace

std::string to_html(const nlohmann::ordered_json& results) {
    const auto bytes = bench_report_page();
    std::string page(bytes.begin(), bytes.end());
    put(page, "/*RESULTS*/null", inside_script(results.dump()));
    put(page, "/*LIBRARY*/", inside_script(library()));
    return page;
}

}  // namespace calque::bench
