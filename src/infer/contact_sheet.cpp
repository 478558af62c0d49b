#include "infer/contact_sheet.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "core/base64.hpp"
#include "core/error.hpp"
#include "core/readable.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "finding/class_meaning.hpp"
#include "finding/no_lesion.hpp"
#include "image/codec.hpp"
#include "image/geometry.hpp"

namespace lanet {
namespace {

constexpr std::int64_t kThumbnailSide = 320;
constexpr int kThumbnailQuality = 72;

constexpr const char* kStyle = R"css(
:root { color-scheme: light dark; --ink:#1c2430; --soft:#5b6675; --line:#dde2e8; --paper:#fff; --wash:#f4f6f8;
  --positive:#b42318; --other:#1d6f42; --doubt:#92400e; --focus:#1d4ed8; }
@media (prefers-color-scheme: dark) { :root { --ink:#e6eaf0; --soft:#9aa5b4; --line:#2c3542; --paper:#171d26;
  --wash:#0f141b; --positive:#ff8a7a; --other:#6fcf97; --doubt:#f3b562; --focus:#8ab4ff; } }
* { box-sizing:border-box; }
body { margin:0; background:var(--wash); color:var(--ink);
  font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif; }
header, main, footer { max-width:1500px; margin:0 auto; padding:16px 20px; }
h1 { font-size:22px; margin:0; } .soft { color:var(--soft); margin:2px 0 0; overflow-wrap:anywhere; }
form { position:sticky; top:0; z-index:1; background:var(--wash); border-bottom:1px solid var(--line); }
form > div { max-width:1500px; margin:0 auto; padding:10px 20px; display:flex; flex-wrap:wrap; gap:8px 14px;
  align-items:center; }
label { color:var(--soft); display:flex; gap:6px; align-items:center; }
select, input[type=search] { font:inherit; color:inherit; background:var(--paper); border:1px solid var(--line);
  border-radius:6px; padding:6px 8px; min-height:38px; }
input[type=search] { flex:1 1 160px; min-width:120px; }
input[type=checkbox] { width:18px; height:18px; }
:focus-visible { outline:2px solid var(--focus); outline-offset:1px; }
#cards { display:grid; grid-template-columns:repeat(auto-fill,minmax(min(240px,100%),1fr)); gap:14px; padding:0;
  margin:0; list-style:none; }
#cards > li { background:var(--paper); border:1px solid var(--line); border-radius:8px; overflow:hidden;
  content-visibility:auto; contain-intrinsic-size:auto 330px; }
#cards > li[hidden] { display:none; }
#cards img { display:block; width:100%; aspect-ratio:4/3; object-fit:contain; background:#000; }
.text { padding:10px 12px 12px; } .name { margin:0; font-weight:600; overflow-wrap:anywhere; }
.name a { color:inherit; }
.decision { margin:2px 0 6px; font-variant-numeric:tabular-nums; } .decision { display:flex; justify-content:space-between; gap:8px; } .decision b { color:var(--other); }
.positive .decision b { color:var(--positive); }
.bar { height:6px; border-radius:3px; background:var(--line); overflow:hidden; }
.bar i { display:block; height:100%; background:var(--positive); }
.size { margin:6px 0 0; color:var(--soft); font-size:13px; }
.doubts { margin:8px 0 0; padding:0 0 0 16px; color:var(--doubt); font-size:13px; }
footer li { overflow-wrap:anywhere; }
@media (max-width:520px) { header, main, footer, form > div { padding-left:12px; padding-right:12px; }
  #cards { grid-template-columns:1fr; } form { position:static; } label { flex:1 1 100%; } label select { flex:1; } }
@media print { form { display:none; } #cards > li { break-inside:avoid; content-visibility:visible; } }
)css";

constexpr const char* kScript = R"js(
const list = document.getElementById("cards"), cards = [...list.children], form = document.forms[0];
const keys = {
  order: (a, b) => a.dataset.order - b.dataset.order,
  high: (a, b) => b.dataset.probability - a.dataset.probability,
  low: (a, b) => a.dataset.probability - b.dataset.probability,
  unsure: (a, b) => b.dataset.unsure - a.dataset.unsure,
  doubts: (a, b) => b.dataset.doubts - a.dataset.doubts || b.dataset.probability - a.dataset.probability,
  name: (a, b) => a.dataset.name.localeCompare(b.dataset.name, undefined, { numeric: true })
};
const decisions = [...new Set(cards.map(card => card.dataset.decision))].sort();
for (const name of decisions) form.decision.add(new Option(name, name));
function show() {
  const words = form.words.value.toLowerCase();
  let shown = 0;
  for (const card of cards) {
    card.hidden = (form.decision.value && card.dataset.decision !== form.decision.value)
      || (form.doubted.checked && card.dataset.doubts === "0")
      || (words && !card.textContent.toLowerCase().includes(words));
    if (!card.hidden) shown += 1;
  }
  document.getElementById("shown").textContent = shown + " of " + cards.length + " shown";
}
function sort() {
  cards.sort((a, b) => keys[form.sort.value](a, b) || keys.order(a, b));
  list.append(...cards);
}
form.addEventListener("input", event => { if (event.target === form.sort) sort(); show(); });
form.addEventListener("submit", event => event.preventDefault());
form.hidden = false;
show();
)js";

std::string thumbnail(const Image& drawn) {
  const double scale = std::min(1.0, static_cast<double>(kThumbnailSide) /
                                         static_cast<double>(std::max({drawn.height, drawn.width, std::int64_t{1}})));
  const auto side = [&](std::int64_t pixels) {
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(pixels) * scale + 0.5));
  };
  const Image small = scale < 1 ? resize(drawn, side(drawn.height), side(drawn.width), Resampling::kArea) : drawn;
  return base64(encode_jpeg(small, kThumbnailQuality));
}

double probability_of(const FindingsRow& row, const std::string& name) {
  for (const ClassProbability& item : row.classes)
    if (item.name == name) return item.probability;
  return 0;
}

std::string size_text(const Lesion& lesion) {
  if (lesion.longest_mm && lesion.across_mm)
    return fixed(*lesion.longest_mm, 1) + " x " + fixed(*lesion.across_mm, 1) + " mm";
  return fixed(lesion.longest_px, 0) + " x " + fixed(lesion.across_px, 0) + " px";
}

std::string lesions_text(const FindingsRow& row) {
  if (!row.largest) return class_meaning(row.decision) == ClassMeaning::kNormal ? kNoLesionFound : "no lesion outlined";
  return (row.lesions == 1 ? "1 lesion, " : std::to_string(row.lesions) + " lesions, the largest ") +
         size_text(*row.largest);
}

std::string shown(const std::string& text) { return escape_html(readable(text)); }

std::string list_html(const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string html = std::string("<h2>") + title + "</h2><ul>";
  for (const std::string& line : lines) html += "<li>" + shown(line) + "</li>";
  return html + "</ul>\n";
}

}  // namespace

std::string relative_url(const std::string& name) {
  std::string url;
  for (const char letter : name) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                       std::string_view("-_.~/").find(letter) != std::string_view::npos;
    if (plain)
      url += letter;
    else
      url += fmt::format("%{:02X}", static_cast<unsigned>(byte));
  }
  return url;
}

ContactSheet::ContactSheet(const std::filesystem::path& file, const EngineInfo& info, bool overlays)
    : path_(file),
      file_(file, std::ios::binary),
      classes_(info.card.classes),
      positive_(info.card.positive_class),
      overlays_(overlays) {
  file_
      << "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"generator\" "
         "content=\"lanet "
      << kVersion
      << "\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
         "'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>Findings - lanet</title><style>"
      << kStyle << "</style></head>\n<body><header><h1>Findings</h1><p class=\"soft\">" << shown(info.model_id)
      << ". Research use only, not a medical device.</p></header>\n"
         "<form hidden><div><label>Decision <select name=\"decision\"><option value=\"\">all</option></select></label>"
         "<label>Order <select name=\"sort\"><option value=\"order\">as given</option><option value=\"high\">most "
      << shown(positive_) << " first</option><option value=\"low\">least " << shown(positive_)
      << " first</option><option value=\"unsure\">least sure first</option><option value=\"doubts\">most doubts "
         "first</option><option value=\"name\">by name</option></select></label>"
         "<label><input type=\"checkbox\" name=\"doubted\"> with doubts only</label>"
         "<input type=\"search\" name=\"words\" placeholder=\"Search names and doubts\" aria-label=\"Search names "
         "and doubts\"><output id=\"shown\"></output></div></form>\n<main><ul id=\"cards\">\n";
}

void ContactSheet::add(const FindingsRow& row, const Image& drawn) {
  const double positive = probability_of(row, positive_);
  const double decided = probability_of(row, row.decision);
  const std::string name = shown(row.name);
  const std::string target = escape_html(relative_url(row.name + (overlays_ ? "_overlay.png" : ".json")));
  file_ << "<li data-order=\"" << count_++ << "\" data-name=\"" << name << "\" data-decision=\"" << shown(row.decision)
        << "\" data-probability=\"" << fixed(positive, 6) << "\" data-unsure=\"" << fixed(1 - decided, 6)
        << "\" data-doubts=\"" << row.doubts.size() << "\"" << (row.decision == positive_ ? " class=\"positive\"" : "")
        << "><a href=\"" << target << "\"><img alt=\"\" src=\"data:image/jpeg;base64," << thumbnail(drawn)
        << "\"></a><div class=\"text\"><p class=\"name\"><a href=\"" << target << "\">" << name
        << "</a></p><p class=\"decision\"><b>" << shown(row.decision) << "</b> <span>" << shown(positive_) << " "
        << fixed(100 * positive, 1) << " %</span></p><div class=\"bar\"><i style=\"width:" << fixed(100 * positive, 1)
        << "%\"></i></div><p class=\"size\">" << lesions_text(row) << "</p>";
  if (!row.doubts.empty()) {
    file_ << "<ul class=\"doubts\">";
    for (const std::string& doubt : row.doubts) file_ << "<li>" << shown(doubt) << "</li>";
    file_ << "</ul>";
  }
  file_ << "</div></li>\n";
}

void ContactSheet::finish(const std::vector<std::string>& notes, const std::vector<std::string>& problems) {
  file_ << "</ul></main>\n<footer>" << list_html("Could not be used", problems) << list_html("Left out", notes)
        << "</footer>\n<script>" << kScript << "</script></body></html>\n";
  file_.flush();
  if (!file_) throw SystemError({path_.string(), "cannot write the file", "room on the disk", ""});
}

}  // namespace lanet
