#include "serve/server.hpp"

#include <atomic>
#include <fstream>
#include <future>
#include <set>

#include "core/error.hpp"
#include "serve/api.hpp"
#include "serve/served.hpp"

namespace lanet {
namespace {

using Json = nlohmann::json;

/// A network that waits until it is let go.
struct Gate {
  std::promise<void> opening;
  std::shared_future<void> open = opening.get_future().share();
  std::function<RawPrediction(const Image&)> predict() const {
    return [open = open](const Image& image) {
      open.wait();
      return quarter(image);
    };
  }
};

TEST(Server, FindsInAPostedImage) {
  const Served served({fake_model("fake")});
  const Json answer = served.post("/v1/findings?name=scan.png", picture());
  EXPECT_EQ(answer["item"], nullptr);
  EXPECT_EQ(answer["width"], 80);
  EXPECT_EQ(answer["findings"][0]["decision"], "malignant");
  EXPECT_EQ(answer["findings"][0]["mask"]["size"], Json({60, 80}));
  EXPECT_EQ(served.get("/v1/items")["items"].size(), 0U) << "nothing is kept unless asked";
}

TEST(Server, KeepsAnItemAndForgetsIt) {
  const Served served({fake_model("fake")});
  const std::string id = served.post("/v1/findings?keep=true", picture())["item"];
  const Json item = served.get("/v1/items/" + id);
  EXPECT_EQ(item["state"], "done");
  EXPECT_DOUBLE_EQ(item["probability"].get<double>(), 0.8);
  EXPECT_EQ(item["lesions"], 1);
  auto http = served.client();
  EXPECT_EQ(decode_image(http.Get(("/v1/items/" + id + "/frames/1/image").c_str())->body, "png").width, 80);
  EXPECT_EQ(http.Delete(("/v1/items/" + id).c_str())->status, 204);
  served.get("/v1/items/" + id, 404);
}

TEST(Server, AnswersWithoutClassActivationWhereTheEngineHasNone) {
  const Served served({fake_model("fake")});
  const std::string id = served.post("/v1/findings?keep=true", picture())["item"];
  served.get("/v1/items/" + id + "/frames/1/heat", 409);
}

TEST(Server, AsksTheModelThatIsNamed) {
  const auto benign = [](const Image&) { return RawPrediction{{0.9, 0.1}, {}}; };
  const Served served({fake_model("first"), fake_model("second", benign)});
  EXPECT_EQ(served.post("/v1/findings?model=second", picture())["findings"][0]["decision"], "benign");
  served.post("/v1/findings?model=third", picture(), 404);
  EXPECT_EQ(served.get("/v1/models")["models"].size(), 2U);
}

TEST(Server, SaysWhereThereIsNoLesion) {
  const auto normal = [](const Image& image) {
    RawPrediction raw = quarter(image);
    raw.class_probabilities = {0.1, 0.1, 0.8};
    return raw;
  };
  const Served served({fake_model("three", normal, {"benign", "malignant", "normal"}), fake_model("two")});
  const Json answer = served.post("/v1/findings?keep=true", picture());
  EXPECT_EQ(answer["findings"][0]["decision"], "normal");
  EXPECT_EQ(answer["findings"][0]["result"], "no lesion found");
  EXPECT_EQ(answer["findings"][0]["lesions"].size(), 0U);
  EXPECT_EQ(answer["findings"][0]["mask"]["counts"], Json({60 * 80}));
  const Json item = served.get("/v1/items/" + answer["item"].get<std::string>());
  EXPECT_EQ(item["decision"], "normal");
  EXPECT_EQ(item["lesions"], 0);
  const Json models = served.get("/v1/models")["models"];
  EXPECT_EQ(models[0]["normal_class"], "normal");
  EXPECT_EQ(models[0]["lesion_threshold"], 0.5);
  EXPECT_EQ(models[1]["lesion_threshold"], nullptr);
  EXPECT_FALSE(served.post("/v1/findings?model=two", picture())["findings"][0].contains("result"));
}

TEST(Server, RefusesBadInputWithAReason) {
  const Served served({fake_model("fake")});
  EXPECT_NE(served.post("/v1/findings", "no image", 422)["error"]["message"], "");
  served.post("/v1/findings", "", 400);
  served.post("/v1/findings?keep=perhaps", picture(), 400);
  served.post("/v1/nothing", picture(), 404);
  served.post("/v1/items", picture(), 405);
  served.get("/v1/items/../../etc/passwd", 404);
}

TEST(Server, HoldsItsLimits) {
  ServeOptions options;
  options.upload_bytes = options.job_bytes = 20'000;
  options.image_pixels = 10'000;
  const Served served({fake_model("fake")}, options);
  served.post("/v1/findings", std::string(20'001, 'x'), 413);
  served.post("/v1/findings", picture(101, 100), 422);
  auto http = served.client();
  int sent = 0;
  const auto chunked = http.Post(
      "/v1/findings",
      [&](std::size_t, httplib::DataSink& sink) {
        const std::string block(1000, 'x');
        if (sent++ < 40) return sink.write(block.data(), block.size());
        sink.done();
        return true;
      },
      "application/octet-stream");
  // The answer may come while the rest is still being sent: the client then sees it, or a closed connection.
  EXPECT_TRUE(!chunked || chunked->status == 413);
  EXPECT_LT(sent, 42);
}

TEST(Server, AFullQueueIsAnsweredAtOnce) {
  Gate gate;
  ServeOptions options;
  options.queue = 2;
  options.find_seconds = 30;
  Served served({fake_model("slow", gate.predict())}, options);
  std::vector<std::future<int>> answers;
  for (int client = 0; client < 12; ++client)
    answers.push_back(std::async(std::launch::async, [&served] {
      auto http = served.client();
      const auto answer = http.Post("/v1/findings", picture(), "image/png");
      return answer ? answer->status : -1;
    }));
  // The network holds the first image of the start; of the twelve two wait, and the others are told so.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  const auto ready = [](auto& answer) { return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready; };
  while (std::count_if(answers.begin(), answers.end(), ready) < 10 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  gate.opening.set_value();
  std::map<int, int> counts;
  for (auto& answer : answers) ++counts[answer.get()];
  EXPECT_EQ(counts[503], 10);
  EXPECT_EQ(counts[200], 2);
}

TEST(Server, StoppingFinishesWhatItTook) {
  Gate gate;
  Served served({fake_model("slow", gate.predict())});
  auto answer = std::async(std::launch::async, [&served] { return served.post("/v1/findings", picture()); });
  while (served.get("/v1/health")["queue"]["waiting"] == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  served.server->stop();
  gate.opening.set_value();
  EXPECT_EQ(answer.get()["findings"][0]["decision"], "malignant");
}

TEST(Server, WantsItsToken) {
  ServeOptions options;
  options.token = "secret";
  const Served served({fake_model("fake")}, options);
  served.get("/v1/items", 401);
  served.get("/v1/health");
  auto http = served.client();
  EXPECT_EQ(http.Get("/v1/items", {{"Authorization", "Bearer secret"}})->status, 200);
  EXPECT_EQ(http.Get("/v1/items", {{"Authorization", "Bearer secret2"}})->status, 401);
  EXPECT_EQ(http.Get("/v1/items", {{"Authorization", "Bearer "}})->status, 401);
}

TEST(Server, RefusesOtherNamesAndOtherPagesWithoutAToken) {
  const Served served({fake_model("fake")});
  auto http = served.client();
  EXPECT_EQ(http.Get("/v1/items", {{"Host", "evil.example:80"}})->status, 421);
  EXPECT_EQ(http.Post("/v1/findings", {{"Origin", "http://evil.example"}}, picture(), "image/png")->status, 403);
  EXPECT_EQ(http.Get("/v1/items", {{"Sec-Fetch-Site", "cross-site"}})->status, 403);
}

TEST(Server, WillNotListenToOthersWithoutAToken) {
  ServeOptions options;
  options.address = "0.0.0.0";
  EXPECT_THROW(options.validate(), ConfigError);
  options.address = "127.0.0.1.example";
  EXPECT_THROW(options.validate(), ConfigError);
  options.token = "secret";
  EXPECT_NO_THROW(options.validate());
}

TEST(Server, SaysWhatABrowserMayDo) {
  const Served served({fake_model("fake")});
  auto http = served.client();
  const auto answer = http.Get("/v1/health");
  EXPECT_EQ(answer->get_header_value("Cache-Control"), "no-store");
  EXPECT_EQ(answer->get_header_value("X-Content-Type-Options"), "nosniff");
  const std::string page = http.Get("/openapi.json")->get_header_value("Content-Security-Policy");
  EXPECT_NE(page.find("default-src 'self'"), std::string::npos);
  EXPECT_EQ(page.find("unsafe"), std::string::npos);
}

TEST(Server, AFileOfThePageIsSentOnce) {
  const Served served({fake_model("fake")});
  auto http = served.client();
  const auto first = http.Get("/openapi.json");
  const auto again = http.Get("/openapi.json", {{"If-None-Match", first->get_header_value("ETag")}});
  EXPECT_EQ(again->status, 304);
  EXPECT_EQ(http.Get("/assets/../api.md")->status, 404);
  EXPECT_EQ(http.Get("/assets/%2e%2e/api.md")->status, 404);
}

TEST(Server, EveryRouteStandsInTheDescription) {
  TemporaryFolder folder;
  ServeOptions options;
  options.labels = folder.path();
  Api api({fake_model("fake")}, options);
  const Router router = make_router(api);
  const Json description = Json::parse(api.assets.find("openapi.json")->bytes);
  std::set<std::string> described, served;
  for (const auto& [path, operations] : description["paths"].items())
    for (const auto& [method, operation] : operations.items()) described.insert(method + " " + path);
  for (const Route& route : router.routes()) {
    std::string method = route.method;
    for (char& letter : method) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    if (route.pattern.starts_with("/v1/") || route.pattern == "/metrics") served.insert(method + " " + route.pattern);
  }
  EXPECT_EQ(described, served);
}

TEST(Server, CountsItsAnswers) {
  const Served served({fake_model("fake")});
  served.get("/v1/items/0123", 404);
  auto http = served.client();
  const std::string text = http.Get("/metrics")->body;
  EXPECT_NE(text.find(R"(lanet_http_requests_total{method="GET",route="/v1/items/{id}",status="404"} 1)"),
            std::string::npos);
}

TEST(Server, ShowsRunsAsFarAsTheyGot) {
  Served served({fake_model("fake")});
  const auto run = served.folder.path() / "runs" / "first";
  std::filesystem::create_directories(run);
  std::ofstream(run / "record.json") << R"({"started": "2024-01-01T00:00:00Z", "finished": null})";
  std::ofstream(run / "metrics.csv") << "stage,epoch,val_loss,val_auc,seconds\n1,1,0.5,,2\n1,2,0.4,0.7,3\n";
  std::ofstream(run / "report.html") << "<!doctype html>";
  const Json list = served.get("/v1/runs")["runs"];
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["state"], "stopped");
  EXPECT_EQ(list[0]["epochs_done"], 2);
  EXPECT_EQ(list[0]["best"]["val_loss"], 0.4);
  EXPECT_EQ(list[0]["seconds"], 5.0);
  EXPECT_EQ(served.get("/v1/runs/first")["rows"][0][3], nullptr);
  auto http = served.client();
  EXPECT_NE(http.Get("/v1/runs/first/report")->get_header_value("Content-Security-Policy").find("sandbox"),
            std::string::npos);
  served.get("/v1/runs/%2e%2e", 404);
}

}  // namespace
}  // namespace lanet
