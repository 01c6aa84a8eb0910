"""Uploads or downloads a file or a directory with boto3.

    boto3_transfer.py put|get PATH BUCKET KEY IN_FLIGHT

A directory's files, or a file's parts, go IN_FLIGHT at a time.
"""

import concurrent.futures
import os
import sys

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config


def files_below(directory):
    for parent, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(parent, name)
            if not os.path.islink(path):
                yield path, os.path.relpath(path, directory)


def keys_below(client, bucket, prefix):
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            yield entry["Key"]


def main():
    action, path, bucket, key, in_flight = sys.argv[1:]
    in_flight = int(in_flight)
    client = boto3.client("s3", config=Config(max_pool_connections=in_flight,
                                              s3={"addressing_style": "path"}))
    single = TransferConfig(use_threads=False)
    whole = TransferConfig(preferred_transfer_client="classic", max_concurrency=in_flight)
    if action == "put" and os.path.isfile(path):
        client.upload_file(path, bucket, key, Config=whole)
        return
    if action == "get" and not key.endswith("/"):
        client.download_file(bucket, key, path, Config=whole)
        return
    with concurrent.futures.ThreadPoolExecutor(in_flight) as pool:
        if action == "put":
            jobs = [pool.submit(client.upload_file, file, bucket, key + name, Config=single)
                    for file, name in files_below(path)]
        else:
            jobs = []
            for name in keys_below(client, bucket, key):
                file = os.path.join(path, name[len(key):])
                os.makedirs(os.path.dirname(file), exist_ok=True)
                jobs.append(pool.submit(client.download_file, bucket, name, file, Config=single))
        for job in jobs:
            job.result()


main()
