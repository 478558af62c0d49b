#include "report/page.hpp"

#include "core/text.hpp"
#include "core/version.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

constexpr const char* kStyle = R"css(
:root { --ink:#1c2430; --soft:#5b6675; --line:#dde2e8; --paper:#ffffff; --wash:#f4f6f8; --accent:#b45309; }
* { box-sizing:border-box; }
body { margin:0; background:var(--wash); color:var(--ink); font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif; }
main { max-width:1180px; margin:0 auto; padding:24px 20px 64px; }
h1 { font-size:26px; margin:0 0 4px; overflow-wrap:anywhere; }
h2 { font-size:18px; margin:0 0 12px; }
h3 { font-size:14px; margin:16px 0 6px; color:var(--soft); font-weight:600; }
p { margin:0 0 10px; } .soft { color:var(--soft); }
section { background:var(--paper); border:1px solid var(--line); border-radius:8px; padding:18px 20px; margin-top:18px; }
.tiles { display:grid; grid-template-columns:repeat(auto-fit,minmax(150px,1fr)); gap:12px; }
.tile { border:1px solid var(--line); border-radius:6px; padding:10px 12px; background:var(--paper); }
.tile b { display:block; font-size:24px; line-height:1.2; font-variant-numeric:tabular-nums; }
.tile span { color:var(--soft); font-size:13px; }
.scroll { overflow-x:auto; }
table { border-collapse:collapse; font-variant-numeric:tabular-nums; font-size:14px; }
th,td { text-align:left; padding:4px 16px 4px 0; border-bottom:1px solid var(--line); white-space:nowrap; }
th { color:var(--soft); font-weight:600; } .num { text-align:right; }
.figures { display:grid; grid-template-columns:repeat(auto-fit,minmax(min(440px,100%),1fr)); gap:18px; }
figure { margin:0; min-width:0; } figure svg, figure img { width:100%; height:auto; display:block; }
figcaption { color:var(--soft); font-size:13px; margin-top:4px; overflow-wrap:anywhere; }
.pictures { display:grid; grid-template-columns:repeat(auto-fill,minmax(min(240px,100%),1fr)); gap:14px; }
.pictures img { background:#000; object-fit:contain; aspect-ratio:4/3; border-radius:4px; }
.key { display:inline-block; width:12px; height:12px; border-radius:2px; vertical-align:-1px; margin:0 4px 0 10px; }
pre { overflow-x:auto; font-size:12.5px; line-height:1.45; background:var(--wash); padding:12px; border-radius:6px; margin:8px 0 0; }
.wrap td:last-child { white-space:normal; overflow-wrap:anywhere; }
summary { cursor:pointer; } .warn { border-left:4px solid var(--accent); padding-left:12px; }
@media (max-width:520px) { main { padding:14px 10px 40px; } section { padding:14px 12px; } h1 { font-size:21px; } }
@media print { body { background:#fff; } section { break-inside:avoid; } }
)css";

}  // namespace

std::string picture_tag(const Image& image, const std::string& alternative_text) {
  return "<img loading=\"lazy\" alt=\"" + escape_html(alternative_text) + "\" src=\"data:image/jpeg;base64," +
         base64(encode_jpeg(image, 85)) + "\">";
}

std::string table(const std::vector<std::string>& head, const std::vector<std::vector<TableCell>>& rows) {
  std::string html = "<div class=\"scroll\"><table><thead><tr>";
  for (std::size_t column = 0; column < head.size(); ++column) {
    const bool number = !rows.empty() && column < rows.front().size() && rows.front()[column].number;
    html += std::string(number ? "<th class=\"num\">" : "<th>") + escape_html(head[column]) + "</th>";
  }
  html += "</tr></thead><tbody>";
  for (const auto& row : rows) {
    html += "<tr>";
    for (const TableCell& cell : row)
      html += std::string(cell.number ? "<td class=\"num\">" : "<td>") + escape_html(cell.text) + "</td>";
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string section(const std::string& title_text, const std::string& html) {
  return html.empty() ? "" : "<section><h2>" + escape_html(title_text) + "</h2>\n" + html + "</section>\n";
}

std::string page(const std::string& title_text, const std::string& html) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
         "<meta name=\"generator\" content=\"lanet " +
         std::string(kVersion) +
         "\">"
         "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>" +
         escape_html(title_text) + "</title><style>" + kStyle + "</style></head>\n<body><main>\n" + html +
         "</main></body></html>\n";
}

}  // namespace lanet
