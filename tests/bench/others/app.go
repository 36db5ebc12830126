// SPDX-License-Identifier: ISC

// Go's own FastCGI server, and database/sql with go-sqlite3: for tests/bench/run.
package main

import (
	"database/sql"
	"encoding/json"
	"log"
	"net/http"
	"net/http/fcgi"
	"os"
	"strconv"
	"strings"

	_ "github.com/mattn/go-sqlite3"
)

type hello struct {
	Message string `json:"message"`
}

type note struct {
	ID   int64  `json:"id"`
	Text string `json:"text"`
}

func send(w http.ResponseWriter, value interface{}) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), 500)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
}

func main() {
	db, err := sql.Open("sqlite3", "file:"+os.Getenv("BENCH_DB"))
	if err != nil {
		log.Fatal(err)
	}
	query, err := db.Prepare("SELECT id, text FROM note WHERE id = ?")
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		send(w, hello{"Hello, World!"})
	})
	http.HandleFunc("/note/", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(strings.TrimPrefix(r.URL.Path, "/note/"), 10, 64)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		var n note
		if err := query.QueryRow(id).Scan(&n.ID, &n.Text); err != nil {
			http.NotFound(w, r)
			return
		}
		send(w, n)
	})
	log.Fatal(fcgi.Serve(nil, nil)) // the socket is standard input
}
