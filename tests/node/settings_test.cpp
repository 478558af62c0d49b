// Settings of the node, addresses, peers, the pause between attempts.
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "node/address.hpp"
#include "node/back_off.hpp"
#include "node/node_options.hpp"
#include "node/peer_list.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

NodeOptions read(const std::string& text) {
  NodeOptions options;
  read_toml(text, "node.toml", fields_of(options));
  return options;
}

std::string refusal_of(const std::string& text) {
  return refusal<ConfigError>([&] { read(text).validate(); });
}

TEST(NodeOptions, DefaultsAreValidAndListenHereAlone) {
  NodeOptions options;
  options.validate();
  EXPECT_EQ(options.listen.bind, "127.0.0.1");
  EXPECT_TRUE(options.destinations.empty());
}

TEST(NodeOptions, PresetHasTheDefaults) {
  NodeOptions defaults, preset;
  read_toml_file(std::string(LANET_SOURCE_DIR) + "/configs/services/node.toml", fields_of(preset));
  EXPECT_TRUE(compare_settings(fields_of(defaults), fields_of(preset)).empty());
}

TEST(NodeOptions, DestinationsHaveNamesOfTheUsers) {
  NodeOptions options = read(
      "[destinations.pacs]\nurl = \"dicom://PACS@10.0.0.5:11112\"\n"
      "[destinations.web]\nurl = \"https://host/dicom-web/studies\"\ntimeout_seconds = 5\n");
  apply_assignment("destinations.third.url=A@b:1", fields_of(options));
  options.validate();
  ASSERT_EQ(options.destinations.size(), 3u);
  EXPECT_EQ(options.destinations.at("web").timeout_seconds, 5);
  EXPECT_EQ(options.destinations.at("pacs").timeout_seconds, 30);
  NodeOptions again = read(to_commented_toml(fields_of(options)));
  EXPECT_TRUE(compare_settings(fields_of(options), fields_of(again)).empty());
  EXPECT_TRUE(has(refusal_of("[destinations.pacs]\nulr = \"A@b:1\"\n"), "destinations.pacs.url"));
  EXPECT_TRUE(has(refusal_of("destinations = 3\n"), "a table"));
}

TEST(NodeOptions, EachRefusalNamesItsField) {
  EXPECT_TRUE(has(refusal_of("[listen]\nbind = \"localhost\"\n"), "listen.bind"));
  EXPECT_TRUE(has(refusal_of("[listen]\nport = 70000\n"), "listen.port"));
  EXPECT_TRUE(has(refusal_of("[listen]\nae_title = \"MORE THAN SIXTEEN\"\n"), "listen.ae_title"));
  EXPECT_TRUE(has(refusal_of("[listen]\npeers = [\"US@here\"]\n"), "listen.peers"));
  EXPECT_TRUE(has(refusal_of("[listen.tls]\nenabled = true\n"), "listen.tls.certificate"));
  EXPECT_TRUE(has(refusal_of("[limits]\nassociations = 0\n"), "limits.associations"));
  EXPECT_TRUE(has(refusal_of("[queue]\nfolder = \"\"\n"), "queue.folder"));
  EXPECT_TRUE(has(refusal_of("[retry]\nfirst_seconds = 10\nlongest_seconds = 5\n"), "retry.longest_seconds"));
  EXPECT_TRUE(has(refusal_of("[model]\nlesion_threshold = 1.5\n"), "model.lesion_threshold"));
  EXPECT_TRUE(has(refusal_of("[model]\nsegmentation = false\nreport = false\nsecondary_capture = false\n"), "model"));
  EXPECT_TRUE(has(refusal_of("[destinations.\"a/b\"]\nurl = \"A@b:1\"\n"), "a/b"));
  EXPECT_TRUE(has(refusal_of("[destinations.p]\nurl = \"dicoms://A@b\"\n"), "destinations.p.ca"));
  EXPECT_TRUE(has(refusal_of("[destinations.p]\nurl = \"A@b:1\"\nuser = \"u\"\npassword_file = \"/dev/null\"\n"),
                  "password_file"));
}

TEST(Address, ReadsEveryForm) {
  const DestinationAddress plain = parse_address("PACS@host.example:4242", "--to");
  EXPECT_EQ(plain.ae_title, "PACS");
  EXPECT_EQ(plain.host, "host.example");
  EXPECT_EQ(plain.port, 4242);
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(parse_address("dicom://A B@h", "").port, 104);
  EXPECT_EQ(parse_address("dicoms://A@h", "").port, 2762);
  EXPECT_TRUE(parse_address("dicoms://A@h", "").tls);
  const DestinationAddress web = parse_address("https://h/dicom-web/studies", "");
  EXPECT_EQ(web.path, "/dicom-web/studies");
  EXPECT_EQ(web.port, 443);
  EXPECT_EQ(parse_address("http://h:8042/studies", "").port, 8042);
}

TEST(Address, RefusesWhatIsNone) {
  for (const char* text : {"", "host:104", "A@", "A@h:0", "A@h:99999", "A@h:1x", "A@h/x", "ftp://h/x", "https://h",
                           "https://h/a b", "https://h/a?x=1", "https://user:word@h/a", "https:///studies", "@h:1",
                           "a\\b@h:1", "SEVENTEEN LETTERS@h:1", "http://[::1]/studies"})
    EXPECT_NE(refusal<ConfigError>([&] { parse_address(text, "--to"); }), "") << text;
}

TEST(Address, KnowsUids) {
  EXPECT_TRUE(is_uid("1.2.840.10008"));
  EXPECT_TRUE(is_uid(std::string(64, '1')));
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("1..2"), std::string("1.2."), std::string(".1"),
        std::string("1.2/3"), std::string("a"), std::string(65, '1'), std::string("1.2\0", 4)})
    EXPECT_FALSE(is_uid(text)) << text;
}

TEST(PeerList, NamesAndAddresses) {
  const PeerList list = PeerList::parse({"ROOM1", "ROOM2@192.0.2.7"});
  EXPECT_TRUE(list.allows("ROOM1", "203.0.113.1"));
  EXPECT_TRUE(list.allows("ROOM2", "192.0.2.7"));
  EXPECT_FALSE(list.allows("ROOM2", "192.0.2.8"));
  EXPECT_FALSE(list.allows("ROOM3", "192.0.2.7"));
  EXPECT_FALSE(list.allows("room1", "192.0.2.7"));
  EXPECT_TRUE(PeerList::parse({}).allows("ANYBODY", "192.0.2.7"));
}

TEST(BackOff, DoublesUpToTheLongestWithJitterBelow) {
  const RetryOptions retry{2, 300, 0};
  using std::chrono::milliseconds;
  EXPECT_EQ(back_off(0, retry, 0.5), milliseconds(0));
  EXPECT_EQ(back_off(1, retry, 0), milliseconds(1000));  // 2 s * (1/2 + 0)
  EXPECT_EQ(back_off(1, retry, 0.5), milliseconds(1500));
  EXPECT_EQ(back_off(4, retry, 0), milliseconds(8000));     // 2 * 2^3 = 16, half of it
  EXPECT_EQ(back_off(9, retry, 0), milliseconds(150'000));  // 512 is past 300
  EXPECT_EQ(back_off(1'000'000, retry, 0), milliseconds(150'000));
  EXPECT_LT(back_off(9, retry, 0.999), milliseconds(300'000));
}

}  // namespace
}  // namespace lanet
