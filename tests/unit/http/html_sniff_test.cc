// SPDX-License-Identifier: MIT
#include "http/html_sniff.h"

#include <doctest/doctest.h>

#include <string>

namespace rimfs::http {
namespace {

TEST_CASE("a page is told from an image by the tag that it begins with") {
  for (const char* page : {"<!DOCTYPE html><html>", "\r\n <HTML>\n<head>", "\xef\xbb\xbf<html lang=de>", "<!-- x -->",
                           "<title>Index</title>", "<table border=0>"}) {
    CAPTURE(std::string(page));
    CHECK(looks_like_html(page));
  }
  for (const char* image : {"", "<", "<html", "<\x93\x01 random", "  random", "<?xml version='1.0'?>", "<htmlx>",
                            "KDMV", "# Disk DescriptorFile", "<bx>"}) {
    CAPTURE(std::string(image));
    CHECK_FALSE(looks_like_html(image));
  }
}

}  // namespace
}  // namespace rimfs::http
