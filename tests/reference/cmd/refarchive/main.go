// refarchive archives and unarchives with Argo Workflows' own code, so that the tests can
// compare what libartrepo makes and takes with what the executor makes and takes.
//
//	refarchive pack LEVEL SRC OUT.tgz   gzip LEVEL -1..9; SRC is a file or a directory
//	refarchive unpack IN.tgz DEST       DEST becomes what the artifact's path would be
//	refarchive zip SRC OUT.zip
//	refarchive unzip IN.zip DEST
//	refarchive detect FILE              prints tar or other, as for an input without a strategy
//
// It prints nothing else; on failure it prints the reference's error on stderr and exits 1
// (2 for wrong usage).
package main

import (
	"archive/zip"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/argoproj/argo-workflows/v4/util/archive"
	"github.com/argoproj/argo-workflows/v4/util/logging"
)

var errUsage = errors.New(
	"usage: refarchive pack LEVEL SRC OUT | unpack IN DEST | zip SRC OUT | unzip IN DEST | detect FILE")

func main() {
	err := run(quietContext(), os.Args[1:])
	switch {
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "refarchive:", err)
		os.Exit(1)
	}
}

// quietContext carries the logger that the reference insists on, with its output thrown away.
func quietContext() context.Context {
	logger := logging.NewSlogLoggerCustom(logging.Error, logging.Text, io.Discard)
	return logging.WithLogger(context.Background(), logger)
}

func run(ctx context.Context, args []string) error {
	command := ""
	if len(args) > 0 {
		command, args = args[0], args[1:]
	}
	switch {
	case command == "pack" && len(args) == 3:
		level, err := strconv.Atoi(args[0])
		if err != nil {
			return errUsage
		}
		return pack(ctx, level, args[1], args[2])
	case command == "unpack" && len(args) == 2:
		return untar(args[0], args[1])
	case command == "zip" && len(args) == 2:
		return packZip(ctx, args[0], args[1])
	case command == "unzip" && len(args) == 2:
		return unzip(ctx, args[0], args[1])
	case command == "detect" && len(args) == 1:
		return detect(ctx, args[0])
	}
	return errUsage
}

// pack does what the executor does when it stages an artifact with the tar strategy.
func pack(ctx context.Context, level int, source, out string) error {
	file, err := os.Create(out)
	if err != nil {
		return err
	}
	err = archive.TarGzToWriter(ctx, source, level, bufio.NewWriter(file))
	return errors.Join(err, file.Close())
}

// packZip does what the executor does when it stages an artifact with the zip strategy.
func packZip(ctx context.Context, source, out string) error {
	file, err := os.Create(out)
	if err != nil {
		return err
	}
	writer := zip.NewWriter(file)
	err = archive.ZipToWriter(ctx, source, writer)
	return errors.Join(err, writer.Close(), file.Close())
}

func detect(ctx context.Context, path string) error {
	isTar, err := isTarball(ctx, path)
	if err != nil {
		return err
	}
	if isTar {
		fmt.Println("tar")
	} else {
		fmt.Println("other")
	}
	return nil
}
