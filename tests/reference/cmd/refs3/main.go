// refs3 saves and loads with Argo Workflows' own S3 driver, over plain HTTP.
//
//	refs3 save ENDPOINT BUCKET KEY PATH
//	refs3 load ENDPOINT BUCKET KEY PATH
//
// The keys come from ARTREPO_TEST_S3_ACCESS_KEY and ARTREPO_TEST_S3_SECRET_KEY, the region from
// ARTREPO_TEST_S3_REGION (us-east-1 when unset). It prints nothing; on failure it prints the
// reference's error on stderr and exits 1 (2 for wrong usage).
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	wfv1 "github.com/argoproj/argo-workflows/v4/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v4/util/logging"
	"github.com/argoproj/argo-workflows/v4/workflow/artifacts/s3"
)

var errUsage = errors.New("usage: refs3 save|load ENDPOINT BUCKET KEY PATH")

func main() {
	err := run(quietContext(), os.Args[1:])
	switch {
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "refs3:", err)
		os.Exit(1)
	}
}

// quietContext carries the logger that the reference insists on, with its output thrown away.
func quietContext() context.Context {
	logger := logging.NewSlogLoggerCustom(logging.Error, logging.Text, io.Discard)
	return logging.WithLogger(context.Background(), logger)
}

func run(ctx context.Context, args []string) error {
	if len(args) != 5 {
		return errUsage
	}
	command, endpoint, bucket, key, path := args[0], args[1], args[2], args[3], args[4]
	driver := &s3.ArtifactDriver{
		Endpoint:  endpoint,
		Region:    region(),
		AccessKey: os.Getenv("ARTREPO_TEST_S3_ACCESS_KEY"),
		SecretKey: os.Getenv("ARTREPO_TEST_S3_SECRET_KEY"),
	}
	artifact := &wfv1.Artifact{ArtifactLocation: wfv1.ArtifactLocation{S3: &wfv1.S3Artifact{
		S3Bucket: wfv1.S3Bucket{Endpoint: endpoint, Bucket: bucket},
		Key:      key,
	}}}
	switch command {
	case "save":
		return driver.Save(ctx, path, artifact)
	case "load":
		return driver.Load(ctx, artifact, path)
	}
	return errUsage
}

func region() string {
	if region := os.Getenv("ARTREPO_TEST_S3_REGION"); region != "" {
		return region
	}
	return "us-east-1"
}
