// SPDX-License-Identifier: MIT
#include "catalog/s3/credential_chain.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/small_file.h"
#include "catalog/s3/bucket_url.h"
#include "catalog/s3/refusals.h"
#include "catalog/s3/s3_signer.h"
#include "http/url.h"
#include "reactor/compute.h"

namespace rimfs::catalog::s3 {
namespace {

constexpr std::size_t kLargestTokenFile = std::size_t{64} << 10;
constexpr ByteCount kLargestAnswer = 256_KiB;
/// Roles that lead to one another. The SDKs have no limit, and detect only circles.
constexpr unsigned kMostRoles = 5;
/// Like that of the SDKs: without the service nothing answers at all.
constexpr std::chrono::seconds kMetadataLimit{1};
constexpr std::chrono::seconds kLimit{20};
constexpr std::chrono::seconds kLongestProcess{60};
constexpr std::string_view kRoles = "/latest/meta-data/iam/security-credentials/";

std::optional<http::Rejection> check_success(const http::ReplyHead& head) {
  return head.status == 200 ? std::nullopt : std::optional<http::Rejection>(http::reject_status(head));
}

std::string form_of(std::initializer_list<std::pair<const char*, std::string>> fields) {
  std::string form;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    form += fmt::format("{}{}={}", form.empty() ? "" : "&", name, http::percent_encode(value));
  }
  return form;
}

/// A name for the session, which the owner of the role sees in its log.
std::string session_name(const std::string& named) { return named.empty() ? "rimfs" : named; }

/// The settings for servers without the source's credentials: those are for the bucket.
http::ServerAccess without_credentials(http::ServerAccess access) {
  access.user.reset();
  access.password = Secret();
  access.bearer = Secret();
  access.cookie = Secret();
  access.cookie_jar.clear();
  access.headers.clear();
  access.netrc = false;
  access.netrc_file.clear();
  access.client_certificate.clear();
  access.client_key.clear();
  access.client_key_password = Secret();
  static const http::ServerKind kSts = {.serves = kServerKind.serves, .explain = kServerKind.explain};
  access.server_kinds = {&kSts, 1};
  return access;
}

/// An answer of a service that has no credentials here: other clouds have one at the same address, and an instance may
/// have it switched off.
bool is_refusal(const Error& error) {
  return error.kind() == ErrorKind::missing || error.kind() == ErrorKind::denied ||
         error.kind() == ErrorKind::unsupported;
}

}  // namespace

bool is_container_url(const std::string& url) {
  if (http::is_https(url)) return true;
  if (!http::is_web_url(url)) return false;
  std::string host;
  try {
    host = http::host_in_certificate(url);
  } catch (const Error&) {
    return false;
  }
  // ECS; EKS has an address of its own for each version of IP.
  static constexpr std::string_view kHosts[] = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost", "::1"};
  in_addr number{};  // libcurl has made it the usual form
  if (::inet_pton(AF_INET, host.c_str(), &number) == 1 && host.starts_with("127.")) return true;
  return std::find(std::begin(kHosts), std::end(kHosts), host) != std::end(kHosts);
}

/// One request of the chain. A value; holds secrets.
struct CredentialChain::Call {
  explicit Call(std::string where) : url(std::move(where)) {}

  std::string url;
  std::vector<Secret> headers;
  std::optional<std::string> body;
  std::string_view method = "POST";  ///< Of the body.
  bool direct = false;               ///< No proxy: it is a service of this machine.
  std::chrono::milliseconds limit = kLimit;
};

CredentialChain::CredentialChain(const Options& options, const http::ServerAccess& access, reactor::EventLoop& loop,
                                 http::Client& client, reactor::Offload& pool)
    : options_(options), access_(without_credentials(access)), loop_(loop), client_(client), pool_(pool) {}

reactor::Task<std::string> CredentialChain::ask(Call call) {
  auto access = std::make_shared<http::ServerAccess>(access_);
  access->origins = {http::origin_of(call.url)};
  access->headers = std::move(call.headers);
  access->no_proxy = call.direct;
  // What the user said of the certificate of the S3 server is not about other servers.
  if (options_.endpoint.empty() || http::origin_of(options_.endpoint) != http::origin_of(call.url)) {
    access->insecure = false;
    access->fingerprints.clear();
  }
  http::Address address(call.url, access);
  http::Request request(check_success);
  request.most = kLargestAnswer;
  request.body = std::move(call.body);
  request.body_method = call.method;
  request.confidential = true;
  request.time_limit = call.limit;
  http::Client::Document document = co_await client_.fetch_document(address, std::move(request));
  co_return http::Body::joined(std::move(document.body));
}

/// On a thread of the pool, because a file may be on a slow disk. Throws Error{denied}.
reactor::Task<std::string> CredentialChain::read_file(std::string name) {
  std::function<std::optional<std::string>()> read = [&name] { return read_small_file(name, kLargestTokenFile); };
  const std::optional<std::string> text = co_await reactor::compute(pool_, std::move(read));
  if (!text) throw Error(ErrorKind::denied, fmt::format("cannot read the token in {}", name));
  co_return std::string(trimmed(*text));
}

std::string CredentialChain::sts_url() const {
  if (!options_.sts_endpoint.empty()) return options_.sts_endpoint;
  return aws_endpoint("sts", options_.region.empty() ? "us-east-1" : options_.region) + "/";
}

/// `signer`: the key to sign with; null: the request needs no signature.
reactor::Task<std::string> CredentialChain::ask_sts(std::string form, const Key* signer) {
  Call call(sts_url());
  if (signer) {
    const std::string region = options_.region.empty() ? "us-east-1" : options_.region;
    const S3Signer sts({*signer, {region, "sts"}, {}, {}, {}});
    call.headers = sts.sign({"POST", call.url, form}, std::chrono::system_clock::now());
  }
  call.headers.emplace_back("Content-Type: application/x-www-form-urlencoded; charset=utf-8");
  call.body = std::move(form);
  std::string answer = co_await ask(std::move(call));
  co_return answer;
}

reactor::Task<Lease> CredentialChain::of_web_identity(std::string role, std::string session, std::string token_file) {
  const std::string token = co_await read_file(std::move(token_file));
  std::string form = form_of({{"Action", "AssumeRoleWithWebIdentity"},
                              {"Version", "2011-06-15"},
                              {"RoleArn", role},
                              {"RoleSessionName", session_name(session)},
                              {"WebIdentityToken", token}});
  const std::string answer = co_await ask_sts(std::move(form), nullptr);
  co_return read_sts_lease(answer);
}

/// The credentials that a role's profile is assumed with.
reactor::Task<Lease> CredentialChain::source_of(std::shared_ptr<const AwsProfiles> profiles, std::string name,
                                                unsigned depth) {
  const std::string source = profiles->text(name, "source_profile");
  const std::string place = profiles->text(name, "credential_source");
  std::optional<Lease> lease;
  if (!source.empty()) {
    const std::optional<Key> key = profiles->key(source);
    // A profile may name itself, and means its key then.
    if (key && (source == name || !profiles->value(source, "role_arn"))) co_return Lease{*key, std::nullopt};
    std::optional<Found> found = co_await of_profile(profiles, source, depth + 1);
    if (found) lease = std::move(found->lease);
  } else if (place == "Environment" && options_.of_variables) {
    lease = Lease{*options_.of_variables, std::nullopt};
  } else if (place == "EcsContainer" && !options_.container_url.empty()) {
    lease = co_await of_container();
  } else if (place == "Ec2InstanceMetadata") {
    lease = co_await of_instance();
  }
  if (!lease) throw Error(ErrorKind::denied, fmt::format("the AWS profile '{}' has a role and no source for it", name));
  co_return *std::move(lease);
}

reactor::Task<Lease> CredentialChain::of_role(std::shared_ptr<const AwsProfiles> profiles, std::string name,
                                              unsigned depth) {
  if (depth >= kMostRoles) {
    throw Error(ErrorKind::denied, fmt::format("more than {} AWS profiles lead to one another", kMostRoles));
  }
  if (profiles->value(name, "mfa_serial")) {
    throw Error(ErrorKind::denied,
                fmt::format("the AWS profile '{}' needs a code (mfa_serial), which nobody can be asked "
                            "for; use credential_process",
                            name));
  }
  const Lease source = co_await source_of(profiles, name, depth);
  std::string form = form_of({{"Action", "AssumeRole"},
                              {"Version", "2011-06-15"},
                              {"RoleArn", profiles->text(name, "role_arn")},
                              {"RoleSessionName", session_name(profiles->text(name, "role_session_name"))},
                              {"ExternalId", profiles->text(name, "external_id")},
                              {"DurationSeconds", profiles->text(name, "duration_seconds")}});
  const std::string answer = co_await ask_sts(std::move(form), &source.key);
  co_return read_sts_lease(answer);
}

reactor::Task<Lease> CredentialChain::of_process(std::string command) {
  const std::vector<std::string> variables;
  reactor::Process process(loop_, command, variables);
  running_ = &process;
  const reactor::Process::End end = co_await process.ended(kLongestProcess);
  running_ = nullptr;
  // What it printed may hold secrets, on both outputs.
  if (end.reason != reactor::Process::Reason::itself) {
    throw Error(ErrorKind::denied,
                "credential_process was ended: it took too long, printed too much, or the mount ends");
  }
  if (end.status != 0)
    throw Error(ErrorKind::denied, fmt::format("credential_process failed with status {}", end.status));
  try {
    co_return read_json_lease(end.output, "SessionToken");
  } catch (const Error& error) {
    throw error.within("credential_process");
  }
}

/// Nothing when the profile says nothing about credentials.
reactor::Task<std::optional<CredentialChain::Found>> CredentialChain::of_profile(
    std::shared_ptr<const AwsProfiles> profiles, std::string name, unsigned depth) {
  const std::string origin = fmt::format("the AWS profile '{}'", name);
  const std::string role = profiles->text(name, "role_arn");
  const std::string token_file = profiles->text(name, "web_identity_token_file");
  const std::string command = profiles->text(name, "credential_process");
  const std::optional<Key> key = profiles->key(name);
  std::optional<Lease> lease;
  if (!role.empty() && !token_file.empty()) {
    lease = co_await of_web_identity(role, profiles->text(name, "role_session_name"), token_file);
  } else if (!role.empty()) {
    lease = co_await of_role(profiles, name, depth);
  } else if (key) {
    lease = Lease{*key, std::nullopt};
  } else if (!command.empty()) {
    lease = co_await of_process(command);
  } else if (profiles->value(name, "sso_session") || profiles->value(name, "sso_start_url")) {
    throw Error(ErrorKind::denied, fmt::format("{} logs in with SSO; set in it: credential_process = aws configure "
                                               "export-credentials --profile {}",
                                               origin, name));
  }
  if (!lease) co_return std::nullopt;
  co_return Found{*std::move(lease), origin};
}

reactor::Task<Lease> CredentialChain::of_container() {
  if (!is_container_url(options_.container_url)) {
    throw Error(ErrorKind::denied, "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor a service of this machine");
  }
  Call call(options_.container_url);
  Secret token = options_.container_token;
  if (!options_.container_token_file.empty()) {
    token = Secret(co_await read_file(options_.container_token_file));
  }
  if (!token.empty()) call.headers.emplace_back("Authorization: " + token.reveal());
  call.direct = !http::is_https(call.url);
  const std::string answer = co_await ask(std::move(call));
  co_return read_json_lease(answer, "Token");
}

/// Nothing when there is no such service, or the instance has no role.
reactor::Task<std::optional<Lease>> CredentialChain::of_instance() {
  const std::string& endpoint = options_.metadata_endpoint;
  if (endpoint.empty()) co_return std::nullopt;
  std::vector<Secret> shown;
  Call token(endpoint + "/latest/api/token");
  token.body.emplace();
  token.method = "PUT";
  token.direct = true;
  token.limit = kMetadataLimit;
  token.headers.emplace_back("X-aws-ec2-metadata-token-ttl-seconds: 21600");
  try {
    const std::string text = co_await ask(std::move(token));
    shown.emplace_back("X-aws-ec2-metadata-token: " + text);
  } catch (const Error& error) {
    if (!is_refusal(error) || !options_.old_metadata_allowed) co_return std::nullopt;
  }
  Call roles(endpoint + std::string(kRoles));
  roles.headers = shown;
  roles.direct = true;
  roles.limit = kMetadataLimit;
  std::string role;
  try {
    role = co_await ask(roles);
  } catch (const Error& error) {
    if (!is_refusal(error)) throw;
  }
  role = trimmed(role.substr(0, role.find('\n')));
  if (role.empty()) co_return std::nullopt;
  Call key(endpoint + std::string(kRoles) + http::percent_encode(role));
  key.headers = std::move(shown);
  key.direct = true;
  key.limit = kMetadataLimit;
  const std::string answer = co_await ask(std::move(key));
  co_return read_json_lease(answer, "Token");
}

reactor::Task<std::optional<CredentialChain::Found>> CredentialChain::find() {
  if (options_.anonymous) co_return std::nullopt;
  if (options_.fixed) co_return Found{{*options_.fixed, std::nullopt}, "the settings or variables"};
  std::optional<Lease> lease;
  if (!options_.identity_file.empty()) {
    lease = co_await of_web_identity(options_.role, options_.session_name, options_.identity_file);
    co_return Found{*std::move(lease), "the web identity"};
  }
  std::function<std::shared_ptr<const AwsProfiles>()> read = [this] {
    return std::make_shared<const AwsProfiles>(read_profiles(options_.credentials_file, options_.config_file));
  };
  const std::shared_ptr<const AwsProfiles> profiles = co_await reactor::compute(pool_, std::move(read));
  std::optional<Found> found = co_await of_profile(profiles, options_.profile, 0);
  if (found) co_return found;
  if (!options_.container_url.empty()) {
    lease = co_await of_container();
    co_return Found{*std::move(lease), "the container"};
  }
  lease = co_await of_instance();
  if (!lease) co_return std::nullopt;
  co_return Found{*std::move(lease), "the instance's role"};
}

void CredentialChain::cancel() {
  if (running_) running_->kill();
}

}  // namespace rimfs::catalog::s3
