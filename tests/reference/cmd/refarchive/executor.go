package main

import (
	"context"
	_ "unsafe" // for go:linkname

	_ "github.com/argoproj/argo-workflows/v4/workflow/executor"
)

// The executor keeps these to itself. They are linked by name, so that they are the very
// functions that unarchive an input artifact and not a copy of them.

//go:linkname untar github.com/argoproj/argo-workflows/v4/workflow/executor.untar
func untar(tarPath string, destPath string) error

//go:linkname unzip github.com/argoproj/argo-workflows/v4/workflow/executor.unzip
func unzip(ctx context.Context, zipPath string, destPath string) error

//go:linkname isTarball github.com/argoproj/argo-workflows/v4/workflow/executor.isTarball
func isTarball(ctx context.Context, filePath string) (bool, error)
