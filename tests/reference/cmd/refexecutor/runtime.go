package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	argoerrors "github.com/argoproj/argo-workflows/v4/errors"
	wfv1 "github.com/argoproj/argo-workflows/v4/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v4/util/archive"
)

const sharedDirectory = "/var/run/argo" // of the containers of a pod

var errNoContainers = errors.New("there are no containers here")

// baseImage is a runtime that reaches into the main container's file system.
type baseImage struct{ containers }

func (baseImage) CopyFile(ctx context.Context, _, source, destination string, level int) error {
	return packFile(ctx, source, destination, level)
}

// stagedFiles is a runtime that finds there what stage has archived.
type stagedFiles struct{ containers }

func (stagedFiles) CopyFile(_ context.Context, _, source, destination string, _ int) error {
	archived, err := os.ReadFile(stagedFile(source))
	if errors.Is(err, os.ErrNotExist) {
		return argoerrors.New(argoerrors.CodeNotFound, err.Error())
	}
	if err != nil {
		return err
	}
	return os.WriteFile(destination, archived, 0o600)
}

// containers is all that a runtime does besides, which is little without containers.
type containers struct{}

func (containers) GetFileContents(string, string) (string, error) {
	return "", errNoContainers
}

func (containers) GetOutputStream(_ context.Context, name string, _ bool) (io.ReadCloser, error) {
	return os.Open(filepath.Join(sharedDirectory, "ctr", name, "combined"))
}

func (containers) Wait(context.Context, []string) error {
	return errNoContainers
}

func (containers) Kill(context.Context, []string, time.Duration) error {
	return errNoContainers
}

// stage archives the outputs that are there: whether the others are optional is not asked before
// they are saved.
func stage(ctx context.Context, template *wfv1.Template) error {
	for _, artifact := range template.Outputs.Artifacts {
		if _, err := os.Stat(artifact.Path); errors.Is(err, os.ErrNotExist) {
			continue
		}
		destination := stagedFile(artifact.Path)
		if err := os.MkdirAll(filepath.Dir(destination), 0o755); err != nil {
			return err
		}
		if err := packFile(ctx, artifact.Path, destination, gzip.DefaultCompression); err != nil {
			return err
		}
	}
	return nil
}

func stagedFile(path string) string {
	return filepath.Join(sharedDirectory, "outputs/artifacts", strings.TrimSuffix(path, "/")+".tgz")
}

func packFile(ctx context.Context, source, destination string, level int) error {
	file, err := os.Create(destination)
	if err != nil {
		return err
	}
	err = archive.TarGzToWriter(ctx, source, level, bufio.NewWriter(file))
	if closeErr := file.Close(); err == nil {
		err = closeErr // an error of the archive stays as it is: the executor asks for its code
	}
	return err
}
