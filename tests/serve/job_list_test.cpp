#include <gtest/gtest.h>

#include "serve/served.hpp"
#include "support/archive_bytes.hpp"

namespace lanet {
namespace {

using Json = nlohmann::json;

Json finished(const Served& served, const std::string& id) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (;;) {
    Json job = served.get("/v1/jobs/" + id);
    if (!job["finished"].is_null() || std::chrono::steady_clock::now() > end) return job;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Json post_files(const Served& served, const std::vector<std::pair<std::string, std::string>>& files, int status = 202) {
  httplib::MultipartFormDataItems items;
  for (const auto& [name, bytes] : files) items.push_back({"file", bytes, name, "application/octet-stream"});
  auto http = served.client();
  return Served::answer(http.Post("/v1/jobs", items), status);
}

TEST(Jobs, LookAtEveryFileAndNameThoseThatAreNone) {
  const Served served({fake_model("fake")});
  const Json job = post_files(served, {{"a.png", picture()}, {"b.png", "no image"}, {"c.png", picture(30, 40)}});
  EXPECT_EQ(job["total"], 3);
  const Json end = finished(served, job["id"]);
  EXPECT_EQ(end["state"], "done");
  EXPECT_EQ(end["done"], 3);
  EXPECT_EQ(end["items"].size(), 2U);
  ASSERT_EQ(end["problems"].size(), 1U);
  EXPECT_EQ(end["problems"][0].get<std::string>().substr(0, 6), "b.png:");
  EXPECT_EQ(served.get("/v1/items/" + end["items"][0].get<std::string>())["state"], "done");
}

TEST(Jobs, OpenArchives) {
  const Served served({fake_model("fake")});
  const std::string zip =
      pack_archive("zip", {{"scans/a.png", picture()}, {"b.txt", "words"}, {"../c.png", picture()}});
  const Json job = served.post("/v1/jobs?name=scans.zip", zip, 202);
  EXPECT_EQ(job["total"], nullptr) << "what is inside is not known yet";
  const Json end = finished(served, job["id"]);
  EXPECT_EQ(end["state"], "done");
  EXPECT_EQ(end["total"], end["done"]);
  EXPECT_EQ(end["items"].size(), 1U);
  EXPECT_EQ(end["problems"].size(), 2U) << end.dump();
  EXPECT_EQ(served.get("/v1/items/" + end["items"][0].get<std::string>())["name"], "a.png");
}

TEST(Jobs, CanBeCancelled) {
  std::promise<void> opening;
  const auto open = opening.get_future().share();
  const Served served({fake_model("slow", [open](const Image& image) {
    open.wait();
    return quarter(image);
  })});
  std::vector<std::pair<std::string, std::string>> files(20, {"a.png", picture()});
  const std::string id = post_files(served, files)["id"];
  auto http = served.client();
  EXPECT_EQ(http.Delete(("/v1/jobs/" + id).c_str())->status, 200);
  opening.set_value();
  const Json end = finished(served, id);
  EXPECT_EQ(end["state"], "cancelled");
  EXPECT_LT(end["done"], 20);
  EXPECT_EQ(http.Delete("/v1/jobs/0123")->status, 404);
}

TEST(Jobs, WithoutAFileAreRefused) {
  const Served served({fake_model("fake")});
  served.post("/v1/jobs", "", 400);
  auto http = served.client();
  EXPECT_EQ(http.Post("/v1/jobs", "--x--", "multipart/form-data; boundary=x")->status, 400);
}

TEST(Jobs, HoldAsManyFilesAsTheyMay) {
  ServeOptions options;
  options.job_files = 2;
  const Served served({fake_model("fake")}, options);
  post_files(served, {{"a", "x"}, {"b", "x"}, {"c", "x"}}, 422);
}

}  // namespace
}  // namespace lanet
