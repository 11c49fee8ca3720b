// Reads the characters of a text screen, for scripts that wait for a text.
#include "devices/vga_render.hpp"

#include <string_view>

namespace calque {
namespace {

/// Code page 437 as a UTF-32 string. 00h and FFh look like spaces.
constexpr std::u32string_view code_page_437 =
    U" ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼"
    U" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNO"
    U"PQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~⌂"
    U"ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ"
    U"áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐"
    U"└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀"
    U"αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";
static_assert(code_page_437.size() == 256);

void append_utf8(std::string& text, char32_t character) {
    const auto unit = [&text](std::uint32_t value) { text.push_back(static_cast<char>(value)); };
    if (character < 0x80) {
        unit(character);
    } else if (character < 0x800) {
        unit(0xC0 | character >> 6);
        unit(0x80 | (character & 0x3F));
    } else {
        unit(0xE0 | character >> 12);
        unit(0x80 | (character >> 6 & 0x3F));
        unit(0x80 | (character & 0x3F));
    }
}

std::string text_row(VideoMemory memory, std::uint32_t cell, unsigned columns) {
    std::string text;
    for (unsigned x = 0; x < columns; ++x) append_utf8(text, code_page_437[vga_plane(memory, cell + x, 0)]);
    return text;
}

}  // namespace

std::vector<std::string> vga_text(const VgaState& state, VideoMemory memory) {
    std::vector<std::string> rows;
    if (vga_graphics_mode(state)) return rows;
    const VgaGeometry geometry(state);
    VgaScan scan(state, geometry);
    for (unsigned y = 0; y < geometry.lines; ++y) {
        if (scan.starts_row() || y == 0) rows.push_back(text_row(memory, scan.address(), geometry.columns));
        scan.next_line();
    }
    return rows;
}

}  // namespace calque
