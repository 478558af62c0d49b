// What goes over the wire and into the audit log: multipart bodies, answers of strangers, command sets, file headers.
#include <thread>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "core/text.hpp"
#include "dicom/dicom_file.hpp"
#include "node/audit_log.hpp"
#include "node/dimse_command.hpp"
#include "node/part10.hpp"
#include "node/queue_folder.hpp"
#include "node/stow.hpp"
#include "support/damage.hpp"
#include "support/dicom_bytes.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

using Kind = SendOutcome::Kind;

std::vector<SendOutcome> read(int status, const std::string& body, bool need_confirmation = true) {
  const std::vector<std::string> uids{"1.2.1", "1.2.2"};
  return read_stow_answer({status, body}, uids, need_confirmation);
}

std::string item(const std::string& uid, const std::string& more = "") {
  return R"({"00081155":{"vr":"UI","Value":[")" + uid + "\"]}" + more + "}";
}
std::string failure(const std::string& uid, int reason) {
  return item(uid, R"(,"00081197":{"vr":"US","Value":[)" + std::to_string(reason) + "]}");
}

TEST(StowBody, PartsAreHeldByABoundaryThatOccursInNone) {
  const std::string_view first = "first";
  const StowBody plain = make_stow_body(std::vector<std::string_view>{first});
  const std::string boundary = plain.content_type.substr(plain.content_type.find("boundary=") + 9);
  EXPECT_EQ(plain.bytes,
            "--" + boundary + "\r\nContent-Type: application/dicom\r\n\r\nfirst\r\n--" + boundary + "--\r\n");
  // An object that holds the boundary itself.
  const StowBody other = make_stow_body(std::vector<std::string_view>{first, boundary});
  EXPECT_FALSE(has(other.content_type, boundary));
  EXPECT_TRUE(has(other.bytes, "\r\n\r\n" + boundary + "\r\n"));
}

TEST(StowAnswer, WhatIsNamedCounts) {
  const auto stored = read(200, R"({"00081199":{"vr":"SQ","Value":[)" + item("1.2.1") + "," + item("1.2.2") + "]}}");
  EXPECT_EQ(stored[0].kind, Kind::kAccepted);
  EXPECT_EQ(stored[1].kind, Kind::kAccepted);
  const auto mixed = read(
      202, R"({"00081199":{"Value":[)" + item("1.2.2") + R"(]},"00081198":{"Value":[)" + failure("1.2.1", 272) + "]}}");
  EXPECT_EQ(mixed[0].kind, Kind::kRefused);
  EXPECT_TRUE(has(mixed[0].detail, "272"));
  EXPECT_EQ(mixed[1].kind, Kind::kAccepted);
  const auto there =
      read(409, R"({"00081198":{"Value":[)" + failure("1.2.1", 0x0111) + "," + failure("1.2.2", 0xA700) + "]}}");
  EXPECT_EQ(there[0].kind, Kind::kAccepted);  // it has it already
  EXPECT_EQ(there[1].kind, Kind::kUnreachable);
}

TEST(StowAnswer, StatusDecidesWhereNothingIsNamed) {
  EXPECT_EQ(read(200, "")[0].kind, Kind::kRefused);
  EXPECT_EQ(read(200, "", false)[0].kind, Kind::kAccepted);
  EXPECT_EQ(read(202, "", false)[0].kind, Kind::kRefused);
  // One is named: the other is not confirmed, whatever the settings say.
  EXPECT_EQ(read(200, R"({"00081199":{"Value":[)" + item("1.2.1") + "]}}", false)[1].kind, Kind::kRefused);
  for (const int status : {400, 409, 413, 415}) EXPECT_EQ(read(status, "")[0].kind, Kind::kRefused) << status;
  for (const int status : {0, 301, 401, 403, 404, 429, 500, 503})
    EXPECT_EQ(read(status, "")[0].kind, Kind::kUnreachable);
  // An error page is not believed, whatever it lists.
  EXPECT_EQ(read(500, R"({"00081199":{"Value":[)" + item("1.2.1") + "]}}")[0].kind, Kind::kUnreachable);
}

TEST(StowAnswer, HostileAnswersConfirmNothing) {
  const std::string deep(100'000, '[');
  for (const std::string& body :
       {std::string("<html>"), deep, std::string("null"), std::string("[]"), std::string("[[]]"), std::string("3"),
        std::string(R"({"00081199":3})"), std::string(R"({"00081199":{"Value":3}})"),
        std::string(R"({"00081199":{"Value":[3,null,[],{"00081155":"1.2.1"}]}})"),
        std::string(R"({"00081199":{"Value":[{"00081155":{"Value":[121]}}]}})"),
        std::string(R"({"00081198":{"Value":[{"00081197":{"Value":["x"]}}]}})"), std::string("\xff\xfe{}")})
    EXPECT_EQ(read(200, body)[0].kind, Kind::kRefused) << body.substr(0, 40);
  const std::string good = R"({"00081199":{"vr":"SQ","Value":[)" + item("1.2.1") + "]}}";
  for (const std::string& damaged : damaged_copies(good)) EXPECT_EQ(read(200, damaged).size(), 2u);
}

std::string element(int number, const std::string& value) {
  std::string bytes("\0\0", 2);
  for (const int part : {number, number >> 8}) bytes += static_cast<char>(part & 0xFF);
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(value.size() >> shift & 0xFF);
  return bytes + value;
}

std::string store_command() {
  return element(0x0000, std::string(4, '\0')) + element(0x0002, std::string("1.2.840\0", 8)) +
         element(0x0100, std::string("\x01\0", 2)) + element(0x0110, std::string("\x07\x01", 2)) +
         element(0x0800, std::string("\0\0", 2)) + element(0x1000, "1.2.3.44");
}

TEST(DimseCommand, ReadsAStoreRequest) {
  const DimseCommand command = parse_dimse_command(store_command(), "peer");
  EXPECT_EQ(command.field, DimseCommand::kStoreRequest);
  EXPECT_EQ(command.message_id, 0x0107);
  EXPECT_TRUE(command.has_data_set());
  EXPECT_EQ(command.sop_class_uid, "1.2.840");
  EXPECT_EQ(command.sop_instance_uid, "1.2.3.44");
}

TEST(DimseCommand, RefusesWhatIsCutOffOrForeign) {
  const auto refused = [](const std::string& bytes) {
    return refusal<DataError>([&] { parse_dimse_command(bytes, "p"); });
  };
  EXPECT_TRUE(has(refused(""), "no field"));
  EXPECT_TRUE(has(refused(store_command().substr(0, 22)), "cut off"));
  EXPECT_TRUE(has(refused(store_command() + "xx"), "half an element"));
  EXPECT_TRUE(has(refused(element(0x0100, "\x01")), "1 bytes"));
  std::string foreign = store_command();
  foreign[0] = 8;
  EXPECT_TRUE(has(refused(foreign), "another group"));
  for (const std::string& damaged : damaged_copies(store_command())) {
    try {
      parse_dimse_command(damaged, "p");
    } catch (const DataError&) {
    }
  }
}

TEST(Part10Header, MakesAFileOfADataSet) {
  const std::string header =
      part10_header({"1.2.840.10008.5.1.4.1.1.6.1", "1.2.3.4", "1.2.840.10008.1.2.1", "SCANNER"});
  DicomBytes data = ultrasound_dataset({});
  data.large(0x7FE00010, "OB", counting_pixels({}));
  const DicomFile file = DicomFile::parse(header + data.bytes, "object");
  EXPECT_EQ(file.info().sop_instance_uid, "1.2.3.4");
  EXPECT_EQ(file.frame(0).width, 6);
}

TEST(AuditLog, AddsToNoFileOfAnotherKind) {
  const TemporaryFolder folder;
  write_synced(folder / "thesis.txt", "my thesis");
  EXPECT_THROW(AuditLog(folder / "thesis.txt"), ConfigError);
  EXPECT_EQ(read_file(folder / "thesis.txt"), "my thesis");
}

TEST(AuditLog, OneObjectALineFromManyThreads) {
  const TemporaryFolder folder;
  write_synced(folder / "audit.jsonl", "{\"event\":\"torn");
  AuditLog log(folder / "audit.jsonl");
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      for (int line = 0; line < 50; ++line) log.write("received", {{"peer", "\xff\"A\n"}, {"detail", ""}});
    });
  for (std::thread& thread : threads) thread.join();
  std::vector<std::string> lines = split_text(read_file(folder / "audit.jsonl"), '\n');
  ASSERT_EQ(lines.size(), 202u);  // the torn one, 200, and nothing after the last end
  for (std::size_t index = 1; index <= 200; ++index) {
    const auto line = parse_json(lines[index], "audit");
    EXPECT_EQ(line.at("event"), "received");
    EXPECT_FALSE(line.contains("detail"));
  }
}

}  // namespace
}  // namespace lanet
