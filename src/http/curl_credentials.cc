// SPDX-License-Identifier: MIT
// What a request shows a server of the user: cookies, login, headers, certificate.
#include "http/curl_options.h"
#include "http/curl_request.h"
#include "http/ticket_login.h"
#include "http/url.h"

namespace rimfs::http {
namespace {

long option_of(LoginScheme scheme) {
  static constexpr unsigned long kOptions[] = {CURLAUTH_BASIC, CURLAUTH_DIGEST, CURLAUTH_NTLM, CURLAUTH_NEGOTIATE};
  return static_cast<long>(kOptions[static_cast<std::size_t>(scheme)]);
}

/// libcurl says only here why it sends no ticket.
int on_debug(CURL*, curl_infotype type, char* data, std::size_t n, void* exchange) {
  if (type != CURLINFO_TEXT) return 0;
  try {
    if (auto problem = ticket_problem({data, n})) static_cast<Exchange*>(exchange)->note_ticket_problem(*problem);
  } catch (const std::exception&) {  // without memory, the refusal has no reason
  }
  return 0;
}

}  // namespace

/// The cookies for the request that libcurl will add from the user's file.
Cookies CurlRequest::load_cookie_jar() {
  if (exchange_.address().access().cookie_jar.empty()) return {};
  CURL* easy = easy_.get();
  set(easy, CURLOPT_COOKIELIST, "RELOAD");
  curl_slist* list = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_COOKIELIST, &list) != CURLE_OK) return {};
  const CurlList owner(list);
  std::vector<std::string> lines;
  for (const curl_slist* line = list; line; line = line->next) lines.emplace_back(line->data);
  const std::string& url = exchange_.url();
  return Cookies::of_jar(lines, {host_in_certificate(url), path_and_query(url).path, is_https(url)});
}

/// The user's or the login's cookies, and those that the server has set. Of two with one name the former counts.
void CurlRequest::set_cookies() {
  const Login* login = exchange_.address().login().get();
  std::string header;
  if (exchange_.may_send_credentials()) header = exchange_.address().access().cookie.reveal();
  if (exchange_.may_send_credentials() && login && !login->credentials().cookie.empty()) {
    header = login->credentials().cookie.reveal();
  }
  Cookies kept = exchange_.origin_state().cookies;
  kept.remove(Cookies(header));
  if (exchange_.may_send_credentials()) {
    set_text(easy_.get(), CURLOPT_COOKIEFILE, exchange_.address().access().cookie_jar);
    if (!kept.empty()) kept.remove(load_cookie_jar());
  }
  if (!header.empty() && !kept.empty()) header += "; ";
  set_text(easy_.get(), CURLOPT_COOKIE, header + kept.header());
}

void CurlRequest::set_credentials() {
  CURL* easy = easy_.get();
  const ServerAccess& access = exchange_.address().access();
  if (access.uses_ticket()) {
    if (exchange_.shows_ticket()) set_ticket();
  } else if (access.user) {
    set(easy, CURLOPT_HTTPAUTH, option_of(exchange_.origin_state().scheme));
    set(easy, CURLOPT_USERNAME, access.user->c_str());
    set(easy, CURLOPT_PASSWORD, access.password.reveal().c_str());
  } else if (access.netrc || !access.netrc_file.empty()) {
    set(easy, CURLOPT_HTTPAUTH, option_of(exchange_.origin_state().scheme));
    set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_OPTIONAL));
    set_text(easy, CURLOPT_NETRC_FILE, access.netrc_file);
  }
  if (!access.bearer.empty()) append(headers_, "Authorization: Bearer " + access.bearer.reveal());
  for (const Secret& header : access.headers) append(headers_, header.reveal());
  if (const Login* login = exchange_.address().login().get()) {
    for (const Secret& header : login->credentials().headers) append(headers_, header.reveal());
  }
  for (const Secret& header : exchange_.signature()) append(headers_, header.reveal());
  set_text(easy, CURLOPT_SSLCERT, access.client_certificate);
  set_text(easy, CURLOPT_SSLKEY, access.client_key);
  set_text(easy, CURLOPT_KEYPASSWD, access.client_key_password.reveal());
}

/// Servers take the token of one request for the whole connection (RFC 4559, section 6), and libcurl gives such
/// a connection to requests of other users (CVE-2026-1965, CVE-2026-5545). So it serves this request alone. An
/// empty user name makes libcurl use the user's credential cache. CURLOPT_GSSAPI_DELEGATION stays at none.
void CurlRequest::set_ticket() {
  CURL* easy = easy_.get();
  if ((static_cast<unsigned>(curl_version_info(CURLVERSION_NOW)->features) & CURL_VERSION_SPNEGO) == 0) {
    exchange_.note_ticket_problem("the libcurl of this system is built without Kerberos (SPNEGO)");
    return;
  }
  set(easy, CURLOPT_HTTPAUTH, option_of(LoginScheme::negotiate));
  set(easy, CURLOPT_USERNAME, "");
  set(easy, CURLOPT_PASSWORD, "");
  set(easy, CURLOPT_FRESH_CONNECT, 1L);
  set(easy, CURLOPT_FORBID_REUSE, 1L);
  set(easy, CURLOPT_DEBUGFUNCTION, &on_debug);
  set(easy, CURLOPT_DEBUGDATA, static_cast<void*>(&exchange_));
  set(easy, CURLOPT_VERBOSE, 1L);
}

}  // namespace rimfs::http
