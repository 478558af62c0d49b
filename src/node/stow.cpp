#include "node/stow.hpp"

#include <algorithm>
#include <map>

#include "core/json.hpp"
#include "core/sha256.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kReferencedSequence = "00081199";
constexpr const char* kFailedSequence = "00081198";
constexpr const char* kReferencedInstance = "00081155";
constexpr const char* kFailureReason = "00081197";
constexpr std::int64_t kAlreadyThere = 0x0111, kOutOfResources = 0xA700, kOutOfResourcesEnd = 0xA7FF;
constexpr int kOk = 200, kAccepted = 202, kBadRequest = 400, kConflict = 409, kTooLarge = 413, kWrongType = 415;

/// The values of an attribute; an empty list where it has none of that form.
Json values_of(const Json& item, const char* tag) {
  if (!item.is_object()) return Json::array();
  const auto attribute = item.find(tag);
  if (attribute == item.end() || !attribute->is_object()) return Json::array();
  const auto values = attribute->find("Value");
  return values != attribute->end() && values->is_array() ? *values : Json::array();
}

std::string first_text(const Json& item, const char* tag) {
  const Json values = values_of(item, tag);
  return !values.empty() && values.front().is_string() ? values.front().get<std::string>() : "";
}

std::int64_t first_number(const Json& item, const char* tag) {
  const Json values = values_of(item, tag);
  return !values.empty() && values.front().is_number_integer() ? values.front().get<std::int64_t>() : 0;
}

SendOutcome outcome_of_reason(std::int64_t reason) {
  const std::string text = "refused with reason " + std::to_string(reason);
  if (reason == kAlreadyThere) return {SendOutcome::Kind::kAccepted, "was there already"};
  if (reason >= kOutOfResources && reason <= kOutOfResourcesEnd) return {SendOutcome::Kind::kUnreachable, text};
  return {SendOutcome::Kind::kRefused, text};
}

std::map<std::string, SendOutcome> named_outcomes(const std::string& body) {
  std::map<std::string, SendOutcome> outcomes;
  Json answer;
  try {
    answer = parse_json(body, "the answer");
  } catch (const DataError&) {
    return outcomes;
  }
  if (answer.is_array() && answer.size() == 1) answer = Json(answer.front());  // some servers wrap it in a list
  for (const Json& item : values_of(answer, kReferencedSequence))
    outcomes[first_text(item, kReferencedInstance)] = {SendOutcome::Kind::kAccepted, ""};
  for (const Json& item : values_of(answer, kFailedSequence))
    outcomes[first_text(item, kReferencedInstance)] = outcome_of_reason(first_number(item, kFailureReason));
  return outcomes;
}

SendOutcome outcome_of_status(int status, bool need_confirmation) {
  const std::string text = "HTTP status " + std::to_string(status);
  if (status == kOk && !need_confirmation) return {SendOutcome::Kind::kAccepted, "not confirmed by name"};
  if (status == kOk || status == kAccepted)
    return {SendOutcome::Kind::kRefused, text + ", but the answer does not name the object"};
  const bool about_the_object =
      status == kBadRequest || status == kConflict || status == kTooLarge || status == kWrongType;
  return {about_the_object ? SendOutcome::Kind::kRefused : SendOutcome::Kind::kUnreachable, text};
}

}  // namespace

StowBody make_stow_body(std::span<const std::string_view> objects) {
  const auto occurs = [&](const std::string& text) {
    return std::any_of(objects.begin(), objects.end(),
                       [&](std::string_view object) { return object.find(text) != std::string_view::npos; });
  };
  std::string boundary;
  for (int number = 0; boundary.empty() || occurs(boundary); ++number)
    boundary = "lanet-" + sha256_hex(std::to_string(number)).substr(0, 32);
  StowBody body{"multipart/related; type=\"application/dicom\"; boundary=" + boundary, ""};
  for (const std::string_view object : objects) {
    body.bytes += "--" + boundary + "\r\nContent-Type: application/dicom\r\n\r\n";
    body.bytes += object;
    body.bytes += "\r\n";
  }
  body.bytes += "--" + boundary + "--\r\n";
  return body;
}

std::vector<SendOutcome> read_stow_answer(const StowAnswer& answer, std::span<const std::string> uids,
                                          bool need_confirmation) {
  const bool can_list = answer.status == kOk || answer.status == kAccepted || answer.status == kConflict;
  const auto named = can_list ? named_outcomes(answer.body) : std::map<std::string, SendOutcome>();
  std::vector<SendOutcome> outcomes;
  for (const std::string& uid : uids) {
    const auto found = named.find(uid);
    outcomes.push_back(found != named.end() ? found->second
                                            : outcome_of_status(answer.status, need_confirmation || !named.empty()));
  }
  return outcomes;
}

}  // namespace lanet
