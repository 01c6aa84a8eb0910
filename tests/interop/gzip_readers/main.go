// Prints the SHA-256 of what three Go packages make of a gzip file: the standard library's,
// klauspost/compress and klauspost/pgzip.
package main

import (
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	fast "github.com/klauspost/compress/gzip"
	"github.com/klauspost/pgzip"
)

var readers = []struct {
	name string
	open func(io.Reader) (io.Reader, error)
}{
	{"compress/gzip", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	{"klauspost/compress", func(r io.Reader) (io.Reader, error) { return fast.NewReader(r) }},
	{"klauspost/pgzip", func(r io.Reader) (io.Reader, error) { return pgzip.NewReader(r) }},
}

func main() {
	failed := false
	for _, reader := range readers {
		sum, err := hash(os.Args[1], reader.open)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", reader.name, err)
			failed = true
			continue
		}
		fmt.Printf("%s go:%s\n", sum, reader.name)
	}
	if failed {
		os.Exit(1)
	}
}

func hash(path string, open func(io.Reader) (io.Reader, error)) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	decompressed, err := open(file)
	if err != nil {
		return "", err
	}
	digest := sha256.New()
	if _, err := io.Copy(digest, decompressed); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", digest.Sum(nil)), nil
}
