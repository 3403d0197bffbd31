// SPDX-License-Identifier: MIT
#include "http/url.h"

#include <doctest/doctest.h>

#include <string>

#include "base/error.h"

using namespace rimfs;
using namespace rimfs::http;
using namespace std::string_literals;

TEST_CASE("percent escapes are decoded once, and invalid ones are unchanged") {
  struct Row {
    const char* text;
    std::string decoded;
  };
  const Row rows[] = {
      {"", ""},       {"plain", "plain"},   {"a%20b", "a b"}, {"%41%62", "Ab"}, {"%c3%BC", "ü"},      {"%2541", "%41"},
      {"a+b", "a+b"}, {"%", "%"},           {"%4", "%4"},     {"100%", "100%"}, {"%zz%4g", "%zz%4g"}, {"%00", "\0"s},
      {"%%41", "%A"}, {"%2f..%2F", "/../"}, {"ü", "ü"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(percent_decode(row.text) == row.decoded);
  }
}

TEST_CASE("every byte survives encoding and decoding") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  CHECK(percent_decode(percent_encode(all)) == all);
  CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
  CHECK(percent_encode("a/b c%\n\xff") == "a%2Fb%20c%25%0A%FF");
  CHECK(percent_encode("a/b c", "/") == "a/b%20c");
}

TEST_CASE("the names in a path are decoded one by one, and empty ones are omitted") {
  CHECK(decoded_path_parts("/a/b%20c//d%2Fe/") == std::vector<std::string>{"a", "b c", "d/e"});
  CHECK(decoded_path_parts("/").empty());
  CHECK(decoded_path_parts("").empty());
}

TEST_CASE("only characters that a request line cannot contain are encoded in a pasted URL") {
  CHECK(encode_unsafe("http://h/a b?c=\"<>#%20%zz+&'()[]") == "http://h/a%20b?c=%22%3C%3E#%20%zz+&'()[]");
  CHECK(encode_unsafe("ü\r\n\x7f\t") == "%C3%BC%0D%0A%7F%09");
  CHECK(encode_unsafe("\0"s) == "%00");
  const std::string once = encode_unsafe("ü b");
  CHECK(encode_unsafe(once) == once);
}

TEST_CASE("a displayed URL contains no secret") {
  struct Row {
    const char *url, *shown;
  };
  const Row rows[] = {
      {"https://user:secret@host/a/b", "https://host/a/b"},
      {"https://user@host:8443/a", "https://host:8443/a"},
      {"https://host/a?token=secret", "https://host/a"},
      {"https://host/a#secret", "https://host/a"},
      {"https://u:secret@host/a?X-Amz-Signature=secret#secret", "https://host/a"},
  };
  for (const Row& row : rows) CHECK(display_url(row.url).text() == row.shown);
  CHECK(display_url("secret").text().find("secret") == std::string::npos);
  CHECK(display_url("http://user:secret@host:port/").text().find("secret") == std::string::npos);
}

TEST_CASE("of a query those parameters are shown that the kind of the server names") {
  static constexpr std::string_view kNames[] = {"at", "in"};
  const ServerKind kinds[] = {{.serves = [](const std::string& url) { return origin_of(url) == "https://known:443"; },
                               .shown_parameters = kNames}};
  struct Row {
    const char *url, *shown;
  };
  const Row rows[] = {
      {"https://u:secret@known/a?at=1&token=secret&in=%20#secret", "https://known/a?at=1&in=%20"},
      {"https://known/a?in=2&at=", "https://known/a?in=2&at="},
      {"https://known/a?at", "https://known/a"},
      {"https://known/a?atx=secret&xat=secret&AT=secret&at%3D=secret", "https://known/a"},
      {"https://known/a?token=at=secret&%61t=secret", "https://known/a"},
      {"https://other/a?at=secret", "https://other/a"},
  };
  for (const Row& row : rows) CHECK(display_url(row.url, kinds).text() == row.shown);
  CHECK(display_url("https://known/a?at=1").text() == "https://known/a");
  CHECK(display_url("secret", kinds).text().find("secret") == std::string::npos);
}

TEST_CASE("a URL with a NUL byte is refused, not cut there") {
  const std::string cut("http://good\0.evil/x", 19);
  CHECK_THROWS_AS(origin_of(cut), Error);
  CHECK_THROWS_AS(read_user_url(cut), Error);
  CHECK_THROWS_AS(resolve_location("http://asked/", cut), Error);
  CHECK_FALSE(is_proxy_url(cut));
  CHECK(read_user_url(std::string("http://good/a\0b", 15)).url == "http://good/a%00b");
  CHECK(display_url(cut).text().find("evil") == std::string::npos);
}

TEST_CASE("the target of a request has no fragment, and an empty query is one") {
  struct Row {
    const char *url, *target;
  };
  for (const Row& row : {Row{"http://h", "/"}, Row{"http://h/a?", "/a?"}, Row{"http://h?b#c", "/?b"},
                         Row{"http://h/a/../b%2f?c=/d", "/b%2f?c=/d"}, Row{"http://u:p@h/a#?b", "/a"}}) {
    CAPTURE(row.url);
    CHECK(request_target(row.url) == row.target);
  }
}

TEST_CASE("a proxy URL has the form that libcurl accepts") {
  for (const char* yes : {"host", "host:3128", "http://host", "HTTPS://u:p@host:443", "socks5h://u:p@[::1]:1080",
                          "u:p%2Fw@host", "http://host:80/", "socks://h", "socks4a://h"}) {
    CAPTURE(yes);
    CHECK(is_proxy_url(yes));
  }
  for (const char* no :
       {"htps://host", "ftp://host", "http://", "http://u:pa/ss@host:1", "u:password", "http://h:port"}) {
    CAPTURE(no);
    CHECK_FALSE(is_proxy_url(no));
  }
}

TEST_CASE("path and query are returned as written in the URL") {
  const auto both = [](const char* url) {
    const PathAndQuery parts = path_and_query(url);
    return parts.path + " " + parts.query;
  };
  CHECK(both("http://h/a%20b/%2e/c?d=%20&e#f") == "/a%20b/%2e/c d=%20&e");
  CHECK(both("http://h") == "/ ");
  CHECK(both("http://h?x") == "/ x");
  CHECK_THROWS_AS(path_and_query("/a"), Error);
}

TEST_CASE("an origin is scheme, host and port") {
  CHECK(origin_of("HTTP://Host/a") == "http://host:80");
  CHECK(origin_of("https://user:x@host:443/a?b") == "https://host:443");
  CHECK(origin_of("http://[::1]:8080/") == "http://[::1]:8080");
  CHECK_THROWS_AS(origin_of("host/a"), Error);
  CHECK_THROWS_AS(origin_of(""), Error);
}

TEST_CASE("a link is resolved against the page it is on") {
  CHECK(resolve_location("http://h/a/b?c", "d") == "http://h/a/d");
  CHECK(resolve_location("http://h/a/b", "/d?e") == "http://h/d?e");
  CHECK(resolve_location("https://h/a/b", "//i/d") == "https://i/d");
  CHECK(resolve_location("http://h/a/b", "../../../d") == "http://h/d");
  CHECK(resolve_location("http://h/a/", "%7e%2e%2F") == "http://h/a/%7e%2e%2F");
  CHECK_THROWS_AS(resolve_location("http://h/", "javascript:x"), Error);
}

TEST_CASE("https is recognised in any case") {
  CHECK(is_https("HTTPS://h"));
  CHECK_FALSE(is_https("http://h"));
  CHECK_FALSE(is_https("https:/"));
}

TEST_CASE("a certificate must name the host of the URL") {
  struct Row {
    const char* url;
    const char* host;
  };
  const Row rows[] = {
      {"https://vc.local/sdk", "vc.local"},      {"https://vc.local.:8443/", "vc.local"},
      {"https://u:p@10.0.0.1:443/", "10.0.0.1"}, {"https://[2001:db8::1]:8443/", "2001:db8::1"},
      {"https://[fe80::1%25eth0]/", "fe80::1"},  {"https://10.1/", "10.0.0.1"},
  };
  for (const Row& row : rows) CHECK(host_in_certificate(row.url) == row.host);
  CHECK_THROWS_AS(host_in_certificate("no url"), Error);
}
