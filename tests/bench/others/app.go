// SPDX-License-Identifier: ISC

// Go's own FastCGI server, and database/sql with go-sqlite3: for tests/bench/run.
package main

import (
	"database/sql"
	"encoding/json"
	"html/template"
	"log"
	"math/rand"
	"net/http"
	"net/http/fcgi"
	"os"
	"sort"
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

func must(db *sql.DB, text string) *sql.Stmt {
	query, err := db.Prepare(text)
	if err != nil {
		log.Fatal(err)
	}
	return query
}

// ---- the answers of apps/world ----------------------------------------------

type world struct {
	ID           int64 `json:"id"`
	RandomNumber int64 `json:"randomNumber"`
}

type fortune struct {
	ID      int64
	Message string
}

var page = template.Must(template.New("fortunes").Parse(
	`<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table>` +
		`<tr><th>id</th><th>message</th></tr>{{range .}}` +
		`<tr><td>{{.ID}}</td><td>{{.Message}}</td></tr>{{end}}` +
		`</table></body></html>`))

func count(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("queries"))
	if err != nil || n < 1 {
		return 1
	}
	if n > 500 {
		return 500
	}
	return n
}

func randomNumber() int64 {
	return 1 + rand.Int63n(10000)
}

func fail(w http.ResponseWriter, err error) {
	http.Error(w, err.Error(), 500)
}

func serveWorld(db *sql.DB) {
	read := must(db, "SELECT id, randomnumber FROM world WHERE id = ?")
	write := must(db, "UPDATE world SET randomnumber = ? WHERE id = ?")
	all := must(db, "SELECT id, message FROM fortune")

	http.HandleFunc("/json", func(w http.ResponseWriter, r *http.Request) {
		send(w, hello{"Hello, World!"})
	})
	http.HandleFunc("/plaintext", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Write([]byte("Hello, World!"))
	})
	http.HandleFunc("/db", func(w http.ResponseWriter, r *http.Request) {
		var one world
		if err := read.QueryRow(randomNumber()).Scan(&one.ID, &one.RandomNumber); err != nil {
			fail(w, err)
			return
		}
		send(w, one)
	})
	http.HandleFunc("/queries", func(w http.ResponseWriter, r *http.Request) {
		worlds := make([]world, count(r))
		for i := range worlds {
			if err := read.QueryRow(randomNumber()).Scan(&worlds[i].ID, &worlds[i].RandomNumber); err != nil {
				fail(w, err)
				return
			}
		}
		send(w, worlds)
	})
	http.HandleFunc("/updates", func(w http.ResponseWriter, r *http.Request) {
		worlds := make([]world, count(r))
		for i := range worlds {
			worlds[i].ID = randomNumber()
		}
		sort.Slice(worlds, func(i, j int) bool { return worlds[i].ID < worlds[j].ID })
		tx, err := db.Begin()
		if err != nil {
			fail(w, err)
			return
		}
		defer tx.Rollback()
		txRead, txWrite := tx.Stmt(read), tx.Stmt(write)
		for i := range worlds {
			if err := txRead.QueryRow(worlds[i].ID).Scan(&worlds[i].ID, &worlds[i].RandomNumber); err != nil {
				fail(w, err)
				return
			}
		}
		for i := range worlds {
			worlds[i].RandomNumber = randomNumber()
			if _, err := txWrite.Exec(worlds[i].RandomNumber, worlds[i].ID); err != nil {
				fail(w, err)
				return
			}
		}
		if err := tx.Commit(); err != nil {
			fail(w, err)
			return
		}
		send(w, worlds)
	})
	http.HandleFunc("/fortunes", func(w http.ResponseWriter, r *http.Request) {
		rows, err := all.Query()
		if err != nil {
			fail(w, err)
			return
		}
		defer rows.Close()
		fortunes := []fortune{{0, "Additional fortune added at request time."}}
		for rows.Next() {
			var one fortune
			if err := rows.Scan(&one.ID, &one.Message); err != nil {
				fail(w, err)
				return
			}
			fortunes = append(fortunes, one)
		}
		sort.Slice(fortunes, func(i, j int) bool { return fortunes[i].Message < fortunes[j].Message })
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		page.Execute(w, fortunes)
	})
}

func main() {
	db, err := sql.Open("sqlite3", "file:"+os.Getenv("BENCH_DB")+
		"?_synchronous=NORMAL&_txlock=immediate")
	if err != nil {
		log.Fatal(err)
	}
	query := must(db, "SELECT id, text FROM note WHERE id = ?")
	serveWorld(db)
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
