"""Uploads or downloads one file with the AWS common runtime's own S3 client.

    awscrt_transfer.py put|get PATH BUCKET KEY

Not through boto3, which has the runtime send checksums as trailers, which VersityGW does not know,
and which has no way to tell it of a CA ($AWS_CA_BUNDLE). The runtime chooses by itself how many
parts are in flight.
"""

import os
import sys
import urllib.parse

from awscrt.auth import AwsCredentialsProvider, AwsSignedBodyValue
from awscrt.http import HttpHeaders, HttpRequest
from awscrt.io import (ClientBootstrap, ClientTlsContext, DefaultHostResolver, EventLoopGroup,
                       TlsContextOptions)
from awscrt.s3 import (S3Client, S3RequestTlsMode, S3RequestType, create_default_s3_signing_config)


def tls(endpoint):
    if endpoint.scheme == "http":
        return {"tls_mode": S3RequestTlsMode.DISABLED}
    options = TlsContextOptions()
    options.override_default_trust_store_from_path(None, os.environ["AWS_CA_BUNDLE"])
    connection = ClientTlsContext(options).new_connection_options()
    connection.set_server_name(endpoint.hostname)
    return {"tls_mode": S3RequestTlsMode.ENABLED, "tls_connection_options": connection}


def main():
    action, path, bucket, key = sys.argv[1:]
    endpoint = urllib.parse.urlparse(os.environ["AWS_ENDPOINT_URL_S3"])
    region = os.environ["AWS_REGION"]
    threads = EventLoopGroup()
    signing = create_default_s3_signing_config(
        region=region, credential_provider=AwsCredentialsProvider.new_static(
            os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]))
    signing = signing.replace(signed_body_value=AwsSignedBodyValue.UNSIGNED_PAYLOAD)
    client = S3Client(bootstrap=ClientBootstrap(threads, DefaultHostResolver(threads)),
                      region=region, signing_config=signing, **tls(endpoint))
    headers = HttpHeaders([("host", endpoint.netloc)])
    arguments = {}
    if action == "put":
        headers.add("content-length", str(os.path.getsize(path)))
        arguments["send_filepath"] = path
    else:
        arguments["recv_filepath"] = path
    kind = {"put": S3RequestType.PUT_OBJECT, "get": S3RequestType.GET_OBJECT}[action]
    request = HttpRequest(action.upper(), f"/{bucket}/{key}", headers)
    client.make_request(type=kind, request=request, **arguments) \
        .finished_future.result()


main()
