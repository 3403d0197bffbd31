// SPDX-License-Identifier: MIT

// Go's own file server, whose listings (<pre> and <a>, no sizes) many Go programs serve: fileserver ADDRESS FOLDER
package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	log.Fatal(http.ListenAndServe(os.Args[1], http.FileServer(http.Dir(os.Args[2]))))
}
